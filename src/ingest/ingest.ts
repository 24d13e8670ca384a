// The one writer. accept(): normalise, append, publish. A source waits here until its batch is committed.
import { classify, type NamingRules } from '../cdr/classify.ts';
import type { Cdr, Micros } from '../cdr/cdr.ts';
import type { Repeats } from '../cdr/identity.ts';
import { normalise, type RawRow } from '../cdr/normalise.ts';
import type { Within } from '../cdr/query.ts';
import { BadRecord, Broken, messageOf, Unavailable } from '../errors.ts';
import { failpoint } from '../failpoint.ts';
import type { Feed } from '../feed/feed.ts';
import type { Log } from '../log.ts';
import type { Append, Outcome } from '../store/append.ts';
import type { Reject } from '../store/rejects.ts';
import type { Counts } from '../store/sources.ts';
import { newBatch, type Store } from '../store/store.ts';
import { Patience } from './patience.ts';
import type { Batch, Source, SourceKind, SourceState, SourceStatus } from './source.ts';

/** What /readyz and the metrics say of one source. */
export interface SourceReport extends Counts {
  name: string;
  kind: SourceKind;
  state: SourceState;
  detail: string | null;
  /** End of the newest record it has shown. */
  lastRecord: Micros | null;
  /** Seconds from the end of that record to its commit here. */
  lagSeconds: number | null;
}

/** AMI says a record once; a table is read again, and hands over whole families (sources/table/content.ts). */
const repeatsOf: Record<SourceKind, Repeats> = {
  ...{ ami: 'never', table: 'whole', backfill: 'whole', reconcile: 'whole' },
  ...{ api: 'again', import: 'again' },
};

interface Line {
  id: number;
  kind: SourceKind;
  system: string;
  /** In whose name records are seen. */
  shows: string;
  /** As it was at the start. */
  cursor: string | null;
  report: SourceReport;
}

export interface IngestOptions {
  store: Store;
  feed: Feed;
  /** Naming rules by system; a row of a system that is not here is a reject. */
  systems: ReadonlyMap<string, NamingRules>;
  log: Log;
  /** Observes the seconds from a batch in hand to its commit. */
  onCommit?: (seconds: number) => void;
}

export class Ingest {
  readonly #options: IngestOptions;
  readonly #lines = new Map<string, Line>();
  readonly #stop = new AbortController();
  #last: Promise<unknown> = Promise.resolve();
  readonly #patience: Patience;

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#patience = new Patience(options.store, options.log, this.#stop.signal);
  }

  /** Makes a source known, with its cursor and counts; it is not heard before `run`. */
  async open(source: Pick<Source, 'name' | 'kind' | 'system' | 'shows'>): Promise<void> {
    await this.#open(source);
  }

  /** Hears an opened source until `signal` aborts. @throws Broken */
  async run(source: Source, signal: AbortSignal): Promise<void> {
    const line = this.#lines.get(source.name);
    if (!line) throw new Broken(`the source ${source.name} was not opened`);
    await source.run({
      cursor: line.cursor,
      signal,
      status: (status) => this.#setStatus(line, status),
      emit: async (batch) => {
        await this.#accept(line, batch, null, true);
      },
    });
    this.#setStatus(line, { state: 'stopped' });
  }

  /** Records written over HTTP: the same path as any source, but the writer hears of an absent store at once. */
  async post(system: string, rows: RawRow[], within: Within): Promise<Outcome[]> {
    if (this.#patience.isWaiting) throw new Unavailable(`the store does not take records: ${this.storeFault}`);
    const name = `${system}/api`;
    const line = this.#lines.get(name) ?? (await this.#open({ name, kind: 'api', system }));
    this.#setStatus(line, { state: 'up' });
    return this.#accept(line, { rows }, within, false);
  }

  reports(): SourceReport[] {
    return [...this.#lines.values()].map((line) => ({ ...line.report }));
  }

  /** Why the last commit failed, null while the store takes records. */
  get storeFault(): string | null {
    return this.#patience.fault;
  }

  /** Gives up waiting for an absent store and waits for the commit in hand: what was not committed stays with its source. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#last;
  }

  async #open({ name, kind, system, shows = name }: Pick<Source, 'name' | 'kind' | 'system' | 'shows'>): Promise<Line> {
    const { id, cursor, lastRecord, ...counts } = await this.#patience.persist(
      () => this.#options.store.source(name),
      false,
    );
    const report = {
      ...countsOf(counts),
      name,
      kind,
      state: 'connecting',
      detail: null,
      lastRecord,
      lagSeconds: null,
    } as const;
    const line: Line = { id, kind, system, shows, cursor, report };
    this.#lines.set(name, line);
    return line;
  }

  /** One batch after the other: the order of commits is the order of ids. */
  #accept(line: Line, batch: Batch, within: Within, isPatient: boolean): Promise<Outcome[]> {
    const turn = this.#last.then(() => this.#commit(line, batch, within, isPatient));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #commit(line: Line, batch: Batch, within: Within, isPatient: boolean): Promise<Outcome[]> {
    const { store, feed, systems, onCommit } = this.#options;
    const rules = systems.get(line.system);
    if (!rules) throw new Broken(`no naming rules for the system ${line.system}`);
    const began = performance.now();
    const rows = batch.rows.map((row) => this.#read(row, line.system));
    const name = newBatch();
    const work: Omit<Append, 'batch' | 'now'> = {
      sourceId: line.id,
      sourceName: line.shows,
      repeats: repeatsOf[line.kind],
      rows,
      marks: batch.rows.map(({ mark }) => mark),
      cursor: batch.cursor,
      lost: batch.lost ?? 0,
      derive: (cdr: Cdr) => classify(cdr, rules),
      within,
    };
    const persist = (some: Partial<Append>, batchName: string) =>
      this.#patience.persist(() => store.append({ ...work, ...some, now: Date.now() * 1000 }, batchName), isPatient);
    let outcomes: Outcome[] | null;
    try {
      outcomes = await persist({}, name);
    } catch (error) {
      if (!store.isDataFault(error)) throw error;
      outcomes = await this.#commitSingly(work, persist);
    }
    failpoint('before wake');
    feed.wake();
    if (outcomes === null) Object.assign(line.report, countsOf(await this.#options.store.source(line.report.name)));
    else this.#count(line, batch, outcomes);
    this.#noteNewest(line, rows);
    onCommit?.((performance.now() - began) / 1000);
    return outcomes ?? [];
  }

  /** The database refuses some value of this batch: find the row, keep it as a reject, store the others. */
  async #commitSingly(
    { rows, marks }: Pick<Append, 'rows' | 'marks'>,
    persist: (some: Partial<Append>, name: string) => Promise<Outcome[] | null>,
  ): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const unmoved = { cursor: undefined, lost: 0 };
    for (const [at, row] of rows.entries()) {
      const alone = { ...unmoved, repeats: 'again', marks: [marks?.[at]] } as const;
      try {
        outcomes.push(...((await persist({ ...alone, rows: [row] }, newBatch())) ?? []));
      } catch (error) {
        if (!this.#options.store.isDataFault(error)) throw error;
        const message = `the store's database refused it: ${messageOf(error)}`;
        const reject = { raw: JSON.stringify(row), reason: message, faults: [{ field: '', message }] };
        outcomes.push(...((await persist({ ...alone, rows: [reject] }, newBatch())) ?? []));
      }
    }
    await persist({ rows: [] }, newBatch());
    return outcomes;
  }

  #read(row: RawRow, system: string): Cdr | Reject {
    try {
      return normalise(row, system);
    } catch (error) {
      if (!(error instanceof BadRecord)) throw error;
      const found = row.fields['uniqueid'];
      const uniqueid = typeof found === 'string' && found !== '' ? found.slice(0, 150) : 'unknown';
      this.#options.log.debug({ system, uniqueid, reason: error.message }, 'record rejected');
      const reason = `${error.message} (system ${system}, uniqueid ${uniqueid})`;
      return { raw: rawText(row.fields), reason, faults: error.faults };
    }
  }

  #count({ report }: Line, batch: Batch, outcomes: readonly Outcome[]): void {
    report.received += outcomes.length;
    report.lost += batch.lost ?? 0;
    for (const { outcome } of outcomes) report[outcome === 'created' ? 'stored' : outcome] += 1;
  }

  #noteNewest({ report }: Line, rows: readonly (Cdr | Reject)[]): void {
    const ends = rows.map((row) => ('reason' in row ? 0 : (row.end ?? row.start + row.duration * 1e6)));
    const newest = ends.reduce((last, end) => Math.max(last, end), 0);
    if (newest === 0) return;
    report.lastRecord = Math.max(report.lastRecord ?? 0, newest);
    report.lagSeconds = Math.max(0, Date.now() / 1000 - newest / 1e6);
  }

  #setStatus(line: Line, { state, detail }: SourceStatus): void {
    line.report.state = state;
    line.report.detail = detail ?? null;
  }
}

function countsOf({ received, stored, duplicate, rejected, expired, lost }: Counts): Counts {
  return { received, stored, duplicate, rejected, expired, lost };
}

/** JSON of what came; nesting deeper than the stack allows can come over HTTP only, and says nothing. */
function rawText(fields: RawRow['fields']): string {
  try {
    return JSON.stringify(fields);
  } catch {
    return JSON.stringify({ keys: Object.keys(fields), note: 'nested too deeply to be kept' });
  }
}
