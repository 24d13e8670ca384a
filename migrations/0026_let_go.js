// How many rejects of a source were let go because too many were kept, by the quarter of an hour in which each was first seen.
import { bigOf } from './table.js';

export async function up(knex) {
  // MariaDB commits it at once, so a killed migration may have left it behind.
  if (await knex.schema.hasColumn('slip', 'let_go')) return;
  await knex.raw(`ALTER TABLE \`slip\` ADD COLUMN \`let_go\` ${bigOf(knex)} NOT NULL DEFAULT 0`);
}

export async function down(knex) {
  await knex.raw('ALTER TABLE `slip` DROP COLUMN `let_go`');
}
