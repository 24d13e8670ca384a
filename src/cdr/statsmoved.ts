// What wide stretches of the statistics' plan (statsplan.ts) count wrong, to be moved to what the clock showed. Pure.
import type { Micros } from './cdr.ts';
import { beginOf, bucketOf, quarterMicros, turns, type CellTier } from './tiers.ts';

/** Numbers of stretches, `until` excluded. */
export interface Stretches {
  from: number;
  until: number;
}

export interface Span {
  from: Micros;
  until: Micros;
}

/** A span during which the clock stands at one offset. */
export interface Piece extends Span {
  offset: number;
}

/** Stretches that were counted as if the clock had stood at `was`. `offset`: where it stood; null: they are not of the span. */
export interface Moved extends Stretches {
  tier: CellTier;
  was: number;
  offset: number | null;
}

/** A number that is the same wherever rows are, of a quarter at an offset. */
type Shown = (quarter: number, offset: number) => number;

/** Quarters of a span for which the clock does not show what it would show at `was`. */
export function movedIn(whole: Span, pieces: readonly Piece[], was: number, shown: Shown): Moved[] {
  const quarters: Moved[] = [];
  let at = 0;
  const last = whole.until / quarterMicros;
  for (let quarter = whole.from / quarterMicros; quarter < last; quarter++) {
    while (at < pieces.length && pieces[at]!.until <= quarter * quarterMicros) at += 1;
    const piece = pieces[at];
    const offset = piece && piece.from <= quarter * quarterMicros ? piece.offset : null;
    if (offset === null || shown(quarter, offset) !== shown(quarter, was))
      quarters.push({ tier: 'quarter', from: quarter, until: quarter + 1, was, offset });
  }
  return joined(quarters);
}

/** Those that follow each other as one; `moved` rises. */
export function joined(moved: readonly Moved[]): Moved[] {
  const runs: Moved[] = [];
  for (const one of moved) {
    const last = runs.at(-1);
    if (last?.until === one.from && last.tier === one.tier && last.was === one.was && last.offset === one.offset)
      last.until = one.until;
    else runs.push({ ...one });
  }
  return runs;
}

/**
 * The same in fewer stretches, for rows by weekday: an hour of which all quarters are moved on all Mondays (or Tuesdays …) of a month is
 * one of `week`. `moved` are quarters; `shown` is the number of the day, which begins at a full hour of UTC at `was`.
 */
export function widened(moved: readonly Moved[], shown: Shown): Moved[] {
  const hours = new Map<string, { bucket: number; quarters: Moved[] }>();
  for (const one of moved) {
    for (let quarter = one.from; quarter < one.until; quarter++) {
      const bucket = bucketOf(quarter * quarterMicros, 'week');
      const days = one.offset === null ? null : shown(quarter, one.offset) - shown(quarter, one.was);
      const key = `${bucket} ${days}`;
      const hour = hours.get(key) ?? { bucket, quarters: [] };
      hour.quarters.push({ ...one, from: quarter, until: quarter + 1 });
      hours.set(key, hour);
    }
  }
  const [weeks, rest]: [Moved[], Moved[]] = [[], []];
  for (const { bucket, quarters } of hours.values()) {
    const first = quarters[0]!;
    if (first.offset !== null && quarters.length === quartersOf(bucket))
      weeks.push({ ...first, tier: 'week', from: bucket, until: bucket + 1 });
    else rest.push(...quarters);
  }
  const inOrder = (list: Moved[]) => joined(list.sort((a, b) => a.from - b.from));
  return [...inOrder(weeks), ...inOrder(rest)];
}

/** How many quarters are in one stretch of `week`. */
function quartersOf(bucket: number): number {
  const month = Math.floor(bucket / turns.week);
  const place = bucket - month * turns.week;
  const [first, last] = [beginOf(month, 'month'), beginOf(month + 1, 'month')].map((at) => bucketOf(at, 'hour')) as [
    number,
    number,
  ];
  const [until, from] = [last, first].map((hour) => Math.ceil((hour - place) / turns.week)) as [number, number];
  return (until - from) * 4;
}
