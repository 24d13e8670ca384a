// How many rejects of a source were let go because too many were kept, by the quarter of an hour in which each was first seen; and
// since when it is known that the row of a reject is in its table no more.
import { bigOf } from './table.js';

const columns = (knex) => [
  ['slip', 'let_go', `${bigOf(knex)} NOT NULL DEFAULT 0`],
  ['reject', 'gone', bigOf(knex)],
];

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
