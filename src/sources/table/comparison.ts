// One reconcile at work: day by day in bounded SELECTs, first by counts, then by identity, then what the table has no more.
import type { Micros } from '../../cdr/cdr.ts';
import { sightOf } from '../../cdr/sight.ts';
import { Unavailable } from '../../errors.ts';
import type { SourceContext } from '../../ingest/source.ts';
import type { Log } from '../../log.ts';
import type { Reconcile, ReconcileDay, Seen } from '../../store/reconciles.ts';
import { rawOf } from './content.ts';
import { differenceIn, type Counts } from './difference.ts';
import { downwards, isOlder } from './down.ts';
import type { Flavour } from './flavour.ts';
import type { TableReader, TableRow } from './reader.ts';
import { futureOf } from './future.ts';
import { goneIn, goneOf } from './gone.ts';
import { MetDays } from './metdays.ts';
import type { Ledger } from './reconcile.ts';
import { Rest } from './rest.ts';
import type { Site } from './site.ts';
import { cellAt, clockToMs, onClock, secondsOf } from './walltime.ts';

export interface Visit {
  reader: TableReader;
  flavour: Flavour;
  epoch: number;
  context: SourceContext;
  /** False when the table was made anew meanwhile. */
  isSame: () => boolean;
  /** The live reading had not come to the end of the table since the daemon's start: what it brought first nobody missed. */
  isFirst: boolean;
}

const daySeconds = 86_400;
/** Records looked at in one read of the store, and rows looked for in one SELECT. */
const seenRows = 500;
/** A day is not counted further than this. */
const countMax = 1_000_000;
/** Of each kind so many ids stand in the report. */
const examplesMax = 100;

export class Comparison {
  /** For whoever asks how far it is. */
  rows = 0;
  reached: string | null = null;
  readonly started: Micros;
  readonly #site: Site;
  readonly #ledger: Ledger;
  readonly #log: Log;
  readonly #window: Pick<Reconcile, 'system' | 'from' | 'to' | 'isDryRun'>;
  readonly #days = new Map<string, ReconcileDay>();
  readonly #examples: Reconcile['examples'] = { missing: [], changed: [], gone: [] };
  #rejected = 0;
  #expired = 0;
  #unseen = 0;
  readonly #counts: Counts = { caughtUp: 0, repeated: 0, elsewhere: 0, future: null };
  /** What was stored since was missing. */
  #since: Micros;
  /** When comparing began, the live reading having looked at an altered table anew; what that brought was missing, too. */
  #began: Micros;
  /** Records that ended just now: nobody misses them. */
  readonly #fresh = new Set<number>();

  constructor(site: Site, ledger: Ledger, log: Log, window: Pick<Reconcile, 'system' | 'from' | 'to' | 'isDryRun'>) {
    this.#site = site;
    this.#ledger = ledger;
    this.#log = log;
    const { system, from, to, isDryRun } = window;
    this.#window = { system, from, to, isDryRun };
    this.started = this.#since = this.#began = site.clock.now() * 1000;
  }

  report(state: Reconcile['state'], detail: string | null): Omit<Reconcile, 'id'> {
    const days = [...this.#days.values()].sort((a, b) => (a.day < b.day ? 1 : -1));
    const sum = (key: 'read' | 'missing' | 'changed' | 'gone') => days.reduce((total, day) => total + day[key], 0);
    const ended = this.#site.clock.now() * 1000;
    return {
      ...this.#window,
      ...{ started: this.started, ended, state, detail: detail ?? differenceIn(this.#counts) },
      ...{ read: sum('read'), missing: sum('missing'), changed: sum('changed'), gone: sum('gone') },
      ...{ rejected: this.#rejected, expired: this.#expired, unseen: this.#unseen },
      ...{ days, examples: this.#examples },
    };
  }

  /** @throws Unavailable when the table cannot be read, or is another one by now. */
  async run(visit: Visit): Promise<void> {
    const { reader, flavour } = visit;
    const { timeColumn, timezone } = flavour;
    if (timeColumn === null) throw new Unavailable('a table without a time column cannot be compared by days');
    this.#began = this.#site.clock.now() * 1000;
    if (visit.isFirst) this.#since = this.#began;
    const [newest] = await reader.select((query) =>
      query.whereNotNull(timeColumn).orderBy(timeColumn, 'desc').limit(1),
    );
    const like = newest?.[timeColumn] ?? '2000-01-01 00:00:00';
    const from = Math.floor(onClock(like, timezone, this.#window.from / 1000));
    const to = Math.floor(onClock(like, timezone, this.#window.to / 1000));
    for (let day = Math.floor(from / daySeconds); day * daySeconds < to; day += 1) this.#dayAt(day * daySeconds);
    if (flavour.isTimeIndexed) await this.#count(reader, timeColumn, like, from, to);
    this.#counts.future = await futureOf(reader, {
      timeColumn,
      timezone,
      newest: like,
      to,
      now: this.#site.clock.now(),
    });
    await this.#identify(visit, timeColumn, like, from, to);
  }

  /** A further day, outside of the window; `count` is how many rows the table has of it. */
  async lookAt(visit: Visit, { day, count }: { day: number; count: number }, like: string | number): Promise<void> {
    this.#dayAt(day * daySeconds).counted = count;
    await this.#identify(visit, visit.flavour.timeColumn!, like, day * daySeconds, (day + 1) * daySeconds);
  }

  async #count(reader: TableReader, column: string, like: string | number, from: number, to: number): Promise<void> {
    for (const day of this.#days.values()) {
      const start = Date.parse(day.day) / 1000;
      const [first, last] = [Math.max(start, from), Math.min(start + daySeconds, to)];
      day.counted = await reader.count((query) =>
        query.where(column, '>=', cellAt(first, like)).where(column, '<', cellAt(last, like)).limit(countMax),
      );
    }
  }

  async #identify(visit: Visit, timeColumn: string, like: string | number, from: number, to: number): Promise<void> {
    const { reader, flavour, context, isSame } = visit;
    const { config } = this.#site;
    const byId = flavour.idColumn !== null && !flavour.isTimeIndexed;
    const descent = byId
      ? ({ by: 'id', column: flavour.idColumn!, below: null, until: from } as const)
      : ({ by: 'time', column: timeColumn, below: cellAt(to, like), until: from } as const);
    const met = new MetDays();
    const look = (day: ReconcileDay) => this.#look(day, visit, like, from, to, met.near(day.day));
    const rest = new Rest(this.#site, () => config.backfill.rows_per_second);
    for await (const { rows, below } of downwards(reader, flavour, config, descent, this.#log)) {
      if (context.signal.aborted) return;
      if (!isSame()) throw new Unavailable('the table was made anew meanwhile');
      await rest.before(rows.length, context.signal);
      const wanted = rows.filter((row) => isWithin(secondsOf(row[timeColumn]), from, to));
      await this.#weigh(wanted, visit, timeColumn, met);
      this.reached = String(below);
      if (byId) continue;
      const oldest = dayOf(secondsOf(rows.at(-1)![timeColumn]) ?? from);
      for (const day of met.over(this.#days.keys(), oldest))
        if (!this.#looked.has(day)) await look(this.#days.get(day)!);
      met.forget(oldest);
    }
    const open = [...this.#days.values()].filter((day) => !this.#looked.has(day.day));
    for (const day of open) await look(day);
  }

  async #weigh(rows: TableRow[], visit: Visit, timeColumn: string, met: MetDays): Promise<void> {
    if (rows.length === 0) return;
    const { reader, flavour, epoch, context } = visit;
    const batch = { rows: rows.map((row) => rawOf(row, flavour, epoch)), ...goneIn(reader, flavour) };
    const outcomes = await context.weigh(batch, this.#window.isDryRun ? 'trial' : 'commit');
    this.rows += rows.length;
    const isFresh = this.#freshness(rows[0]!, flavour);
    for (const [at, outcome] of outcomes.entries()) {
      const day = this.#dayAt(secondsOf(rows[at]![timeColumn])!);
      day.read += 1;
      if (outcome.outcome === 'rejected') this.#rejected += 1;
      else if (outcome.outcome === 'expired') this.#expired += 1;
      else {
        const isChanged = outcome.outcome === 'duplicate' && outcome.enriched === true;
        const isNew = outcome.outcome === 'created';
        if (isNew && !isFresh(rows[at]!)) this.#note(day, 'missing', this.#window.isDryRun ? null : outcome.id);
        else if (isChanged) this.#note(day, 'changed', outcome.id);
        if (!isNew && isFresh(rows[at]!)) this.#fresh.add(outcome.id);
        if (met.add(day.day, outcome.id)) this.#counts.repeated += 1;
      }
    }
  }

  /** Whether a record ended within two polls, so that the live reading need not have come to it: it is brought, not missing. */
  #freshness(like: TableRow, { timeColumn, timezone }: Flavour): (row: TableRow) => boolean {
    const now = onClock(like[timeColumn!]!, timezone, this.#site.clock.now());
    const ago = 2 * this.#site.config.poll_seconds;
    return (row) => isOlder(row, timeColumn, now + ago) && !isOlder(row, timeColumn, now - ago);
  }

  readonly #looked = new Set<string>();

  /** What the store had of that day, and what of it the table has no more. */
  async #look(
    day: ReconcileDay,
    visit: Visit,
    like: string | number,
    from: number,
    to: number,
    isMet: (id: number) => boolean,
  ): Promise<void> {
    this.#looked.add(day.day);
    const start = Date.parse(day.day) / 1000;
    const micros = (seconds: number): Micros => clockToMs(seconds, like, visit.flavour.timezone) * 1000;
    const span = { from: micros(Math.max(start, from)), to: micros(Math.min(start + daySeconds, to)) };
    let after: Seen | undefined;
    for (;;) {
      const page = await this.#ledger.seen(this.#window.system, { ...span, ...(after ? { after } : {}) }, seenRows);
      const before = page.filter(({ created }) => created < this.#since);
      const table = `${this.#window.system}/table`;
      const isCaughtUp = ({ id, created }: Seen) => created < this.#began && isMet(id) && !this.#fresh.has(id);
      const caughtUp = page.filter((record) => record.created >= this.#since && isCaughtUp(record));
      for (const { id } of caughtUp) this.#note(day, 'missing', id);
      this.#counts.caughtUp += caughtUp.length;
      const shown = before.filter((record) => sightOf(record, table) !== undefined);
      day.stored += before.length;
      day.shown += shown.length;
      this.#unseen += before.length - shown.length;
      const unmet = shown.filter(({ id, isErased }) => !isMet(id) && !isErased);
      const { reader, flavour, epoch } = visit;
      const found = shown.filter(({ id }) => isMet(id));
      const gone = await goneOf(unmet, { reader, flavour, epoch, table, like, met: found, from, to });
      for (const { id } of gone) this.#note(day, 'gone', id);
      this.#counts.elsewhere += unmet.length - gone.length;
      if (page.length < seenRows || visit.context.signal.aborted) return;
      after = page.at(-1);
    }
  }

  #note(day: ReconcileDay, kind: 'missing' | 'changed' | 'gone', id: number | null): void {
    day[kind] += 1;
    if (id !== null && this.#examples[kind].length < examplesMax) this.#examples[kind].push(id);
  }

  #dayAt(seconds: number): ReconcileDay {
    const name = dayOf(seconds);
    const zeros = { read: 0, stored: 0, shown: 0, missing: 0, changed: 0, gone: 0 };
    const day = this.#days.get(name) ?? { day: name, counted: null, ...zeros };
    this.#days.set(name, day);
    return day;
  }
}

function isWithin(seconds: number | null, from: number, to: number): boolean {
  return seconds !== null && seconds >= from && seconds < to;
}

function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
