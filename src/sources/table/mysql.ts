// MariaDB and MySQL through knex and mysql2: one connection, read-only, every wait with a deadline that frees the socket.
import type { Socket } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import knexModule, { type Knex } from 'knex';
import type { Connection, FieldPacket } from 'mysql2';
import { Unavailable } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { toRows, typesOf } from './cells.ts';
import type { Place, TableConfig } from './config.ts';
import { connectionOf, serverGraceMs, setUp } from './mysqlconnection.ts';
import { columnOf, formOf, indexesOf, type ShownColumn, type ShownIndex } from './mysqlshape.ts';
import {
  ColumnsChanged,
  type Plan,
  type ServerFacts,
  type TableReader,
  type TableRow,
  type TableShape,
} from './reader.ts';
import { isTableDenied, isTableMissing, troubleOf } from './trouble.ts';
import { throughView, viewOf } from './view.ts';

type MysqlPlace = Extract<Place, { kind: 'mysql' }>;
type Narrow = Parameters<TableReader['select']>[0];

/** Names listed when the table is not there. */
const listedTables = 20;

export function openMysqlReader(place: MysqlPlace, config: TableConfig, log: Log): TableReader {
  return new MysqlReader(place, config, log);
}

class MysqlReader implements TableReader {
  readonly kind = 'mysql';
  readonly #place: MysqlPlace;
  readonly #config: TableConfig;
  readonly #knex: Knex;
  readonly #streams = new Set<Socket>();
  #types = new Map<string, string>();
  #shown: ShownColumn[] = [];
  /** Forms of answers that came while the table had these columns (formOf). */
  readonly #forms = new Set<string>();
  #isClosed = false;

  constructor(place: MysqlPlace, config: TableConfig, log: Log) {
    this.#place = place;
    this.#config = config;
    this.#knex = knexModule.knex({
      client: 'mysql2',
      // Else knex asks the server for its version, with no deadline.
      version: 'latest',
      connection: connectionOf(place, config),
      acquireConnectionTimeout: (config.connect_seconds + config.query_seconds) * 1000 + serverGraceMs,
      // What knex warns of is told again by the error that follows, in our words.
      log: knexLog(log),
      pool: {
        min: 0,
        max: 1,
        afterCreate: (connection: Connection, done: (error: unknown, connection: unknown) => void) => {
          // mysql2's types do not show it.
          const { stream } = connection as unknown as { stream: Socket };
          this.#streams.add(stream);
          stream.once('close', () => this.#streams.delete(stream));
          setUp(connection, config).then(
            () => done(this.#isClosed ? new Unavailable('the reader is closed') : null, connection),
            (error: unknown) => {
              stream.destroy();
              done(error, connection);
            },
          );
        },
      },
    });
  }

  async shape(): Promise<TableShape> {
    const { name, connect_seconds } = this.#config;
    return this.#ask(connect_seconds, async () => {
      const shown = await this.#columns();
      // SELECT * leaves an INVISIBLE column (MariaDB) out.
      const columns = shown.filter(({ Extra }) => !Extra.includes('INVISIBLE')).map(columnOf);
      const indexes = indexesOf((await this.#raw('SHOW INDEX FROM ??', [name])) as ShownIndex[]);
      this.#types = typesOf(columns);
      this.#shown = shown;
      this.#forms.clear();
      const view = await this.#view(columns.map((column) => column.name));
      return view === null ? { columns, indexes, view } : { columns, ...view };
    });
  }

  /** A view's definition is '' to who has not the right SHOW VIEW. */
  async #view(columns: readonly string[]): Promise<Pick<TableShape, 'indexes' | 'view'> | null> {
    const [row] = (await this.#raw(
      'select view_definition as definition from information_schema.views where table_schema = database() and table_name = ?',
      [this.#config.name],
    )) as { definition: string | null }[];
    if (row === undefined) return null;
    const view = viewOf(row.definition ?? '', columns);
    if (view.base === null) return { indexes: [], view };
    const shown = await this.#raw(`SHOW INDEX FROM ${view.base}`, []).catch(() => null);
    if (shown === null) return { indexes: [], view };
    return { indexes: throughView(view, indexesOf(shown as ShownIndex[])), view: { ...view, isOpen: true } };
  }

  async #columns(): Promise<ShownColumn[]> {
    return (await this.#raw('SHOW COLUMNS FROM ??', [this.#config.name])) as ShownColumn[];
  }

  async select(narrow: Narrow): Promise<TableRow[]> {
    return this.#ask(0, async () => {
      let form = '';
      const hear = (_: unknown, { response }: { response: [unknown, FieldPacket[]] }) => (form = formOf(response[1]));
      const query = narrow(this.#knex(this.#config.name).select('*')).on('query-response', hear);
      const rows = (await query) as Record<string, unknown>[];
      const told = toRows(rows, this.#types);
      await this.#demandShape(form, told);
      return told;
    });
  }

  /**
   * Rows of other columns, or of other widths and types, mean something else than the shape says: nobody may have them. No answer tells
   * another default; a sequence below 0 is one.
   */
  async #demandShape(form: string, rows: readonly TableRow[]): Promise<void> {
    if (this.#forms.has(form) && !rows.some(({ sequence }) => Number(sequence) < 0)) return;
    if (!isDeepStrictEqual(await this.#columns(), this.#shown)) {
      throw new ColumnsChanged(
        `the columns of "${this.#config.name}" were changed while it is read: looking at it anew`,
      );
    }
    this.#forms.add(form);
  }

  async count(narrow: Narrow): Promise<number> {
    return this.#ask(0, async () => {
      const rows = narrow(this.#knex(this.#config.name).select(this.#knex.raw('1')));
      const [row] = await this.#knex.count<{ n: number | string }[]>({ n: '*' }).from(rows.as('some'));
      return Number(row?.n ?? 0);
    });
  }

  /** A view may be hidden from EXPLAIN: then nothing is known. */
  async plan(narrow: Narrow): Promise<Plan | null> {
    return this.#ask(0, async () => {
      const { sql, bindings } = narrow(this.#knex(this.#config.name).select('*')).toSQL().toNative();
      const rows = await this.#raw(`explain ${sql}`, bindings as string[]).catch(() => []);
      const [step] = rows as { type: string | null; rows: number | string | null; Extra: string | null }[];
      if (step === undefined) return null;
      const isScan = step.type === 'ALL' || (step.Extra ?? '').includes('filesort');
      return { isScan, rows: step.rows === null ? null : Number(step.rows) };
    });
  }

  async estimate(): Promise<number | null> {
    return this.#ask(0, async () => {
      const [row] = (await this.#raw(
        'select table_rows as n from information_schema.tables where table_schema = database() and table_name = ? limit 1',
        [this.#config.name],
      )) as { n: number | string | null }[];
      return row === undefined || row.n === null ? null : Number(row.n);
    });
  }

  async server(): Promise<ServerFacts> {
    return this.#ask(0, async () => {
      const from = Date.now() / 1000;
      const [clock] = (await this.#raw('select unix_timestamp(now(6)) as now', [])) as { now: string | number }[];
      const to = Date.now() / 1000;
      const shown = await this.#raw('SHOW GRANTS', []);
      const grants = shown.map((row) => String(Object.values(row)[0]).replace(/ IDENTIFIED .*$/, ''));
      return { grants, now: Number(clock?.now), asked: { from, to } };
    });
  }

  isStale(): boolean {
    return false;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cut();
    await this.#knex.destroy().catch(() => undefined);
  }

  /** mysql2's destroy() only half-closes: a server that is stopped would keep the socket and our promise for ever. */
  #cut(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  async #ask<T>(extraSeconds: number, question: () => Promise<T>): Promise<T> {
    const { query_seconds, name } = this.#config;
    const seconds = query_seconds + extraSeconds;
    // A pool that was destroyed lets whoever asks wait for its deadline.
    if (this.#isClosed) throw new Unavailable('the reader is closed');
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const server = this.#place.label.slice(0, this.#place.label.lastIndexOf('/'));
        reject(new Unavailable(`the server ${server} gave no answer about "${name}" within ${seconds} s`));
        this.#cut();
      }, seconds * 1000);
    });
    try {
      return await Promise.race([question(), deadline]);
    } catch (error) {
      throw await this.#explained(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async #explained(error: unknown): Promise<Unavailable> {
    const { name } = this.#config;
    if (isTableMissing(error)) {
      const tables = await this.#tables();
      return new Unavailable(`there is no table "${name}" in ${this.#place.label}; it has ${tables}`, { cause: error });
    }
    return troubleOf(error, this.#place, name, isTableDenied(error) ? await this.#account() : undefined);
  }

  async #tables(): Promise<string> {
    const rows = await this.#raw('SHOW TABLES', []).catch(() => []);
    const names = rows.slice(0, listedTables).map((row) => String(Object.values(row)[0]));
    const more = rows.length > names.length ? ` and ${rows.length - names.length} more` : '';
    return names.length === 0 ? 'no table that this user may see' : `${names.join(', ')}${more}`;
  }

  /** The account whose rights count (`'cdrd'@'%'`), for the GRANT line. */
  async #account(): Promise<string | undefined> {
    const rows = await this.#raw('SELECT CURRENT_USER() AS account', []).catch(() => []);
    const account = (rows[0] as { account?: string } | undefined)?.account;
    return account && `'${account.replace('@', "'@'")}'`;
  }

  async #raw(sql: string, bindings: string[]): Promise<object[]> {
    if (this.#isClosed) throw new Unavailable('the reader is closed');
    const question = this.#knex.raw(sql, bindings).timeout(this.#config.query_seconds * 1000);
    const [rows] = (await question) as [object[], unknown];
    return rows;
  }
}

export function knexLog(log: Log): NonNullable<Knex.Config['log']> {
  const quiet = (message: unknown): void => {
    // Its messages can hold SQL with values: only that there was one is told.
    log.debug({ length: String(message).length }, 'knex complained');
  };
  return { warn: quiet, error: quiet, debug: quiet, deprecate: quiet };
}
