// SQLite (cdr_sqlite3_custom) through knex and better-sqlite3: read-only, and never holding a lock between two reads,
// since Asterisk gives up an insert when the file stays locked.
import { accessSync, constants, statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type BetterSqlite3 from 'better-sqlite3';
import knexModule, { type Knex } from 'knex';
import { Unavailable } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { toRows, typesOf } from './cells.ts';
import type { Place, TableConfig } from './config.ts';
import { knexLog } from './mysql.ts';
import { ColumnsChanged, type Plan, type TableReader, type TableRow, type TableShape } from './reader.ts';
import { columnOf, indexesOf, type IndexRow, type TableInfo } from './sqliteshape.ts';
import { troubleOf } from './trouble.ts';
import { nameOf, throughView, viewOf } from './view.ts';

type SqlitePlace = Extract<Place, { kind: 'sqlite' }>;
type Narrow = Parameters<TableReader['select']>[0];

/** The driver waits for a lock by blocking the whole process: longer than this is left to the next poll. */
const busyMs = 50;
/** Names listed when the table is not there. */
const listedTables = 20;

export function openSqliteReader(place: SqlitePlace, config: TableConfig, log: Log): TableReader {
  return new SqliteReader(place, config, log);
}

class SqliteReader implements TableReader {
  readonly kind = 'sqlite';
  readonly #place: SqlitePlace;
  readonly #config: TableConfig;
  readonly #knex: Knex;
  #shape: TableShape | undefined;
  #types = new Map<string, string>();
  /** Of the schema that `#shape` was read from; it rises with each change of any table, view or index of the file. */
  #version: number | undefined;
  #file: string | undefined;
  #isClosed = false;

  constructor(place: SqlitePlace, config: TableConfig, log: Log) {
    this.#place = place;
    this.#config = config;
    this.#knex = knexModule.knex({
      client: 'better-sqlite3',
      // Big integers must not be rounded; cells.ts makes small ones numbers again.
      connection: {
        filename: place.file,
        options: { readonly: true, safeIntegers: true },
      } as Knex.Sqlite3ConnectionConfig,
      useNullAsDefault: true,
      log: knexLog(log),
      pool: {
        min: 0,
        max: 1,
        afterCreate: (connection: BetterSqlite3.Database, done: (error: unknown, connection: unknown) => void) => {
          try {
            connection.pragma(`busy_timeout = ${busyMs}`);
            connection.pragma('query_only = ON');
            done(null, connection);
          } catch (error) {
            connection.close();
            done(error, connection);
          }
        },
      },
    });
  }

  async shape(): Promise<TableShape> {
    return this.#ask(async () => {
      this.#file = identityOf(this.#place.file);
      // First: what changes while we look is seen by the next select.
      this.#version = await this.#schemaVersion();
      this.#shape = await this.#look();
      this.#types = typesOf(this.#shape.columns);
      return this.#shape;
    });
  }

  async #look(): Promise<TableShape> {
    const { name } = this.#config;
    const columns = await this.#raw<TableInfo>(
      'SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_xinfo(?) WHERE hidden <> 1',
      [name],
    );
    if (columns.length === 0) throw await this.#missing();
    const told = columns.map((column) => columnOf(column, columns));
    const [made] = await this.#raw<{ sql: string }>(
      "SELECT sql FROM sqlite_master WHERE type = 'view' AND lower(name) = lower(?)",
      [name],
    );
    if (made === undefined) return { columns: told, indexes: await this.#indexes(name), view: null };
    const view = viewOf(
      made.sql,
      told.map((column) => column.name),
    );
    const indexes = view.base === null ? [] : await this.#indexes(nameOf(view.base));
    return { columns: told, indexes: throughView(view, indexes), view: { ...view, isOpen: view.base !== null } };
  }

  async #schemaVersion(): Promise<number> {
    const [row] = await this.#raw<{ schema_version: bigint }>('PRAGMA schema_version', []);
    return Number(row?.schema_version);
  }

  async #indexes(table: string): Promise<TableShape['indexes']> {
    const rows = await this.#raw<IndexRow>(
      `SELECT list.name AS "index", list."unique" AS "unique", info.name AS "column"
       FROM pragma_index_list(?) AS list, pragma_index_info(list.name) AS info
       WHERE list.partial = 0 ORDER BY list.name, info.seqno`,
      [table],
    );
    return indexesOf(rows);
  }

  async select(narrow: Narrow): Promise<TableRow[]> {
    return this.#ask(async () => {
      if (this.#isClosed) throw new Unavailable('the reader is closed');
      const rows = (await narrow(this.#knex(this.#config.name).select('*'))) as Record<string, unknown>[];
      await this.#demandShape();
      return toRows(rows, this.#types);
    });
  }

  /** Rows of another shape mean something else: nobody may have them. An index of another table is none. */
  async #demandShape(): Promise<void> {
    const version = await this.#schemaVersion();
    if (version === this.#version) return;
    if (!isDeepStrictEqual(await this.#look(), this.#shape)) {
      throw new ColumnsChanged(
        `the columns or keys of "${this.#config.name}" were changed while it is read: looking at it anew`,
      );
    }
    this.#version = version;
  }

  async count(narrow: Narrow): Promise<number> {
    return this.#ask(async () => {
      const rows = narrow(this.#knex(this.#config.name).select(this.#knex.raw('1')));
      const [row] = await this.#knex.count<{ n: bigint }[]>({ n: '*' }).from(rows.as('some'));
      return Number(row?.n ?? 0);
    });
  }

  async plan(narrow: Narrow): Promise<Plan | null> {
    return this.#ask(async () => {
      const { sql, bindings } = narrow(this.#knex(this.#config.name).select('*')).toSQL().toNative();
      const steps = await this.#raw<{ detail: string }>(`explain query plan ${sql}`, bindings as string[]);
      const isScan = steps.some(({ detail }) => /TEMP B-TREE/.test(detail));
      return { isScan, rows: isScan ? await this.#span() : null };
    });
  }

  async estimate(): Promise<number | null> {
    return this.#ask(() => this.#span());
  }

  /** The table's highest rowid counts rows that were deleted too; a view has none. */
  async #span(): Promise<number | null> {
    const { name } = this.#config;
    const sql = 'select (select max(rowid) from ??) - (select min(rowid) from ??) + 1 as n';
    const [row] = await this.#raw<{ n: bigint | null }>(sql, [name, name]).catch(() => []);
    return row === undefined || row.n === null ? null : Number(row.n);
  }

  /** Rotated, restored or removed: what is open is no longer what Asterisk writes to. */
  isStale(): boolean {
    try {
      return this.#file !== undefined && identityOf(this.#place.file) !== this.#file;
    } catch {
      return true;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#knex.destroy().catch(() => undefined);
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw troubleOf(error, this.#place, this.#config.name);
    }
  }

  async #missing(): Promise<Unavailable> {
    const rows = await this.#raw<{ name: string }>(
      `SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name LIMIT ${listedTables + 1}`,
      [],
    );
    const names = rows.slice(0, listedTables).map(({ name }) => name);
    const more = rows.length > names.length ? ' and more' : '';
    const tables = names.length === 0 ? 'none yet' : `${names.join(', ')}${more}`;
    return new Unavailable(`there is no table "${this.#config.name}" in ${this.#place.label}; it has ${tables}`);
  }

  async #raw<T>(sql: string, bindings: string[]): Promise<T[]> {
    // A pool that was destroyed lets whoever asks wait for a minute.
    if (this.#isClosed) throw new Unavailable('the reader is closed');
    return (await this.#knex.raw(sql, bindings)) as T[];
  }
}

/** @throws the system's error when the file is not there, is a folder or may not be read. */
function identityOf(file: string): string {
  const stat = statSync(file, { bigint: true });
  if (stat.isDirectory()) throw Object.assign(new Error(`${file} is a folder`), { code: 'EISDIR' });
  accessSync(file, constants.R_OK);
  return `${stat.dev}:${stat.ino}`;
}
