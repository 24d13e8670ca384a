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
import type { Life } from './life.ts';

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

/** `openFrom`: calls that began since may still run. `isNumbered`: every record has its number. */
export interface Judging {
  openFrom: Micros;
  isNumbered: boolean;
}

/**
 * In steps, between which others may have their turn: a life of 300,000 records takes half a second.
 * `before` is the start of the last record of the life before it, when there was one: then the numbers from 0 on are looked at too.
 */
export function* uptimeOf(life: Life, before: Micros | undefined, judging: Judging): Generator<undefined, Uptime> {
  const [numbers, starts] = [life.of('sequence'), life.of('start')];
  const order = placesOf(numbers.length).sort((a, b) => numbers[a]! - numbers[b]!);
  yield;
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
  yield;
  const legs = yield* legsOf(life, order);
  yield;
  explainDialed(holes, legs);
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

/** All steps, without a turn for others. */
export function atOnce<T>(steps: Generator<undefined, T>): T {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

export function sizeOf({ from, to }: Pick<Hole, 'from' | 'to'>): number {
  return to - from + 1;
}

/** 0, 1, 2 … to be put in another order. */
function placesOf(size: number): Uint32Array {
  const places = new Uint32Array(size);
  for (let at = 0; at < size; at++) places[at] = at;
  return places;
}

/** Dialed channels, in the order of `from`: each took its number while the records that name it were running. */
interface Legs {
  /** Numbers of the first record that names each. */
  near: Float64Array;
  from: Float64Array;
  until: Float64Array;
}

/** Channels are made before they are dialed; whole seconds hide the rest. */
const earlyMicros = 2e6;
const lateMicros = 1e6;

/** Records that one step looks up. */
const stepSize = 65_536;

/** Channels that are named as the other side and have no record of their own; `order` is that of the numbers. */
function* legsOf(life: Life, order: Uint32Array): Generator<undefined, Legs> {
  const [numbers, starts, ends, dialed] = [life.of('sequence'), life.of('start'), life.of('ended'), life.of('dialed')];
  // Sorted columns: for 300,000 records a set and a map of all took a second and 90 MB.
  const own = life.of('channel').slice().sort();
  const all = new Uint32Array(order.length);
  let count = 0;
  for (let place = 0; place < order.length; place++) {
    if (place % stepSize === 0) yield;
    const at = order[place]!;
    if (dialed[at] !== 0 && !has(own, dialed[at]!)) all[count++] = at;
  }
  yield;
  const named = all.subarray(0, count);
  const keys = Float64Array.from(named, (at) => dialed[at]!).sort();
  const repeated = keys.filter((key, at) => key === keys[at + 1]);
  const places = new Map<number, number>();
  const legs: Legs = {
    near: new Float64Array(keys.length),
    from: new Float64Array(keys.length),
    until: new Float64Array(keys.length),
  };
  let size = 0;
  for (const at of named) {
    const key = dialed[at]!;
    const known = places.get(key);
    const place = known ?? size;
    if (known === undefined) {
      if (has(repeated, key)) places.set(key, place);
      size += 1;
      [legs.near[place], legs.from[place], legs.until[place]] = [numbers[at]!, Infinity, -Infinity];
    }
    legs.from[place] = Math.min(legs.from[place]!, starts[at]! - earlyMicros);
    legs.until[place] = Math.max(legs.until[place]!, ends[at]! + lateMicros);
  }
  yield;
  const rising = placesOf(size).sort((a, b) => legs.from[a]! - legs.from[b]!);
  const put = (column: Float64Array) => {
    const inOrder = new Float64Array(size);
    for (let at = 0; at < size; at++) inOrder[at] = column[rising[at]!]!;
    return inOrder;
  };
  return { near: put(legs.near), from: put(legs.from), until: put(legs.until) };
}

function has(sorted: Float64Array, value: number): boolean {
  return sorted[firstNotBelow(sorted.length, (at) => sorted[at]! < value)] === value;
}

/** The first of so many places in order that is not below what is sought. */
function firstNotBelow(size: number, isBelow: (at: number) => boolean): number {
  let [low, high] = [0, size];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBelow(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Gives each leg one number of a hole: first in the hole beside the record that names it, then wherever it can have been
 * born, the one with the least time first, so that no other choice would explain more. Holes are in the order of their numbers.
 */
function explainDialed(holes: readonly Hole[], { near, from, until }: Legs): void {
  /** The hole that begins behind a number, or the one that ends before it. */
  const beside = (number: number): Hole | undefined => {
    const at = firstNotBelow(holes.length, (place) => holes[place]!.from <= number);
    if (holes[at]?.from === number + 1) return holes[at];
    return holes[at - 1]?.to === number - 1 ? holes[at - 1] : undefined;
  };
  const left = placesOf(near.length).filter((leg) => {
    const hole = beside(near[leg]!);
    if (!hole || hole.dialed === sizeOf(hole)) return true;
    hole.dialed += 1;
    return false;
  });
  let next = 0;
  let pool: number[] = [];
  for (const hole of holes) {
    const free = sizeOf(hole) - hole.dialed;
    if (free === 0) continue;
    const known = next;
    while (next < left.length && from[left[next]!]! <= hole.before) next += 1;
    const ripe = [...pool, ...left.subarray(known, next)].filter((leg) => until[leg]! >= hole.after);
    pool = ripe.sort((a, b) => until[a]! - until[b]!);
    hole.dialed += pool.splice(0, free).length;
  }
}
