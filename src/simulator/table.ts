// A real `cdr` table, filled as Asterisk fills it: one row, one commit. The classic layout with the columns of the
// samples.
import Database from 'better-sqlite3';
import { createPool, type Pool } from 'mysql2/promise';
import { ConfigError, messageOf, Unavailable } from '../errors.ts';
import { tableRow, textColumns, variableColumns, type PbxRecord } from './record.ts';

export interface CdrTable {
  /**
   * Resolves when the row is committed. Throws Unavailable when the database refuses; Asterisk would log it and lose
   * the row.
   */
  insert(record: PbxRecord): Promise<void>;
  close(): Promise<void>;
}

const numberColumns = ['duration', 'billsec', 'amaflags', 'sequence'];
const timeColumns = ['calldate', 'answer', 'end'];
/** All columns but the id, in the order of the table. */
export const tableColumns: readonly string[] = [
  ...timeColumns,
  ...Object.keys(textColumns),
  ...numberColumns,
  ...Object.keys(variableColumns),
];
/**
 * How long a locked SQLite file is waited for. Asterisk gives up after 1 ms to 1 s; here the wait also stops cdrd's
 * own loop.
 */
const LOCK_MS = 100;

/**
 * Opens `sqlite:PATH` or `mysql://user:secret@host/database`, creating the table `cdr` when it is missing. Throws
 * ConfigError for another URL, Unavailable when the database cannot be opened.
 */
export async function openCdrTable(url: string): Promise<CdrTable> {
  if (url.startsWith('sqlite:')) return openSqlite(url.slice('sqlite:'.length));
  if (/^(mysql|mariadb):\/\//.test(url)) return openMysql(url.replace(/^mariadb:/, 'mysql:'));
  throw new ConfigError(
    `table: ${url.split(':')[0]}: is not a database; expected sqlite:PATH or mysql://user:secret@host/database`,
  );
}

function openSqlite(path: string): CdrTable {
  const database = attempt(`cdr table ${path}`, () => new Database(path, { timeout: LOCK_MS }));
  // A crash of the machine may cost the demo its rows; in exchange a commit waits for no disk.
  database.pragma('synchronous = OFF');
  const columns = [
    'AcctId INTEGER PRIMARY KEY',
    ...tableColumns.map((name) => `"${name}" ${numberColumns.includes(name) ? 'INTEGER' : 'TEXT'}`),
  ];
  attempt(`cdr table ${path}`, () => database.exec(`CREATE TABLE IF NOT EXISTS cdr (${columns.join(', ')})`));
  const names = tableColumns.map((name) => `"${name}"`).join(', ');
  const places = tableColumns.map((name) => `@${name}`).join(', ');
  const insert = database.prepare(`INSERT INTO cdr (${names}) VALUES (${places})`);
  return {
    async insert(record) {
      attempt(`cdr table ${path}`, () => insert.run(tableRow(record)));
    },
    async close() {
      database.close();
    },
  };
}

async function openMysql(url: string): Promise<CdrTable> {
  const name = `cdr table ${new URL(url).host}${new URL(url).pathname}`;
  // One connection, so that rows commit in order; the pool makes a new one after a break.
  const pool = createPool({ uri: url, charset: 'utf8mb4', connectionLimit: 1 });
  await prepareMysql(name, pool);
  const names = tableColumns.map((column) => `\`${column}\``).join(', ');
  const sql = `INSERT INTO cdr (${names}) VALUES (${tableColumns.map(() => '?').join(', ')})`;
  return {
    async insert(record) {
      const row: Record<string, string | number | null> = { ...tableRow(record) };
      await attemptLater(name, () =>
        pool.execute(
          sql,
          tableColumns.map((column) => row[column] ?? null),
        ),
      );
    },
    close: () => pool.end(),
  };
}

async function prepareMysql(name: string, pool: Pool): Promise<void> {
  const widths: Record<string, number> = { ...textColumns, ...variableColumns };
  const column = (column: string): string => {
    if (timeColumns.includes(column)) return `\`${column}\` DATETIME NULL`;
    if (numberColumns.includes(column)) return `\`${column}\` INT NOT NULL DEFAULT 0`;
    const width = `\`${column}\` VARCHAR(${widths[column]})`;
    return column in variableColumns ? `${width} NULL` : `${width} NOT NULL DEFAULT ''`;
  };
  const columns = ['acctid INT NOT NULL AUTO_INCREMENT PRIMARY KEY', ...tableColumns.map(column), 'KEY (calldate)'];
  try {
    await attemptLater(name, () =>
      pool.query(`CREATE TABLE IF NOT EXISTS cdr (${columns.join(', ')}) DEFAULT CHARSET = utf8mb4`),
    );
  } catch (error) {
    await pool.end();
    throw error;
  }
}

function attempt<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Unavailable(`${name}: ${messageOf(error)}`, { cause: error });
  }
}

async function attemptLater<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Unavailable(`${name}: ${messageOf(error)}`, { cause: error });
  }
}
