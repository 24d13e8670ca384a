// Statements on knex's own connections, prepared once each: SQLite and MariaDB behind one small interface.
import type BetterSqlite3 from 'better-sqlite3';
import type { Knex } from 'knex';
import type { Connection, QueryResult } from 'mysql2';
import { Unavailable } from '../errors.ts';
import { failpoint } from '../failpoint.ts';
import type { SearchThread } from './searchthread.ts';
import { emptyWal } from './wal.ts';

export type Value = string | number | null | Buffer;
/** As many values as there are columns, in their order: the compiler asks for one that is missing. */
export type ValuesOf<Columns extends readonly string[]> = { -readonly [At in keyof Columns]: Value };

/** One connection. Statements use `?` and backticks, which both databases understand. */
export interface Sql {
  dialect: Database['dialect'];
  all<Row>(sql: string, values?: readonly Value[]): Promise<Row[]>;
  /** As `all`, each row a list in the order of the columns: of many rows, objects cost more. */
  lists(sql: string, values?: readonly Value[]): Promise<Value[][]>;
  /** Resolves to the number of rows touched. */
  run(sql: string, values?: readonly Value[]): Promise<number>;
  /** One statement for each of the rows, in their order. */
  each(sql: string, rows: Iterable<readonly Value[]>): Promise<void>;
}

/** The database of the store; work is done inside `read` or `write`, each on one connection. */
export interface Database {
  dialect: 'sqlite' | 'mysql';
  /** The builder for migrations; hot paths use `read` and `write`. */
  knex: Knex;
  read<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** As `read`, for a piece of a long search: it holds the loop for what it brings, not for what it looks at. */
  search<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** All of `work` commits, or none of it. */
  write<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** What was overwritten stands in no file any more, unless somebody reads at this moment: then it may, until the next time. */
  emptyWal(): Promise<void>;
  close(): Promise<void>;
}

/** MariaDB answers no statement of ours later than this; then the connection is given up. Waiting for a lock is another thing. */
const statementLimitMs = 30_000;
const lockLimitMs = 660_000;

/** `check` throws when the file is not ours any more; it is called before every transaction. */
export function openSqlite(writer: Knex, reader: Knex, searcher: SearchThread, check: () => void): Database {
  return {
    dialect: 'sqlite',
    knex: writer,
    read: (work) => using(reader, (connection) => work(sqliteSql(connection as BetterSqlite3.Database))),
    search: (work) => work(searcher.sql),
    write: (work) =>
      using(writer, (connection) => {
        check();
        return transaction(sqliteSql(connection as BetterSqlite3.Database), 'BEGIN IMMEDIATE', work);
      }),
    emptyWal: () => using(writer, async (connection) => emptyWal(connection as BetterSqlite3.Database)),
    close: async () => {
      await searcher.close();
      await reader.destroy();
      await writer.destroy();
    },
  };
}

export function openMysql(knex: Knex): Database {
  const read: Database['read'] = (work) => using(knex, (connection) => work(mysqlSql(connection as Connection)));
  return {
    dialect: 'mysql',
    knex,
    ...{ read, search: read },
    write: (work) =>
      using(knex, (connection) => transaction(mysqlSql(connection as Connection), 'START TRANSACTION', work)),
    emptyWal: async () => undefined,
    close: () => knex.destroy(),
  };
}

/** Statements kept prepared on a connection: filters of readers have no end of forms. */
const statementsMax = 300;
const kept = new WeakMap<BetterSqlite3.Database, Map<string, BetterSqlite3.Statement>>();

/** Statements on one connection, each prepared once. */
export function preparedOn(connection: BetterSqlite3.Database): (sql: string) => BetterSqlite3.Statement {
  const statements = kept.get(connection) ?? new Map<string, BetterSqlite3.Statement>();
  kept.set(connection, statements);
  return (sql) => {
    let statement = statements.get(sql);
    if (!statement) {
      // The oldest goes; one that is in use all the time is prepared again now and then.
      if (statements.size === statementsMax) statements.delete(statements.keys().next().value!);
      statements.set(sql, (statement = connection.prepare(sql)));
    }
    return statement;
  };
}

export function sqliteSql(connection: BetterSqlite3.Database): Sql {
  const prepared = preparedOn(connection);
  return {
    dialect: 'sqlite',
    all: async <Row>(sql: string, values: readonly Value[] = []) => prepared(sql).all(...values) as Row[],
    lists: async (sql, values = []) => {
      const statement = prepared(sql);
      try {
        return statement.raw(true).all(...values) as Value[][];
      } finally {
        statement.raw(false);
      }
    },
    run: async (sql, values = []) => prepared(sql).run(...values).changes,
    each: async (sql, rows) => {
      const statement = prepared(sql);
      for (const row of rows) statement.run(...row);
    },
  };
}

/** Statements on one connection, each bounded in time. */
export function mysqlSql(connection: Connection): Sql {
  const execute = (sql: string, values: readonly Value[] = [], rowsAsArray = false) =>
    new Promise<QueryResult>((resolve, reject) => {
      const limitMs = sql.startsWith('SELECT GET_LOCK') ? lockLimitMs : statementLimitMs;
      const late = setTimeout(() => {
        connection.destroy();
        reject(new Unavailable(`the store's database did not answer within ${limitMs / 1000} s`));
      }, limitMs);
      const isPlain = /^(START|COMMIT|ROLLBACK)/.test(sql);
      const done = (error: Error | null, result: QueryResult) => {
        clearTimeout(late);
        if (error) reject(error);
        else resolve(result);
      };
      if (isPlain) connection.query(sql, done);
      else connection.execute({ sql, rowsAsArray }, [...values], done);
    });
  return {
    dialect: 'mysql',
    all: async <Row>(sql: string, values?: readonly Value[]) => (await execute(sql, values)) as Row[],
    lists: async (sql, values) => (await execute(sql, values, true)) as unknown as Value[][],
    run: async (sql, values) => ((await execute(sql, values)) as { affectedRows?: number }).affectedRows ?? 0,
    each: async (sql, rows) => {
      for (const row of rows) await execute(sql, row);
    },
  };
}

async function transaction<T>(sql: Sql, begin: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  await sql.run(begin);
  failpoint('transaction begun');
  try {
    const result = await work(sql);
    failpoint('before commit');
    await sql.run('COMMIT');
    failpoint('after commit');
    return result;
  } catch (error) {
    // A connection that cannot roll back is gone, and its transaction with it; the first error is the one that tells.
    await sql.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function using<T>(knex: Knex, work: (connection: unknown) => Promise<T>): Promise<T> {
  const client = knex.client as {
    acquireConnection(): Promise<unknown>;
    releaseConnection(connection: unknown): Promise<void>;
  };
  const connection = await client.acquireConnection();
  try {
    return await work(connection);
  } finally {
    await client.releaseConnection(connection);
  }
}

/** `(?,?),(?,?)` for `rows` rows of `columns` values. */
export function placeholders(rows: number, columns: number): string {
  const row = `(${new Array(columns).fill('?').join(',')})`;
  return new Array(rows).fill(row).join(',');
}

/** From so many columns on, SQLite takes rows one by one faster than together: of `cdr`, in two thirds of the time. */
const wideColumns = 20;

/**
 * Inserts rows whose values stand in the order of `columns`. Each size of slice is one text, made once; `tail`: what follows the values.
 * Rows that are made while they are asked for are garbage of a moment: a list of them all lives as long as the batch, and is copied.
 */
export function inserting(table: string, columns: readonly string[], tail = '') {
  const into = `INSERT INTO \`${table}\` (${columns.map((name) => `\`${name}\``).join(', ')}) VALUES `;
  const texts = new Map<number, string>();
  const textOf = (rows: number): string => {
    let text = texts.get(rows);
    if (text === undefined) texts.set(rows, (text = into + placeholders(rows, columns.length) + tail));
    return text;
  };
  return async (sql: Sql, rows: Iterable<readonly Value[]>): Promise<void> => {
    if (sql.dialect === 'sqlite' && columns.length >= wideColumns) return sql.each(textOf(1), rows);
    for (const some of chunks(Array.isArray(rows) ? (rows as readonly (readonly Value[])[]) : [...rows])) {
      // Array.flat takes thrice as long; a list that grows is copied again and again.
      const values = new Array<Value>(some.length * columns.length).fill(null);
      let at = 0;
      for (const row of some) for (const value of row) values[at++] = value;
      await sql.run(textOf(some.length), values);
    }
  };
}

/** A row of each, made when it is asked for. */
export function* rowsOf<One>(
  list: Iterable<One>,
  valuesOf: (one: One) => readonly Value[],
): Generator<readonly Value[]> {
  for (const one of list) yield valuesOf(one);
}

/** Rows a statement: 64 are as fast as any larger number; the smaller ones take what is left over. */
const sizes = [64, 32, 16, 8, 4, 2, 1] as const;

/**
 * Slices of few different sizes. Every size is a statement of its own, kept prepared for good, and one that inserts 64 records
 * takes megabytes: of all sizes from 1 to 100 they took a gigabyte.
 */
export function* chunks<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < list.length;) {
    const size = sizes.find((some) => some <= list.length - from)!;
    yield list.slice(from, (from += size));
  }
}

/** Slices for `inList`: of so many as one statement may name. */
export function* slices<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < list.length; from += sizes[0]) yield list.slice(from, from + sizes[0]);
}

/** What follows `IN` for such a slice, its last one repeated up to the next of the few sizes: one way to MariaDB where chunks are several. */
export function inList<T extends Value>(some: readonly T[]): { among: string; values: T[] } {
  const size = sizes.findLast((size) => size >= some.length)!;
  const values = [...some, ...new Array<T>(size - some.length).fill(some.at(-1)!)];
  return { among: placeholders(1, size), values };
}
