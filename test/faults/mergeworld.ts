// A small world for the merge: a PBX that knows the truth, a real table file, a real poller and ingest on a real SQLite store,
// all killed and started again at will. What the sources show in which order is drawn by merge.faults.test.ts.
import type Database from 'better-sqlite3';
import type { RawRow } from '../../src/cdr/normalise.ts';
import type { Feed } from '../../src/feed/feed.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import type { Batch, Source, SourceContext, SourceKind } from '../../src/ingest/source.ts';
import { openTableSource } from '../../src/sources/table/table.ts';
import type { Store } from '../../src/store/store.ts';
import { configOf, HandClock } from '../sources/table/watch.ts';
import { naming, raw } from '../support/rows.ts';
import { silent } from '../support/store.ts';

/** Which source knows what, and in which pieces it hands over. */
export interface Setup {
  tableId: boolean;
  tableSequence: boolean;
  /** A table without sequences has a column for them, in which each row is 0. */
  isUnfilled: boolean;
  /** Columns that keep so little that all parties look alike. */
  isNarrow: boolean;
  amiSequence: boolean;
  amiEpoch: boolean;
  fileSequence: boolean;
  apiSequence: boolean;
  /** Sources that never tell billsec. */
  withoutBillsec: readonly ('ami' | 'table' | 'import' | 'api')[];
  pageRows: number;
}

/** A record as its PBX holds it. */
export interface Truth {
  uniqueid: string;
  sequence: number;
  second: number;
  duration: number;
  dst: string;
  dstchannel: string;
  userfield: string;
  /** As it was before anybody edited its row. */
  first: { duration: number; dst: string; userfield: string; sequence: number };
  /** The id of its row; null while it is in no table (any more). */
  rowId: number | null;
  isVisible: boolean;
  /** The table has shown it and that was committed. */
  isShown: boolean;
  ami: 'waiting' | 'done';
  /** A file or a writer has told it without a sequence. */
  isToldBare: boolean;
  /** A source that tells billsec has told it, and that was committed. */
  isBillsecTold: boolean;
  isEdited: boolean;
  /** Since a poll last saw it. */
  isFresh: boolean;
  isRenumbered: boolean;
  isExpired: boolean;
}

/** As MariaDB would say of them; the file of SQLite cuts nothing by itself. */
const narrow = { dst: 2, dstchannel: 8 } as const;

const base = 1_795_300_000;
const wall = (second: number): string => new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ');

class Crash extends Error {}

/** Everything of one process; a crash throws it away. */
interface Life {
  ingest: Ingest;
  clock: HandClock;
  stop: AbortController;
  table: Promise<void>;
}

export class World {
  readonly system: string;
  readonly records: Truth[] = [];
  readonly #setup: Setup;
  readonly #store: Store;
  readonly #file: string;
  readonly #database: Database.Database;
  /** All records of the store then are of other worlds. */
  readonly #after: number;
  #life: Life | undefined;
  #crash: 'before' | 'after' | null = null;
  #nextRow = 1;
  #isNewTable = false;
  #commits = 0;

  static async open(
    setup: Setup,
    store: Store,
    file: string,
    database: Database.Database,
    number: number,
  ): Promise<World> {
    const [newest] = await store.list({ within: null, order: '-id', limit: 1 });
    return new World(setup, store, file, database, number, newest?.id ?? 0);
  }

  private constructor(
    setup: Setup,
    store: Store,
    file: string,
    database: Database.Database,
    number: number,
    after: number,
  ) {
    this.#after = after;
    this.system = `w${number}`;
    this.#setup = setup;
    this.#store = store;
    this.#file = file;
    this.#database = database;
    const columns = ['calldate TEXT', 'channel TEXT', 'dst TEXT', 'dstchannel TEXT', 'duration INTEGER'];
    if (this.#tells('table')) columns.push('billsec INTEGER');
    columns.push('disposition TEXT', 'uniqueid TEXT', 'userfield TEXT');
    if (setup.tableSequence) columns.push('sequence INTEGER');
    else if (setup.isUnfilled) columns.push('sequence INTEGER NOT NULL DEFAULT 0');
    // Without an id for the poller there is one for us, which it is told not to use and which no row shows.
    const id = setup.tableId ? 'acctid INTEGER PRIMARY KEY, ' : '';
    database.exec(`CREATE TABLE ${this.system} (${id}${columns.join(', ')})`);
  }

  /** A channel leaves `legs`; each gets a row that may become visible later, in any order. */
  call(legs: readonly { offset: number; duration: number; dst: string }[], amiHears: boolean, isLate: boolean): void {
    const number = this.records.length;
    const birth = base + number;
    for (const { offset, duration, dst } of legs) {
      const first = { duration, dst, userfield: '', sequence: this.records.length };
      const record: Truth = {
        ...{ uniqueid: `${birth}.${number}`, second: birth + offset, first, ...first },
        ...{ dstchannel: `PJSIP/${dst}-0000000b`, rowId: this.#nextRow++, isVisible: false, isShown: false },
        ...{
          ami: amiHears ? 'waiting' : 'done',
          isToldBare: false,
          isBillsecTold: false,
          isEdited: false,
          isExpired: false,
        },
        ...{ isFresh: true, isRenumbered: false },
      };
      this.records.push(record);
      if (!isLate) this.show(record);
    }
  }

  show(record: Truth): void {
    if (record.isVisible || record.rowId === null) return;
    record.isVisible = true;
    const fields = this.#tableFields(record);
    if (!this.#setup.tableId) delete fields['acctid'];
    const names = Object.keys(fields);
    const sql = `INSERT INTO ${this.system} (rowid, ${names.join(', ')}) VALUES (?, ${names.map(() => '?').join(', ')})`;
    this.#database.prepare(sql).run(record.rowId, ...Object.values(fields));
  }

  edit(record: Truth, change: Partial<Pick<Truth, 'duration' | 'dst' | 'userfield' | 'sequence'>>): void {
    Object.assign(record, change, { isEdited: record.isEdited || 'dst' in change || 'duration' in change });
    Object.assign(record, { isFresh: true, isRenumbered: record.isRenumbered || 'sequence' in change });
    for (const [name, value] of Object.entries(change)) {
      this.#database.prepare(`UPDATE ${this.system} SET ${name} = ? WHERE rowid = ?`).run(value, record.rowId);
    }
  }

  /** The table is emptied; its ids begin anew. */
  empty(): void {
    this.#database.exec(`DELETE FROM ${this.system}`);
    for (const record of this.records) record.rowId = null;
    this.#nextRow = 1;
    this.#isNewTable = true;
  }

  /** The next commit dies. */
  crashAt(when: 'before' | 'after'): void {
    this.#crash = when;
  }

  async restart(): Promise<void> {
    const life = this.#life;
    this.#life = undefined;
    life?.stop.abort();
    await life?.table.catch(() => undefined);
    await life?.ingest.close();
  }

  /** AMI tells these, in batches of at most `size`; a crash loses what it held. Resolves to those that were committed. */
  async ami(records: readonly Truth[], size: number): Promise<readonly Truth[]> {
    for (const record of records) record.ami = 'done';
    const before = this.#commits;
    const rows = records.map((record) => this.#amiRow(record));
    await this.#hand('ami', pages(rows, size));
    const committed = records.slice(0, (this.#commits - before) * size);
    for (const record of committed) record.isBillsecTold ||= this.#tells('ami');
    return committed;
  }

  async import(records: readonly Truth[], size: number): Promise<void> {
    const seen = new Map<string, number>();
    const rows = records.map((record): RawRow => {
      record.isToldBare ||= !this.#setup.fileSequence;
      record.isBillsecTold ||= this.#tells('import');
      const row = raw('table', { ...this.#oldFields(record, 'import', this.#setup.fileSequence) });
      const text = JSON.stringify(row.fields);
      const nth = seen.get(text) ?? 0;
      seen.set(text, nth + 1);
      return { ...row, mark: { nth } };
    });
    await this.#hand('import', pages(rows, size));
  }

  /** One request; after a crash the client sends it again. */
  async post(records: readonly Truth[]): Promise<void> {
    const rows = records.map((record) => {
      record.isToldBare ||= !this.#setup.apiSequence;
      record.isBillsecTold ||= this.#tells('api');
      const { calldate, ...fields } = this.#oldFields(record, 'api', this.#setup.apiSequence);
      return raw('api', { ...fields, start: `${String(calldate).replace(' ', 'T')}Z` });
    });
    for (;;) {
      const { ingest } = await this.#alive();
      if (await this.#survives(ingest.post(this.system, rows, null))) return;
    }
  }

  /** Another pass over the whole table, as reconcile and backfill make it. */
  async reconcile(): Promise<void> {
    if (this.#isNewTable) return;
    const { cursor } = await this.#store.source(`${this.system}/table`);
    const { epoch = 0 } = cursor === null ? {} : (JSON.parse(cursor) as { epoch?: number });
    const rows = this.#inTable().map((record): RawRow => {
      const row = raw('table', this.#tableFields(record));
      return this.#cut(this.#setup.tableId ? { ...row, mark: { key: `${epoch}:${record.rowId}` } } : row);
    });
    await this.#hand('reconcile', rows.length > 0 ? [rows] : []);
  }

  /** One look of the poller. Resolves to whether it survived. */
  async poll(): Promise<boolean> {
    const life = await this.#alive();
    const isAlive = await this.#survives(Promise.race([life.table, life.clock.turn()]));
    if (!isAlive) return false;
    for (const record of this.#inTable()) {
      Object.assign(record, { isShown: true, isFresh: false });
      record.isBillsecTold ||= this.#tells('table');
    }
    this.#isNewTable = false;
    return true;
  }

  async expire(records: readonly Truth[]): Promise<void> {
    const stored = await this.stored();
    const names = new Set(records.map(({ uniqueid }) => uniqueid));
    for (const record of records) record.isExpired = true;
    const ids = stored.filter(({ uniqueid }) => names.has(uniqueid)).map(({ id }) => id);
    await this.#store.expire(ids, Date.now() * 1000);
  }

  /** Where only some records of a channel were told with their billsec, nobody can say which of equal ones have it. */
  isBillsecSure(uniqueid: string): boolean {
    const family = this.records.filter((record) => record.uniqueid === uniqueid);
    return family.every(({ isBillsecTold }) => isBillsecTold === family[0]!.isBillsecTold);
  }

  /** What the table keeps of a party. */
  kept(dst: string): string {
    return this.#setup.isNarrow ? dst.slice(0, narrow.dst) : dst;
  }

  stored(): ReturnType<Store['list']> {
    return this.#store.list({ within: null, after: this.#after, limit: 10_000, system: this.system });
  }

  async close(): Promise<void> {
    await this.restart();
    this.#database.exec(`DROP TABLE ${this.system}`);
  }

  #tells(source: Setup['withoutBillsec'][number]): boolean {
    return !this.#setup.withoutBillsec.includes(source);
  }

  #inTable(): Truth[] {
    return this.records.filter(({ rowId, isVisible }) => rowId !== null && isVisible);
  }

  #tableFields(record: Truth, source: 'table' | 'import' | 'api' = 'table'): Record<string, string | number> {
    const { rowId, second, uniqueid, sequence, duration, dst, dstchannel, userfield } = record;
    return {
      ...(this.#setup.tableId ? { acctid: rowId! } : {}),
      ...{ calldate: wall(second), channel: 'PJSIP/acme-101-0000000a', dst, dstchannel, duration },
      ...(this.#tells(source) ? { billsec: 1 } : {}),
      ...{ disposition: 'ANSWERED', uniqueid, userfield },
      ...(this.#setup.tableSequence ? { sequence } : {}),
    };
  }

  #cut(row: RawRow): RawRow {
    if (!this.#setup.isNarrow) return row;
    const { dst, dstchannel } = row.fields as Record<keyof typeof narrow, string>;
    const cut = { dst: dst.slice(0, narrow.dst), dstchannel: dstchannel.slice(0, narrow.dstchannel) };
    return { ...row, fields: { ...row.fields, ...cut }, widths: narrow };
  }

  /** As everyone but the table tells it, who know nothing of edits. */
  #oldFields(record: Truth, source: 'import' | 'api', hasSequence: boolean): Record<string, string | number> {
    const fields = this.#tableFields({ ...record, ...record.first }, source);
    delete fields['acctid'];
    delete fields['sequence'];
    return hasSequence ? { ...fields, sequence: record.first.sequence } : fields;
  }

  #amiRow(record: Truth): RawRow {
    const { second, uniqueid, first, dstchannel } = record;
    const { sequence } = first;
    return raw('ami', {
      ...{ starttime: wall(second), channel: 'PJSIP/acme-101-0000000a', destination: first.dst },
      ...{ destinationchannel: dstchannel, duration: String(first.duration) },
      ...(this.#tells('ami') ? { billableseconds: '1' } : {}),
      ...{ disposition: 'ANSWERED', uniqueid, userfield: first.userfield },
      ...(this.#setup.amiSequence ? { sequence: String(sequence) } : {}),
      ...(this.#setup.amiEpoch ? { startepoch: `${second}.4${String(sequence % 10).padStart(5, '0')}` } : {}),
    });
  }

  /** Batches of a source that lives for these batches only; it starts again from its first one after a crash, but AMI. */
  async #hand(kind: SourceKind, batches: RawRow[][]): Promise<void> {
    for (;;) {
      const { ingest } = await this.#alive();
      const name = `${this.system}/${kind}`;
      const shows = kind === 'reconcile' ? { shows: `${this.system}/table` } : {};
      const run = async ({ emit }: SourceContext): Promise<void> => {
        for (const rows of batches) await emit({ rows } satisfies Batch);
      };
      const source: Source = { name, kind, system: this.system, ...shows, run };
      await ingest.open(source);
      if ((await this.#survives(ingest.run(source, new AbortController().signal))) || kind === 'ami') return;
    }
  }

  async #survives(work: Promise<unknown>): Promise<boolean> {
    try {
      await work;
      return true;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      await this.restart();
      return false;
    }
  }

  async #alive(): Promise<Life> {
    if (this.#life) return this.#life;
    const feed = { wake: () => undefined } as Feed;
    const systems = new Map([[this.system, naming]]);
    const ingest = new Ingest({ store: this.#mortal(), feed, systems, log: silent });
    const clock = new HandClock();
    const stop = new AbortController();
    const id_column = this.#setup.tableId ? 'auto' : 'none';
    const config = configOf(`sqlite:${this.#file}`, { name: this.system, max_rows: this.#setup.pageRows, id_column });
    const source = openTableSource({ system: this.system, timezone: 'UTC', config, log: silent, clock });
    await ingest.open(source);
    const run: Source['run'] = (context) =>
      source.run({
        ...context,
        emit: (batch) => context.emit({ ...batch, rows: batch.rows.map((row) => this.#cut(row)) }),
      });
    const { name, system, kind } = source;
    const table = ingest.run({ name, system, kind, run }, stop.signal);
    table.catch(() => undefined);
    this.#life = { ingest, clock, stop, table };
    // The first look comes with the start; it may be the last.
    await this.#survives(Promise.race([table, clock.idle()]));
    return this.#life ?? this.#alive();
  }

  /** The store of one process: a crash comes before or after a commit. */
  #mortal(): Store {
    const append: Store['append'] = async (work, batch) => {
      const when = this.#crash;
      this.#crash = null;
      if (when === 'before') throw new Crash('before the commit');
      const outcomes = await this.#store.append(work, batch);
      this.#commits += 1;
      if (when === 'after') throw new Crash('after the commit');
      return outcomes;
    };
    return { ...this.#store, append };
  }
}

function pages<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size));
}
