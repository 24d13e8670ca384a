// Holes in `sequence`, and what can be said of them. Pure.
//
// Asterisk (main/cdr.c, cdr_object_alloc) gives out a number whenever a record begins: at the birth of each channel, and for
// each further record of a channel. It counts from 0 at its start, in the order in which records begin. No record is written
//   dialed       of a channel that was only dialed: the record of the caller names it as its dstchannel
//   pending      yet, of a call that still runs: records are written when they end
//   unanswered   with unanswered=no, of a single channel that was not answered; one such record that is there disproves it
//   unnumbered   with a number, where a source tells none: then nobody knows whose number it is
//   unexplained  what is left: a lost record, or one the dialplan did not want (NoCDR). The numbers cannot tell which.
import type { Cdr, Micros } from './cdr.ts';

export const reasons = ['dialed', 'pending', 'unanswered', 'unnumbered', 'unexplained'] as const;
export type Reason = (typeof reasons)[number];

/** What of a record is looked at. */
export type Numbered = Pick<Cdr, 'start' | 'channel' | 'dstchannel' | 'disposition'> & {
  sequence: number;
  ended: Micros;
};

/** Numbers that no record has, between two that have. */
export interface Hole {
  from: number;
  to: number;
  /** How many of them are channels that were dialed. */
  dialed: number;
  /** Why the others may be missing; null when all were dialed. */
  reason: Exclude<Reason, 'dialed'> | null;
  /** Records of these numbers began between the two. */
  after: Micros;
  before: Micros;
}

/** One life of Asterisk, as far as the records looked at tell of it. */
export interface Uptime {
  first: number;
  last: number;
  since: Micros;
  until: Micros;
  records: number;
  /** Whether it began here: the numbers fell. */
  isFresh: boolean;
  /** A record of an unanswered single channel is there: unanswered=yes was set. */
  writesUnanswered: boolean;
  holes: Hole[];
}

/** Splits records in the order of their start into uptimes; `feed` each, then read `lives`. */
export class Uptimes {
  readonly lives: Numbered[][] = [];
  #numbers = new Set<number>();
  #last = -1;
  #second: Numbered[] = [];

  /** Records come in the order of their start; within a second their number is their order. */
  feed(record: Numbered): void {
    const [first] = this.#second;
    if (first && secondOf(first.start) !== secondOf(record.start)) this.end();
    this.#second.push(record);
  }

  end(): void {
    for (const record of this.#second.sort((a, b) => a.sequence - b.sequence)) this.#take(record);
    this.#second = [];
  }

  /** Clocks that are set and zones that are wrong make small falls; a restart begins from 0, and gives out numbers again. */
  #take(record: Numbered): void {
    const { sequence } = record;
    const isAnew = sequence * 2 < this.#last || this.#numbers.has(sequence);
    if (this.lives.length === 0 || isAnew) {
      this.lives.push([]);
      this.#numbers = new Set();
      this.#last = -1;
    }
    this.lives.at(-1)!.push(record);
    this.#numbers.add(sequence);
    this.#last = Math.max(this.#last, sequence);
  }
}

const secondOf = (micros: Micros): number => Math.floor(micros / 1e6);

/** `openFrom`: calls that began since may still run. `isNumbered`: every record has its number. */
export interface Judging {
  openFrom: Micros;
  isNumbered: boolean;
}

const single: ReadonlySet<string> = new Set(['NO ANSWER', 'FAILED', 'BUSY', 'UNKNOWN']);

/** `before` is the last record of the life before it, when there was one: then the numbers from 0 on are looked at too. */
export function uptimeOf(life: readonly Numbered[], before: Numbered | undefined, judging: Judging): Uptime {
  const records = life.toSorted((a, b) => a.sequence - b.sequence);
  const writesUnanswered = records.some(({ disposition, dstchannel }) => dstchannel === '' && single.has(disposition));
  const holes: Hole[] = [];
  let lower = before && { sequence: -1, start: before.start };
  for (const record of records) {
    if (lower && record.sequence > lower.sequence + 1) {
      const span = { after: lower.start, before: Math.max(record.start, lower.start) };
      holes.push({ from: lower.sequence + 1, to: record.sequence - 1, dialed: 0, reason: null, ...span });
    }
    lower = record;
  }
  explainDialed(holes, legsOf(records));
  for (const hole of holes) {
    if (hole.dialed === sizeOf(hole)) continue;
    if (hole.before >= judging.openFrom) hole.reason = 'pending';
    else if (!judging.isNumbered) hole.reason = 'unnumbered';
    else hole.reason = writesUnanswered ? 'unexplained' : 'unanswered';
  }
  const starts = records.map(({ start }) => start);
  return {
    first: records[0]!.sequence,
    last: records.at(-1)!.sequence,
    since: starts.reduce((least, start) => Math.min(least, start)),
    until: starts.reduce((most, start) => Math.max(most, start)),
    records: records.length,
    isFresh: before !== undefined,
    writesUnanswered,
    holes,
  };
}

export function sizeOf({ from, to }: Pick<Hole, 'from' | 'to'>): number {
  return to - from + 1;
}

/** A dialed channel: it took its number while the record that names it was running. */
interface Leg {
  /** Number of the first record that names it. */
  near: number;
  from: Micros;
  until: Micros;
}

/** Channels are made before they are dialed; whole seconds hide the rest. */
const earlyMicros = 2e6;
const lateMicros = 1e6;

/** Channels that are named as the other side and have no record of their own. */
function legsOf(records: readonly Numbered[]): Leg[] {
  const own = new Set(records.map(({ channel }) => channel));
  const legs = new Map<string, Leg>();
  for (const { dstchannel, sequence, start, ended } of records) {
    if (!dstchannel || own.has(dstchannel)) continue;
    const leg = legs.get(dstchannel) ?? { near: sequence, from: Infinity, until: -Infinity };
    leg.from = Math.min(leg.from, start - earlyMicros);
    leg.until = Math.max(leg.until, ended + lateMicros);
    legs.set(dstchannel, leg);
  }
  return [...legs.values()].sort((a, b) => a.from - b.from);
}

/**
 * Gives each leg one number of a hole: first in the hole beside the record that names it, then wherever it can have been
 * born, the one with the least time first, so that no other choice would explain more.
 */
function explainDialed(holes: readonly Hole[], legs: readonly Leg[]): void {
  const beside = new Map<number, Hole>();
  for (const hole of holes) {
    beside.set(hole.to + 1, hole);
    beside.set(hole.from - 1, hole);
  }
  const left = legs.filter((leg) => {
    const hole = beside.get(leg.near);
    if (!hole || hole.dialed === sizeOf(hole)) return true;
    hole.dialed += 1;
    return false;
  });
  let next = 0;
  let pool: Leg[] = [];
  for (const hole of holes) {
    const free = sizeOf(hole) - hole.dialed;
    if (free === 0) continue;
    const known = next;
    while (next < left.length && left[next]!.from <= hole.before) next += 1;
    const ripe = [...pool, ...left.slice(known, next)].filter(({ until }) => until >= hole.after);
    pool = ripe.sort((a, b) => a.until - b.until);
    hole.dialed += pool.splice(0, free).length;
  }
}
