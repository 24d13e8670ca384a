// The proof that every record the PBX wrote is here: days counted when somebody asks, and the last ones all the time.
import { setTimeout as delay } from 'node:timers/promises';
import type { Micros } from '../cdr/cdr.ts';
import { dayAfter, dayOf } from '../cdr/time.ts';
import { Unavailable } from '../errors.ts';
import type { Log } from '../log.ts';
import { storeFault } from '../store/fault.ts';
import type { StoredDay } from '../store/days.ts';
import type { Store } from '../store/store.ts';
import type { Stray } from '../store/strays.ts';
import { Alarm } from './alarm.ts';
import type { CompletenessConfig } from './config.ts';
import {
  count,
  frameOf,
  groundOf,
  isFinal,
  isStale,
  verdictOf,
  type Day,
  type Ground,
  type StoredUpTo,
  type System,
} from './days.ts';
import { straysBeside } from './strays.ts';
import { noteZones, tellZones, zonesOf, type ZoneWarning } from './zones.ts';

export type { Day, StoredUpTo, System } from './days.ts';
export type { ZoneWarning } from './zones.ts';

/** What the last days of a system come to. */
export interface Summary {
  system: string;
  /** When they were last looked at. */
  at: Micros;
  missingInTable: number;
  missingInAmi: number;
  /** Rows of them that nobody could understand: their records are not here. */
  notUnderstood: number;
  waiting: number;
  holesUnexplained: number;
  /** False where only one source is configured. */
  isCompared: boolean;
  /** Times of AMI and of the table that stand whole quarters of an hour apart; null: they do not, or nothing tells yet. */
  zones: ZoneWarning | null;
}

export interface CompletenessOptions {
  store: Store;
  systems: readonly System[];
  config: CompletenessConfig;
  log: Log;
  storedUpTo: StoredUpTo;
  /** Microseconds since 1970. */
  now?: () => Micros;
}

/** Days from `first` to `last`, both inclusive, of one system or all. */
export interface DaysQuery {
  first: string;
  last: string;
  system?: string | undefined;
}

/** How long counting may take for one answer; days that were not reached are answered as not counted. */
const answerMs = 20_000;

export class Completeness {
  readonly #options: CompletenessOptions;
  readonly #now: () => Micros;
  readonly #stop = new AbortController();
  readonly #summaries = new Map<string, Summary>();
  readonly #alarms = new Map<string, Alarm>();
  #running: Promise<unknown> = Promise.resolve();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: CompletenessOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => Date.now() * 1000);
  }

  /** Looks at the last days again and again until `close`. Rejects when something of ours is broken. */
  start(): Promise<void> {
    const running = this.#watch();
    this.#running = running.catch(() => undefined);
    return running;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#turn;
  }

  /** What the last look at each system came to; empty before the first. */
  get summaries(): Summary[] {
    return [...this.#summaries.values()];
  }

  get systems(): readonly System[] {
    return this.#options.systems;
  }

  /** The latest day there is in any zone of the systems. */
  today(): string {
    const days = this.#options.systems.map(({ timezone }) => dayOf(this.#now(), timezone));
    return days.sort().at(-1) ?? dayOf(this.#now(), 'UTC');
  }

  /** By day, then by system; days that have not come are left out. */
  async days({ first, last, system }: DaysQuery): Promise<Day[]> {
    const systems = this.#options.systems.filter(({ name }) => system === undefined || name === system);
    const limit = performance.now() + answerMs;
    const days: Day[] = [];
    for (const one of systems) days.push(...(await this.#daysOf(one, first, last, limit)));
    const order = ({ day, system: name }: Day) => `${day} ${name}`;
    return days.sort((a, b) => (order(a) < order(b) ? -1 : 1));
  }

  /** Systems whose newest records AMI and the table tell in other zones. */
  async zoneWarnings(only?: string): Promise<ZoneWarning[]> {
    const systems = this.#options.systems.filter(({ name }) => only === undefined || name === only);
    const warnings: ZoneWarning[] = [];
    for (const system of systems) warnings.push(...[await this.#zonesOf(system)].filter((one) => one !== null));
    return warnings;
  }

  /** Systems that have records and are not configured. */
  strays(): Promise<Stray[]> {
    const { store, systems } = this.#options;
    return straysBeside(
      store,
      systems.map(({ name }) => name),
    );
  }

  /** Looks at the last days of every system now; warns when more is missing than before. */
  async check(): Promise<void> {
    for (const system of this.#options.systems) {
      const last = dayOf(this.#now(), system.timezone);
      const first = dayAfter(last, 1 - this.#options.config.watch_days);
      const days = await this.#daysOf(system, first, last, Infinity);
      await noteZones(this.#options.store, this.#options.log, system, this.#now());
      const zones = await this.#zonesOf(system);
      this.#tell({ ...summaryOf(system, days, this.#now()), zones });
    }
  }

  #zonesOf(system: System): Promise<ZoneWarning | null> {
    return zonesOf(this.#options.store, system, this.#summaries.get(system.name)?.zones ?? null);
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.check();
      } catch (error) {
        if (signal.aborted) return;
        if (!this.#options.store.isPassing(error)) throw error;
        this.#options.log.debug({ err: error }, 'completeness could not be looked at, trying again later');
      }
      await delay(this.#options.config.check_seconds * 1000, undefined, { signal }).catch(() => undefined);
    }
  }

  #tell(summary: Summary): void {
    const { system, zones } = summary;
    const before = this.#summaries.get(system);
    this.#summaries.set(system, summary);
    const alarm = this.#alarms.get(system) ?? new Alarm(this.#options.log, system);
    this.#alarms.set(system, alarm);
    alarm.tell(summary, this.#now());
    tellZones(this.#options.log, system, zones, before?.zones ?? null);
  }

  async #daysOf(system: System, first: string, last: string, limit: number): Promise<Day[]> {
    const { store, storedUpTo } = this.#options;
    const ground = await groundOf(store, system, storedUpTo, { first, last });
    const { systemId } = ground;
    const today = dayOf(this.#now(), system.timezone);
    const known = systemId === null ? [] : await store.daysOf(systemId, first, last);
    const kept = new Map(known.map((day) => [day.day, day]));
    const days: Day[] = [];
    for (let day = first; day <= last && day <= today; day = dayAfter(day)) {
      days.push(await this.#dayOf(ground, day, kept.get(day), limit));
      if (this.#stop.signal.aborted) break;
    }
    return days;
  }

  async #dayOf(ground: Ground, day: string, kept: StoredDay | undefined, limit: number): Promise<Day> {
    const { store, config } = this.#options;
    const { system, heard, horizon } = ground;
    const now = this.#now();
    const frame = frameOf(ground, day, config, now);
    // What was counted before retention took its records is the proof; counted now, everything would be missing.
    const isTaken = horizon !== null && frame.from < horizon;
    const isToCount = !isTaken && isStale(kept, frame, config, now) && performance.now() < limit;
    const counted = isToCount ? await this.#count(ground, day, now) : undefined;
    const report = counted ?? kept?.report ?? null;
    const at = counted ? now : (kept?.at ?? null);
    const slips = await store.slipsOf(
      heard.map(({ id }) => id),
      frame.from,
      frame.until,
    );
    const { from, until } = frame;
    const isClosed = isTaken || (report !== null && at !== null && isFinal(frame, config, at, report));
    const rejected = ground.rejects.filter((at) => at >= from && at < until).length + slips.letGo;
    const isUnknown = isTaken && !report && rejected === 0;
    const verdict = isUnknown ? 'taken away' : verdictOf(system, report, rejected);
    const reconciled = heard.find(({ name }) => name === `${system.name}/reconcile`)?.heard ?? null;
    const head = { day, system: system.name, timezone: system.timezone, from, until };
    const isCompared = system.ami && system.table;
    return { ...head, verdict, isCompared, at, isClosed, report, rejected, slips, reconciled };
  }

  /** One day after the other, whoever asks. */
  #count(ground: Ground, day: string, now: Micros) {
    const { store, config } = this.#options;
    const counted = this.#turn.then(() =>
      count(store, ground, day, frameOf(ground, day, config, now), now, this.#stop.signal),
    );
    this.#turn = counted.catch(() => undefined);
    // What is found is kept, so counting wants to write.
    return counted.catch((error: unknown) => {
      if (!store.isPassing(error)) throw error;
      throw new Unavailable(`the days cannot be counted: ${storeFault(error)}`, { cause: error });
    });
  }
}

function summaryOf({ name, ami, table }: System, days: readonly Day[], at: Micros): Omit<Summary, 'zones'> {
  const sum = (of: (day: NonNullable<Day['report']>) => number) =>
    days.reduce((total, { report }) => total + (report ? of(report) : 0), 0);
  return {
    system: name,
    at,
    missingInTable: sum(({ missing }) => missing.table.count),
    missingInAmi: sum(({ missing }) => missing.ami.count),
    notUnderstood: days.reduce((total, { rejected }) => total + rejected, 0),
    waiting: sum(({ waiting }) => waiting),
    holesUnexplained: sum(({ numbers }) => numbers?.missing.unexplained ?? 0),
    isCompared: ami && table,
  };
}
