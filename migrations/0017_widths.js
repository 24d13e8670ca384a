// How wide the narrow columns were through which a source tells texts (src/cdr/cut.ts) and when it was first opened; how a source named
// the row of a reject.
import { bigOf, isMysql } from './table.js';

const columns = (knex) => {
  const text = isMysql(knex) ? 'mediumtext' : 'text';
  return [
    ['source', 'widths', text],
    ['source', 'opened', bigOf(knex)],
    ['reject', 'row_name', text],
  ];
};

export async function up(knex) {
  for (const [table, column, type] of columns(knex)) {
    // MariaDB commits each at once, so a killed migration may have left it behind.
    if (await knex.schema.hasColumn(table, column)) continue;
    await knex.raw(`ALTER TABLE \`${table}\` ADD COLUMN \`${column}\` ${type}`);
  }
}

export async function down(knex) {
  for (const [table, column] of columns(knex)) await knex.raw(`ALTER TABLE \`${table}\` DROP COLUMN \`${column}\``);
}
