// What the statistics said, and what calls have been added or taken away since: the same counts that cdrd would tell now. Pure.
import type { Call } from '../../http/dialects/native/callshape.ts';
import type { StatsRowShape, StatsShape } from '../../http/dialects/native/statsshape.ts';
import { pickedAt, wallOf } from '../zone.ts';
import { bucketAt, weekdayOf, type Frame } from './range.ts';

/** `talk` in seconds. */
export interface Sums {
  calls: number;
  answered: number;
  talk: number;
}

export const sides = ['company', 'extension', 'trunk'] as const;
export type Side = (typeof sides)[number];
/** What may have more rows than cdrd tells at once. */
export type Part = Side | 'direction' | 'mix';
/** What the bars are made of. */
export type Split = 'outcome' | 'direction';

export interface Answers {
  /** By hour or day, direction and outcome; of too many without the direction. */
  main: StatsShape;
  /** By weekday and hour. */
  hours: StatsShape;
  /** By extension, by trunk, and by company and outcome, of too many by company alone; null: too many. */
  tops: Readonly<Record<Side, StatsShape | null>>;
  tooMany: ReadonlySet<Part>;
  /** Of an answer that does not say its place: the last change that was heard when it came. */
  heard: number;
}

interface Cell {
  bucket: number;
  direction: string;
  outcome: string;
  sums: Sums;
}

/** Of a call whose direction is not known. */
export const noDirection = 'unknown';

export class Tally {
  readonly frame: Frame;
  readonly #zone: string;
  readonly total: Sums;
  readonly #cells = new Map<string, Cell>();
  /** Calls by company (empty: none) and outcome. */
  readonly #mix = new Map<string, Map<string, number>>();
  /** The place up to which each answer has counted. */
  readonly #since: Readonly<Record<'main' | 'hours' | Side, number>>;
  /** Whether all answers say their place: else what came meanwhile may be in them or not. */
  readonly isExact: boolean;
  /** Parts of which nothing is known: they had too many rows. */
  readonly tooMany: ReadonlySet<Part>;
  /** By weekday (1 to 7) and hour: `1 13`. */
  readonly hours = new Map<string, Sums>();
  /** By name; calls without one under the empty name. */
  readonly tops: Readonly<Record<Side, Map<string, Sums>>> = {
    company: new Map(),
    extension: new Map(),
    trunk: new Map(),
  };

  constructor(frame: Frame, zone: string, { main, hours, tops, tooMany, heard }: Answers) {
    this.frame = frame;
    this.tooMany = tooMany;
    const answers = { main, hours, ...tops };
    this.isExact = Object.values(answers).every((answer) => answer?.seq !== null);
    // What is not counted has counted everything.
    const since = (answer: StatsShape | null) => (answer === null ? Infinity : (answer.seq ?? heard));
    this.#since = {
      ...{ main: since(main), hours: since(hours) },
      ...{ company: since(tops.company), extension: since(tops.extension), trunk: since(tops.trunk) },
    };
    this.#zone = zone;
    this.total = plain(main.total);
    for (const row of main.rows) {
      // Of the first hour or day only a part may be asked for.
      const bucket = bucketAt(frame.buckets, Math.max(startOf(row, zone), frame.from));
      this.#addCell(bucket, row.direction ?? null, row.outcome!, plain(row));
    }
    for (const row of hours.rows) add(this.hours, `${row.weekday} ${row.hour}`, plain(row));
    for (const side of sides)
      for (const row of tops[side]?.rows ?? []) add(this.tops[side], row[side] ?? '', plain(row));
    for (const { company, outcome, calls } of tops.company?.rows ?? [])
      this.#mixIn(company ?? '', outcome ?? '', calls);
  }

  /** A change at the place `seq`; `times` -1 takes away what was added. Calls of another time, and answers that know it, change nothing. */
  put(call: Call, times: 1 | -1, seq: number): void {
    const start = Date.parse(call.start);
    const bucket = bucketAt(this.frame.buckets, start);
    if (bucket < 0) return;
    const sums = {
      calls: times,
      answered: call.outcome === 'answered' ? times : 0,
      talk: call.talk_seconds * times,
    };
    const since = this.#since;
    if (seq > since.main) {
      grow(this.total, sums);
      this.#addCell(bucket, call.direction, call.outcome, sums);
    }
    const hour = `${weekdayOf(start, this.#zone)} ${wallOf(start, this.#zone).hour}`;
    if (seq > since.hours) add(this.hours, hour, sums);
    if (seq > since.company) {
      for (const name of call.companies.length > 0 ? call.companies : ['']) {
        add(this.tops.company, name, sums);
        this.#mixIn(name, call.outcome, times);
      }
    }
    if (seq > since.extension) for (const name of call.extensions) add(this.tops.extension, name, sums);
    if (seq > since.trunk) for (const name of call.trunks) add(this.tops.trunk, name, sums);
  }

  /** Every answer has counted the changes up to here. */
  get place(): number {
    return Math.min(...Object.values(this.#since));
  }

  /** Calls of a company (empty: of none) with this outcome. */
  mixed(company: string, outcome: string): number {
    return this.#mix.get(company)?.get(outcome) ?? 0;
  }

  #mixIn(company: string, outcome: string, calls: number): void {
    const known = this.#mix.get(company) ?? new Map<string, number>();
    known.set(outcome, (known.get(outcome) ?? 0) + calls);
    this.#mix.set(company, known);
  }

  /** One number for each bar: of all its calls, or of those of one outcome or direction. */
  column(split: Split, name: string): number[] {
    return this.#columnOf((cell) => cell[split] === name).map(({ calls }) => calls);
  }

  /** Each bar's own sums. */
  sums(): Sums[] {
    return this.#columnOf(() => true);
  }

  #columnOf(fits: (cell: Cell) => boolean): Sums[] {
    const column = this.frame.buckets.map((): Sums => ({ calls: 0, answered: 0, talk: 0 }));
    for (const cell of this.#cells.values()) if (fits(cell)) grow(column[cell.bucket]!, cell.sums);
    return column;
  }

  #addCell(bucket: number, direction: string | null, outcome: string, sums: Sums): void {
    if (bucket < 0) return;
    const key = `${bucket} ${direction} ${outcome}`;
    const cell = this.#cells.get(key);
    if (cell) grow(cell.sums, sums);
    else this.#cells.set(key, { bucket, direction: direction ?? noDirection, outcome, sums: { ...sums } });
  }
}

/** Answered of all, 0 to 1; null: no calls. */
export function shareOf({ calls, answered }: Sums): number | null {
  return calls === 0 ? null : answered / calls;
}

/** Seconds of talk of an answered call; null: none was answered. */
export function lengthOf({ answered, talk }: Sums): number | null {
  return answered === 0 ? null : talk / answered;
}

/** When the hour or the day of a row begins. */
function startOf({ at, day }: StatsRowShape, zone: string): number {
  return at === undefined ? (pickedAt(`${day}T00:00`, zone) ?? Number.NaN) : Date.parse(at);
}

export function plain({ calls, answered, talk }: Sums): Sums {
  return { calls, answered, talk };
}

export function add<Name>(sums: Map<Name, Sums>, name: Name, more: Sums): void {
  const known = sums.get(name);
  if (known) grow(known, more);
  else sums.set(name, { ...more });
}

export function grow(sums: Sums, more: Sums): void {
  sums.calls += more.calls;
  sums.answered += more.answered;
  sums.talk += more.talk;
}
