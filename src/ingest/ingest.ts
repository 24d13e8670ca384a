// The one writer. accept(): normalise, append, publish. A source waits here until its batch is committed.
import type { RawRow } from '../cdr/normalise.ts';
import type { Within } from '../cdr/query.ts';
import { Broken, ClientError, Unavailable } from '../errors.ts';
import { failpoint } from '../failpoint.ts';
import type { Feed } from '../feed/feed.ts';
import type { Log } from '../log.ts';
import { derivingOf } from './byhand.ts';
import { knowingGone } from './doubt.ts';
import { letGoTeller } from './letgo.ts';
import type { RuleSet } from '../rules/compile.ts';
import type { Append } from '../store/append.ts';
import type { Outcome } from '../store/meet.ts';
import type { By } from '../store/audit.ts';
import type { Laid } from '../store/laid.ts';
import { nobodys, type Came, type StoredReject } from '../store/rejects.ts';
import type { Retried } from '../store/retry.ts';
import { newBatch, type Store } from '../store/store.ts';
import { Patience } from './patience.ts';
import { countIn, countsOf, isWorthTelling, noteNewest, type Line, type SourceReport } from './report.ts';
import { batchesOf, commitRetry, type RetryBatch } from './retry.ts';
import { cameAs, readRow, systemOf } from './rows.ts';
import { commitSingly } from './singly.ts';
import { repeatsOf, type Batch, type Source, type SourceStatus } from './source.ts';
import { tracer, type Trace } from './trace.ts';

export type { SourceReport } from './report.ts';

type Handing = Pick<Source, 'name' | 'kind' | 'system'>;
type Writing = Pick<Append, 'within' | 'laid' | 'gone'> & { isPatient: boolean };

export interface IngestOptions {
  store: Store;
  feed: Feed;
  /** Whose records are, by system; a row of a system that is not here is a reject. */
  systems: ReadonlyMap<string, RuleSet>;
  log: Log;
  /** The zone of a source's local times, for rejects kept without theirs. */
  zoneOf?: (source: string) => string;
  /** Most rejects kept. */
  rejectsMax?: number;
  /** Observes the seconds from a batch in hand to its commit. */
  onCommit?: (seconds: number) => void;
}

export class Ingest {
  readonly #options: IngestOptions;
  readonly #lines = new Map<string, Line>();
  readonly #stop = new AbortController();
  #last: Promise<unknown> = Promise.resolve();
  readonly #patience: Patience;
  readonly #tellLetGo: ReturnType<typeof letGoTeller>;
  /** Which rule gives each fact of a record. */
  readonly trace: Trace;

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#tellLetGo = letGoTeller(options.log);
    this.trace = tracer(options.systems, options.store);
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
        await this.#accept(line, batch);
      },
      weigh: (batch, how) => (how === 'commit' ? this.#accept(line, batch) : this.#try(line, batch)),
    });
    this.#setStatus(line, { state: 'stopped' });
  }

  /**
   * Records written over HTTP: the same path as any source, but the writer hears of an absent store at once.
   * `system` null: records that name none of ours, with what they name in `system`; they become rejects.
   * `laid` is written over what is made of them, in the same transaction.
   */
  post(system: string | null, rows: RawRow[], within: Within, laid?: Laid): Promise<Outcome[]> {
    const name = system === null ? nobodys : `${system}/api`;
    return this.#hand({ name, kind: 'api', system: system ?? '' }, rows, within, laid);
  }

  /** Rows of a file that a command imports; as `post`, since the command can be given again. @throws ClientError */
  async take(system: string, rows: RawRow[]): Promise<Outcome[]> {
    const names = [...this.#options.systems.keys()].join(', ') || 'none';
    if (!this.#options.systems.has(system))
      throw new ClientError(422, `system: ${JSON.stringify(system)} is not configured, expected one of: ${names}`);
    return this.#hand({ name: `${system}/import`, kind: 'import', system }, rows, null);
  }

  async #hand(source: Handing, rows: RawRow[], within: Within, laid?: Laid): Promise<Outcome[]> {
    this.#demandStore();
    const line = this.#lines.get(source.name) ?? (await this.#open(source));
    this.#setStatus(line, { state: 'up' });
    return this.#inTurn(() => this.#commit(line, { rows }, { within, isPatient: false, ...(laid && { laid }) }));
  }

  /**
   * Hands kept rejects over again. One that is stored counts like any row of its source (received, and stored or duplicate) and is
   * gone; one that fails again counts as nothing but a try of its own. @throws Unavailable when the store is away
   */
  async retry(rejects: readonly StoredReject[], by: By): Promise<Retried[]> {
    this.#demandStore();
    const { systems, zoneOf = () => 'UTC', log } = this.#options;
    const retried: Retried[] = [];
    for (const batch of batchesOf(rejects, { systems: [...systems.keys()], zoneOf, log })) {
      retried.push(...(await this.#inTurn(() => this.#commitRetry(batch, by))));
    }
    return retried;
  }

  reports(): SourceReport[] {
    return [...this.#lines.values()].map((line) => ({ ...line.report })).filter(isWorthTelling);
  }

  /** Why the last commit failed, null while the store takes records. */
  get storeFault(): string | null {
    return this.#patience.fault;
  }

  /** Resolves when the writer has come round: behind the batch in hand, or with the next try at a store that is away. */
  beat(): Promise<void> {
    return Promise.race([this.#inTurn(async () => undefined), this.#patience.nextTry()]);
  }

  /** Gives up waiting for an absent store and waits for the commit in hand: what was not committed stays with its source. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#last;
  }

  async #open({ name, kind, system, shows = name }: Pick<Source, 'name' | 'kind' | 'system' | 'shows'>): Promise<Line> {
    const { id, cursor, lastRecord, opened, ...counts } = await this.#patience.persist(
      () => this.#options.store.source(name),
      false,
    );
    const report = {
      ...countsOf(counts),
      name,
      kind,
      state: 'connecting',
      ...{ detail: null, lastRecord, lagSeconds: null, progress: null },
    } as const;
    const line: Line = { id, kind, system, shows, cursor, opened: opened ?? 0, report };
    this.#lines.set(name, line);
    return line;
  }

  /** One batch after the other: the order of commits is the order of ids. */
  #accept(line: Line, batch: Batch): Promise<Outcome[]> {
    return knowingGone(batch, (gone) =>
      this.#inTurn(() => this.#commit(line, batch, { within: null, isPatient: true, gone })),
    );
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** In its turn too: it holds the store's lock like a commit. */
  #try(line: Line, batch: Batch): Promise<Outcome[]> {
    const work = this.#workFor(line, batch, null);
    const { store } = this.#options;
    const attempt = (gone: Append['gone']) => () =>
      this.#patience.persist(() => store.trial({ ...work, gone, now: Date.now() * 1000 }), true);
    return knowingGone(batch, (gone) => this.#inTurn(attempt(gone)));
  }

  #demandStore(): void {
    if (this.#patience.isWaiting) throw new Unavailable(`the store does not take records: ${this.storeFault}`);
  }

  async #commit(line: Line, batch: Batch, { within, isPatient, ...writing }: Writing): Promise<Outcome[]> {
    const { store, feed, onCommit } = this.#options;
    const began = performance.now();
    const work = { ...this.#workFor(line, batch, within), ...writing };
    const persist = (some: Partial<Append>, batchName: string) =>
      this.#patience.persist(() => store.append({ ...work, ...some, now: Date.now() * 1000 }, batchName), isPatient);
    let outcomes: Outcome[] | null;
    try {
      outcomes = await persist({}, newBatch());
    } catch (error) {
      if (!store.isDataFault(error)) throw error;
      outcomes = await commitSingly(store, work, persist);
    }
    failpoint('before wake');
    feed.wake();
    if (outcomes === null) Object.assign(line.report, countsOf(await this.#options.store.source(line.report.name)));
    else countIn(line.report, outcomes, batch.lost ?? 0);
    noteNewest(line, work.rows);
    onCommit?.((performance.now() - began) / 1000);
    return outcomes ?? [];
  }

  #workFor(line: Line, batch: Batch, within: Within): Omit<Append, 'batch' | 'now'> & { cameAs: (at: number) => Came } {
    const names = [...this.#options.systems.keys()];
    const rows = batch.rows.map((row) => {
      const fault = line.system === '' ? systemOf(row.fields, names) : undefined;
      return readRow(row, line.system, this.#options.log, typeof fault === 'object' ? fault : undefined);
    });
    return {
      ...this.#workOf(line.shows, line.id, line.system),
      ...{ repeats: repeatsOf[line.kind], rows, marks: batch.rows.map(({ mark }) => mark) },
      ...{ cursor: batch.cursor, lost: batch.lost ?? 0, within, widths: batch.rows[0]?.widths },
      cameAs: (at: number) => cameAs(batch.rows[at]!),
    };
  }

  #workOf(sourceName: string, sourceId: number, system: string) {
    const { systems, rejectsMax } = this.#options;
    const derive = derivingOf(system, systems.get(system));
    return { sourceId, sourceName, derive, rejectsMax, tellLetGo: this.#tellLetGo };
  }

  async #commitRetry(batch: RetryBatch, by: By): Promise<Retried[]> {
    const { store, feed } = this.#options;
    const { id } = await this.#patience.persist(() => store.source(batch.source), false);
    // The rest of its family is not at hand: neither AMI's nor a table's promise holds for it.
    const shows = this.#lines.get(batch.source)?.shows ?? batch.source;
    const work = { ...this.#workOf(shows, id, batch.system), repeats: 'again' } as const;
    const retried = await commitRetry(store, batch, (some, ids) =>
      this.#patience.persist(
        () => store.retry({ ...work, ...some, cursor: undefined, lost: 0, now: Date.now() * 1000 }, { ids, by }),
        false,
      ),
    );
    feed.wake();
    const line = this.#lines.get(batch.source);
    if (line) Object.assign(line.report, countsOf(await store.source(batch.source)));
    return retried;
  }

  #setStatus(line: Line, { state, detail, progress }: SourceStatus): void {
    Object.assign(line.report, { state, detail: detail ?? null, progress: progress ?? null });
  }
}
