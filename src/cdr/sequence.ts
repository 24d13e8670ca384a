// Holes in `sequence`, and what can be said of them. Pure.
//
// Asterisk (main/cdr.c, cdr_object_alloc) gives out a number whenever a record begins: at the birth of each channel, and for
// each further record of a channel. It counts from 0 at its start, in the order in which records begin. No record is written
//   dialed       of a channel that was only dialed: the record of the caller names it as its dstchannel
//   pending      yet, of a call that still runs: records are written when they end
//   unanswered   with unanswered=no, of a single channel that was not answered; one such record that is there disproves it
//   unnumbered   with a number, where a source tells none: then nobody knows whose number it is
//   unexplained  what is left: a lost record, or one the dialplan did not want (NoCDR). The numbers cannot tell which.
import type { Micros } from './cdr.ts';
import { Life, type Numbered } from './life.ts';

export const reasons = ['dialed', 'pending', 'unanswered', 'unnumbered', 'unexplained'] as const;
export type Reason = (typeof reasons)[number];

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

/** Splits records in the order of their start into lives; `feed` each, then `end`, then read `lives`. */
export class Uptimes {
  readonly lives: Life[] = [];
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
    let life = this.lives.at(-1);
    if (!life || sequence * 2 < this.#last || life.has(sequence)) {
      life = new Life();
      this.lives.push(life);
      this.#last = -1;
    }
    life.push(record);
    this.#last = Math.max(this.#last, sequence);
  }
}

const secondOf = (micros: Micros): number => Math.floor(micros / 1e6);

/** `openFrom`: calls that began since may still run. `isNumbered`: every record has its number. */
export interface Judging {
  openFrom: Micros;
  isNumbered: boolean;
}

/** `before` is the start of the last record of the life before it, when there was one: then the numbers from 0 on are looked at too. */
export function uptimeOf(life: Life, before: Micros | undefined, judging: Judging): Uptime {
  const [numbers, starts] = [life.of('sequence'), life.of('start')];
  const order = Uint32Array.from(numbers.keys()).sort((a, b) => numbers[a]! - numbers[b]!);
  const holes: Hole[] = [];
  let lower = before === undefined ? undefined : { sequence: -1, start: before };
  let [since, until] = [Infinity, -Infinity];
  for (const at of order) {
    const [sequence, start] = [numbers[at]!, starts[at]!];
    if (lower && sequence > lower.sequence + 1) {
      const span = { after: lower.start, before: Math.max(start, lower.start) };
      holes.push({ from: lower.sequence + 1, to: sequence - 1, dialed: 0, reason: null, ...span });
    }
    lower = { sequence, start };
    [since, until] = [Math.min(since, start), Math.max(until, start)];
  }
  explainDialed(holes, legsOf(life, order));
  const { writesUnanswered } = life;
  for (const hole of holes) {
    if (hole.dialed === sizeOf(hole)) continue;
    if (hole.before >= judging.openFrom) hole.reason = 'pending';
    else if (!judging.isNumbered) hole.reason = 'unnumbered';
    else hole.reason = writesUnanswered ? 'unexplained' : 'unanswered';
  }
  return {
    first: numbers[order[0]!]!,
    last: numbers[order.at(-1)!]!,
    since,
    until,
    records: life.size,
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

/** Channels that are named as the other side and have no record of their own; `order` is that of the numbers. */
function legsOf(life: Life, order: Uint32Array): Leg[] {
  const [numbers, starts, ends, dialed] = [life.of('sequence'), life.of('start'), life.of('ended'), life.of('dialed')];
  const own = new Set(life.of('channel'));
  const legs = new Map<number, Leg>();
  for (const at of order) {
    const key = dialed[at]!;
    if (key === 0 || own.has(key)) continue;
    const leg = legs.get(key) ?? { near: numbers[at]!, from: Infinity, until: -Infinity };
    leg.from = Math.min(leg.from, starts[at]! - earlyMicros);
    leg.until = Math.max(leg.until, ends[at]! + lateMicros);
    legs.set(key, leg);
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
