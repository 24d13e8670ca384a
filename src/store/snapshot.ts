// All tables of a store as they are at one moment, read row by row beside a daemon that goes on writing. Its own connection, and it
// changes nothing, not even the schema: a backup is taken before an upgrade.
import { existsSync } from 'node:fs';
import type { Connection, RowDataPacket } from 'mysql2';
import { Unavailable } from '../errors.ts';
import type { Value } from './sql.ts';
import { serverOf, sqliteFile } from './url.ts';

export interface Table {
  name: string;
  /** Without those that the database works out itself. */
  columns: readonly string[];
  rows: number;
}

export interface Snapshot {
  dialect: 'sqlite' | 'mysql';
  /** Names of the migrations it has, oldest first. */
  schema: readonly string[];
  tables: readonly Table[];
  /** Each row in the order of the table's columns. */
  rows(table: Table): AsyncIterable<readonly Value[]>;
  close(): void;
}

/** What is no part of a backup: the migrator's own tables, which the schema says, and who is logged in. */
const leftOut = new Set(['knex_migrations', 'knex_migrations_lock', 'session', 'restoring']);

/** @throws Unavailable when there is no store, and errors of the database */
export async function openSnapshot(url: string): Promise<Snapshot> {
  const file = sqliteFile(url);
  return file === undefined ? openServer(url) : openFile(file);
}

const quoted = (name: string) => `\`${name.replaceAll('`', '``')}\``;
const listOf = (columns: readonly string[]) => columns.map(quoted).join(', ');

async function openFile(file: string): Promise<Snapshot> {
  if (!existsSync(file)) throw new Unavailable(`there is no store at ${file}`);
  const { default: BetterSqlite3 } = await import('better-sqlite3');
  const connection = new BetterSqlite3(file, { readonly: true, fileMustExist: true, timeout: 5000 });
  try {
    // One transaction: the first read fixes what all others see.
    connection.exec('BEGIN');
    const names = connection
      .prepare(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
      )
      .pluck()
      .all() as string[];
    const schema = names.includes('knex_migrations')
      ? (connection.prepare('SELECT name FROM knex_migrations ORDER BY id').pluck().all() as string[])
      : [];
    const tables = names
      .filter((name) => !leftOut.has(name))
      .map((name): Table => {
        const about = connection.pragma(`table_xinfo(${quoted(name)})`) as { name: string; hidden: number }[];
        const columns = about.filter(({ hidden }) => hidden === 0).map((column) => column.name);
        const rows = connection
          .prepare(`SELECT COUNT(*) FROM ${quoted(name)}`)
          .pluck()
          .get() as number;
        return { name, columns, rows };
      });
    return {
      dialect: 'sqlite',
      schema,
      tables,
      async *rows({ name, columns }) {
        yield* connection
          .prepare(`SELECT ${listOf(columns)} FROM ${quoted(name)}`)
          .raw()
          .iterate() as IterableIterator<Value[]>;
      },
      close: () => void connection.close(),
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** How long MariaDB waits for who reads slowly, in seconds: a full disk, a stopped terminal. */
const patienceSeconds = 3600;

async function openServer(url: string): Promise<Snapshot> {
  const { createConnection } = await import('mysql2');
  const connection = createConnection({
    ...serverOf(url),
    ...{ charset: 'utf8mb4', timezone: 'Z', dateStrings: true, supportBigNumbers: true, connectTimeout: 5000 },
  });
  // Every statement tells its own error; without a listener one in between would end the process.
  connection.on('error', () => undefined);
  const all = <Row>(sql: string, values: Value[] = []) => ask<Row>(connection, sql, values);
  try {
    await all('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    await all(`SET SESSION net_write_timeout = ${patienceSeconds}`);
    await all('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
    const about = await all<{ name: string; columnName: string; extra: string }>(
      'SELECT `c`.`table_name` AS `name`, `c`.`column_name` AS `columnName`, `c`.`extra` AS `extra` ' +
        'FROM `information_schema`.`columns` AS `c` JOIN `information_schema`.`tables` AS `t` ' +
        'ON `t`.`table_schema` = `c`.`table_schema` AND `t`.`table_name` = `c`.`table_name` ' +
        "WHERE `c`.`table_schema` = DATABASE() AND `t`.`table_type` = 'BASE TABLE' " +
        'ORDER BY `c`.`table_name`, `c`.`ordinal_position`',
    );
    const hasSchema = about.some(({ name }) => name === 'knex_migrations');
    const schema = hasSchema ? await all<{ name: string }>('SELECT `name` FROM `knex_migrations` ORDER BY `id`') : [];
    const tables: Table[] = [];
    for (const [name, columns] of Map.groupBy(about, (column) => column.name)) {
      if (leftOut.has(name)) continue;
      const [row] = await all<{ rows: number }>(`SELECT COUNT(*) AS \`rows\` FROM ${quoted(name)}`);
      const own = columns.filter(({ extra }) => !/GENERATED/i.test(extra)).map(({ columnName }) => columnName);
      tables.push({ name, columns: own, rows: row!.rows });
    }
    return {
      dialect: 'mysql',
      schema: schema.map(({ name }) => name),
      tables,
      rows: ({ name, columns }) => {
        const sql = `SELECT ${listOf(columns)} FROM ${quoted(name)}`;
        return connection.query({ sql, rowsAsArray: true }).stream({ highWaterMark: 500 }) as AsyncIterable<Value[]>;
      },
      close: () => connection.destroy(),
    };
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

function ask<Row>(connection: Connection, sql: string, values: Value[]): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    connection.query<RowDataPacket[]>(sql, values, (error, rows) => (error ? reject(error) : resolve(rows as Row[])));
  });
}
