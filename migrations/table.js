// Making a table, from 0002 on: with MariaDB's settings, and over the leftovers of a migration that was killed.
import { ConfigError } from '../src/errors.ts';
import { failpoint } from '../src/failpoint.ts';

export const isMysql = (knex) => knex.client.config.client === 'mysql2';

/** SQLite's rowid wants the very word `integer`; MariaDB's needs 64 bits. */
export const bigOf = (knex) => (isMysql(knex) ? 'bigint' : 'integer');

/** No leave for triggers, or a binary log without log_bin_trust_function_creators: then our code alone holds the promise. */
export const mayNotMakeTriggers = new Set(['ER_TABLEACCESS_DENIED_ERROR', 'ER_BINLOG_CREATE_ROUTINE_NEED_SUPER']);

/** `mark` is a column that only our table of that name has: MariaDB commits each CREATE, so a killed migration leaves some behind. */
export async function table(knex, name, mark, build) {
  if (await knex.schema.hasTable(name)) {
    const isOurs = await knex.schema.hasColumn(name, mark);
    if (!isOurs || (await knex(name).first()) !== undefined) {
      throw new ConfigError(
        `store.url: the database has a table ${name} that is not cdrd's: give cdrd a database of its own`,
      );
    }
    await knex.schema.dropTable(name);
  }
  await knex.schema.createTable(name, (t) => {
    if (isMysql(knex)) {
      t.engine('InnoDB');
      t.charset('utf8mb4');
      t.collate('utf8mb4_bin');
    }
    build(t, (column) => t.specificType(column, bigOf(knex)));
  });
  failpoint('table made');
}

export async function places(knex, names) {
  for (const name of names) {
    if (!(await knex('place').where({ name }).first())) await knex('place').insert({ name, last: 0 });
  }
}

/** Columns of tables that are there; `[table, column, type]`. MariaDB commits each at once, so a killed migration may have left one behind. */
export async function addColumns(knex, columns) {
  for (const [of, column, type] of columns) {
    if (await knex.schema.hasColumn(of, column)) continue;
    await knex.raw(`ALTER TABLE \`${of}\` ADD COLUMN \`${column}\` ${type}`);
  }
}

export async function dropColumns(knex, columns) {
  for (const [of, column] of columns) await knex.raw(`ALTER TABLE \`${of}\` DROP COLUMN \`${column}\``);
}
