// Compares a window of the table with the store, row by row, brings what is missing or changed, and writes a report.
// The same identity decides as for every other row: a known row is a further sight, anything else is new.
import { Broken, ClientError, messageOf } from '../../errors.ts';
import type { Micros } from '../../cdr/cdr.ts';
import type { ReconcileAsk, Reconciler, ReconcileProgress, ReconcileSummary } from '../../ingest/chores.ts';
import type { Source, SourceContext } from '../../ingest/source.ts';
import type { Log } from '../../log.ts';
import { isInEarnest, type Reconcile } from '../../store/reconciles.ts';
import type { Store } from '../../store/store.ts';
import { Comparison, type Visit } from './comparison.ts';
import { noteRowless } from './rowless.ts';
import { visit, type Site } from './site.ts';
import { survey, tallyIn, type Tally } from './survey.ts';
import type { TableSource } from './table.ts';
import { cellAt, clockToMs, momentOf, onClock, secondsOf } from './walltime.ts';

/** What it needs of our own store beside the way every row takes. */
export type Ledger = Pick<Store, 'seen' | 'shown' | 'saveReconcile' | 'lastReconcile' | 'namedRejects' | 'rowsGone'>;

/** The table's own source: it knows whether this is the table it was. */
export type Live = Pick<TableSource, 'epoch' | 'isStill' | 'storedUpTo'>;

interface Task {
  from: Micros;
  to: Micros;
  isDryRun: boolean;
  older: boolean;
  finish(report: Reconcile): void;
}

const dayMs = 86_400_000;
const daysMax = 3660;
/** Zero dates are before it (1990, in seconds since 1970). */
const dawn = 631_152_000;
/** A table that cannot be read at the start is waited for so long. */
const lookMs = 60_000;

export class ReconcileSource implements Source, Reconciler {
  readonly kind = 'reconcile';
  readonly name: string;
  readonly system: string;
  readonly shows: string;
  readonly cron: string;
  readonly #site: Site;
  readonly #log: Log;
  readonly #ledger: Ledger;
  readonly #live: Live;
  readonly #history: { reach: Micros | null | undefined };
  #tally: Tally | null = null;
  #task: Task | null = null;
  #running: Comparison | null = null;
  #last: Reconcile | null = null;
  #lastInEarnest: Reconcile | null = null;
  #healed = 0;
  #wake = new AbortController();

  /** `history`: how far back the table was read. */
  constructor(site: Site, live: Live, history: { reach: Micros | null | undefined }, ledger: Ledger) {
    this.system = site.system;
    this.name = `${site.system}/reconcile`;
    this.shows = `${site.system}/table`;
    this.cron = site.config.reconcile.cron;
    this.#site = site;
    this.#log = site.log.child({ source: this.name });
    this.#ledger = ledger;
    this.#live = live;
    this.#history = history;
  }

  start({ from, to, isDryRun = false, older = false }: ReconcileAsk): Promise<Reconcile> {
    if (this.#task !== null) throw new ClientError(409, `a reconcile of ${this.system} is running already`);
    const now = this.#site.clock.now() * 1000;
    const window = {
      from: from === undefined ? now - this.#site.config.reconcile.days * dayMs * 1000 : this.#moment('from', from),
      to: to === undefined ? now : this.#moment('to', to),
    };
    if (window.from >= window.to) throw new ClientError(400, 'from: is not before "to", expected an earlier date');
    if (window.to - window.from > daysMax * dayMs * 1000) {
      throw new ClientError(400, `from: the window is longer than ${daysMax} days, expected less; take several`);
    }
    return new Promise((finish) => {
      this.#task = { ...window, isDryRun, older, finish };
      this.poke();
    });
  }

  progress(): ReconcileProgress {
    const { rows = 0, reached = null, started = null } = this.#running ?? {};
    return { system: this.system, state: this.#task === null ? 'idle' : 'running', rows, reached, started };
  }

  last(): Reconcile | null {
    return this.#last;
  }

  latest(): Reconcile | null {
    const [own, known] = [this.#last?.isDryRun === false ? this.#last : null, this.#lastInEarnest];
    return own && known ? (own.ended >= known.ended ? own : known) : (own ?? known);
  }

  summary(): ReconcileSummary {
    return { system: this.system, healed: this.#healed, last: this.#lastInEarnest };
  }

  async remember(): Promise<void> {
    this.#lastInEarnest = await this.#ledger.lastReconcile(this.system);
  }

  poke(): void {
    this.#wake.abort();
  }

  async run(context: SourceContext): Promise<void> {
    const { signal } = context;
    this.#tally = tallyIn(context.cursor);
    const stop = (): void => this.poke();
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted) {
        if (this.#task === null) {
          context.status({ state: 'idle', detail: 'compares when it is asked to' });
          await this.#wait(dayMs);
        } else {
          await this.#do(this.#task, context);
        }
      }
    } finally {
      signal.removeEventListener('abort', stop);
      context.status({ state: 'stopped' });
    }
  }

  async #do(task: Task, context: SourceContext): Promise<void> {
    const comparison = new Comparison(this.#site, this.#ledger, this.#log, { ...task, system: this.system });
    this.#running = comparison;
    context.status({ state: 'up' });
    const fault = await this.#compare(comparison, task, context);
    const report = comparison.report(context.signal.aborted ? 'stopped' : fault === null ? 'done' : 'failed', fault);
    this.#last = await this.#ledger.saveReconcile(report).catch((error: unknown) => {
      const cause = messageOf(error);
      this.#log.error({ cause }, 'the report of a reconcile could not be stored, it stands in this log only');
      return { ...report, id: 0 };
    });
    this.#tell(this.#last);
    // What a stop cut off was brought as far as it came.
    if (!task.isDryRun) this.#healed += report.missing + report.changed;
    if (isInEarnest(this.#last)) this.#lastInEarnest = this.#last;
    this.#running = null;
    this.#task = null;
    task.finish(this.#last);
  }

  /** Why it could not be done; null when it was. */
  async #compare(comparison: Comparison, task: Task, context: SourceContext): Promise<string | null> {
    const { clock } = this.#site;
    const isFirst = this.#live.storedUpTo() === null;
    try {
      const until = clock.now() + lookMs;
      for (;;) {
        while (this.#live.epoch === null && clock.now() < until && !context.signal.aborted) await this.#wait(200);
        const { epoch } = this.#live;
        if (epoch === null || clock.now() >= until) return 'the table cannot be read at present; /readyz says why';
        const isSame = (): boolean => this.#live.epoch === epoch || this.#live.epoch === null;
        const isKnown = await visit(this.#site, context.signal, async (reader, flavour) => {
          // What was altered since the live reading looked, it must know first: by what its rows have names.
          if (!this.#live.isStill(flavour)) return false;
          const here = { reader, flavour, epoch, context, isSame, isFirst };
          await comparison.run(here);
          if (!task.isDryRun) await noteRowless(this.#ledger, this.shows, here, clock.now() * 1000);
          if (task.older) await this.#lookBack(comparison, here, task.from);
          return true;
        });
        if (isKnown) return null;
      }
    } catch (error) {
      // Whatever a database said: the next one may go better.
      if (error instanceof Broken) throw error;
      return messageOf(error);
    }
  }

  /** Days before the window, as far back as the table was read. A row by id is found by its id, whatever its date. */
  async #lookBack(comparison: Comparison, here: Visit, before: Micros): Promise<void> {
    const { reader, flavour, epoch, context } = here;
    const { timeColumn, idColumn, isTimeIndexed, timezone } = flavour;
    const { reach } = this.#history;
    if (timeColumn === null || reach === undefined || (idColumn !== null && !isTimeIndexed)) return;
    const [newest] = await reader.select((query) =>
      query.whereNotNull(timeColumn).orderBy(timeColumn, 'desc').limit(1),
    );
    const like = newest?.[timeColumn] ?? null;
    const [oldest] =
      like === null
        ? []
        : await reader.select((query) =>
            query.where(timeColumn, '>=', cellAt(dawn, like)).orderBy(timeColumn).limit(1),
          );
    const start = secondsOf(oldest?.[timeColumn]);
    if (like === null || start === null) return;
    const dayOf = (at: Micros) => Math.floor(onClock(like, timezone, at / 1000) / 86_400);
    const last = dayOf(before) - 1;
    const first = Math.max(Math.floor(start / 86_400), last - daysMax, reach === null ? 0 : dayOf(reach) + 1);
    const micros = (day: number): Micros => clockToMs(day * 86_400, like, timezone) * 1000;
    const shownOn = (day: number) => this.#ledger.shown(this.system, this.shows, micros(day), micros(day + 1));
    const about = { column: timeColumn, table: `${epoch} ${timeColumn} ${timezone}`, signal: context.signal };
    const found = await survey({ ...about, reader, like, first, last, shownOn }, this.#tally).catch(
      (error: unknown) => {
        if (error instanceof Broken) throw error;
        this.#log.warn(
          { reason: messageOf(error) },
          'the days before the window could not be counted; the next night tries again',
        );
        return null;
      },
    );
    if (found === null) return;
    if (found.days.length > 0) {
      const more = found.more ? ', more of them in the next nights' : '';
      const text = `${found.days.length} days before the window have other counts than when they were read: comparing them${more}`;
      this.#log.warn({ days: found.days.length }, text);
    }
    for (const day of found.days) await comparison.lookAt(here, day, like);
    if (context.signal.aborted) return;
    await context.emit({ rows: [], cursor: JSON.stringify(found.tally) });
    this.#tally = found.tally;
  }

  #tell({ state, detail, isDryRun, days, examples: _, ...numbers }: Reconcile): void {
    const { read, missing, changed, gone } = numbers;
    const brought = isDryRun ? 'nothing was brought' : 'now as in the table';
    const found = `${missing} missing and ${changed} changed in the store (${brought}), ${gone} gone from the table`;
    const text = `reconcile ${state}: ${read} rows of ${days.length} days compared, ${found}`;
    const fields = { read, missing, changed, gone, ...(detail === null ? {} : { detail }) };
    if (state === 'failed' || (missing > 0 && !isDryRun)) this.#log.warn(fields, text);
    else this.#log.info(fields, text);
  }

  #moment(name: string, text: string): Micros {
    const moment = momentOf(text, this.#site.timezone);
    if (moment !== undefined) return moment;
    throw new ClientError(400, `${name}: "${text}" is not a date, expected 2026-11-22, 2026-11-22 03:15 or RFC 3339`);
  }

  async #wait(ms: number): Promise<void> {
    await this.#site.clock.sleep(ms, this.#wake.signal);
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
  }
}
