// The channels of conferences, by which their records find each other. Of all other records the column is null, and in SQLite the index
// has no place for them.
import { isMysql } from './table.js';

const conference = "CASE WHEN `lastapp` IN ('ConfBridge', 'MeetMe') THEN `channel` END";

export async function up(knex) {
  const column = `\`conference\` varchar(255) GENERATED ALWAYS AS (${conference}) VIRTUAL`;
  if (!isMysql(knex)) {
    await knex.raw(`ALTER TABLE \`cdr\` ADD COLUMN ${column}`);
    await knex.raw('CREATE INDEX `cdr_conference` ON `cdr` (`conference`) WHERE `conference` IS NOT NULL');
    return;
  }
  // MariaDB commits each at once, so a killed migration may have left it behind.
  await knex.raw(`ALTER TABLE \`cdr\` ADD COLUMN IF NOT EXISTS ${column}`);
  await knex.raw('CREATE INDEX IF NOT EXISTS `cdr_conference` ON `cdr` (`conference`)');
}

export async function down(knex) {
  await knex.raw(isMysql(knex) ? 'DROP INDEX `cdr_conference` ON `cdr`' : 'DROP INDEX `cdr_conference`');
  await knex.raw('ALTER TABLE `cdr` DROP COLUMN `conference`');
}
