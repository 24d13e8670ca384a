// Stretches of UTC by which counts are kept, and how a span is laid out in them. Pure.
//
//   00:45         03:00              00:00                        00:00     05:00  05:30
//     └ quarters ──┴──── hours ────────┴─────────── days ───────────┴─ hours ──┴ quarters
//
// `noon` are days from noon to noon: of two kinds of days one begins at most six hours from any zone's midnight. They lie in no month.
//
// Beside these, a month can be cut by the clock: `clock` is all of a month's days at one hour, `week` all of its Mondays (or Tuesdays …)
// at one hour, `weekhalf` the same from half past. Of such hours parts are kept, too, for clocks that show another hour then: the second
// half (`clockhalf`) and the first quarter (`clockquarter`, `weekquarter`).
import type { Micros } from './cdr.ts';

export const minuteMicros = 60_000_000;
export const quarterMicros = 15 * minuteMicros;
export const hourMicros = 60 * minuteMicros;
export const dayMicros = 24 * hourMicros;

/** From the finest to the widest. */
export const tiers = ['minute', 'quarter', 'hour', 'noon', 'day', 'month'] as const;
export type Tier = (typeof tiers)[number];
export type Cycle = 'clock' | 'clockhalf' | 'clockquarter' | 'week' | 'weekhalf' | 'weekquarter';
/** What counts are kept by: months are laid out, but kept by the clock only. */
export type CellTier = Exclude<Tier, 'month'> | Cycle;

const widths = {
  ...{ minute: minuteMicros, quarter: quarterMicros, hour: hourMicros, noon: dayMicros, day: dayMicros },
  ...{ clock: hourMicros, clockhalf: hourMicros, clockquarter: hourMicros },
  ...{ week: hourMicros, weekhalf: hourMicros, weekquarter: hourMicros },
} as const;
const shifts: Partial<Record<Tier | Cycle, Micros>> = {
  ...{ noon: dayMicros / 2, weekhalf: hourMicros / 2, clockhalf: -hourMicros / 2 },
};
const shiftOf = (tier: Tier | Cycle): Micros => shifts[tier] ?? 0;
/** How much of each stretch is kept, from its beginning, where that is not all. */
const lengths: Partial<Record<Tier | Cycle, Micros>> = {
  ...{ clockhalf: hourMicros / 2, clockquarter: quarterMicros, weekquarter: quarterMicros },
};

/** So many stretches of a cycle are one month; the first of `week` begins with a Thursday, as 1970 did. */
export const turns: Readonly<Record<Cycle, number>> = {
  ...{ clock: 24, clockhalf: 24, clockquarter: 24 },
  ...{ week: 168, weekhalf: 168, weekquarter: 168 },
};
export const isCycle = (tier: Tier | Cycle): tier is Cycle => Object.hasOwn(turns, tier);

/** Whether an instant lies in a stretch of the tier: of some tiers the stretches leave times out. */
export function isIn(at: Micros, tier: Tier | Cycle): boolean {
  const length = lengths[tier];
  if (length === undefined) return true;
  const past = (at + shiftOf(tier)) % hourMicros;
  return (past < 0 ? past + hourMicros : past) < length;
}

/** The number of the stretch that an instant lies in; stretches of a tier are numbered without holes, those of a cycle month by month. */
export function bucketOf(at: Micros, tier: Tier | Cycle): number {
  if (isCycle(tier)) {
    const place = Math.floor((at + shiftOf(tier)) / widths[tier]) % turns[tier];
    return bucketOf(at, 'month') * turns[tier] + (place < 0 ? place + turns[tier] : place);
  }
  if (tier !== 'month') return Math.floor((at + shiftOf(tier)) / widths[tier]);
  const date = new Date(Math.floor(at / 1000));
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** When a stretch begins. */
export function beginOf(bucket: number, tier: Tier): Micros {
  if (tier !== 'month') return bucket * widths[tier] - shiftOf(tier);
  return Date.UTC(Math.floor(bucket / 12), bucket % 12) * 1000;
}

/** A stretch of a tier below months begins at the minute `bucket * width - shift` of UTC; of a cycle, at that minute of its turn. */
export function minutesOf(tier: CellTier): { width: number; shift: number } {
  return { width: widths[tier] / minuteMicros, shift: shiftOf(tier) / minuteMicros };
}

/** Stretches of one tier, `until` excluded. */
export interface Run {
  tier: Tier;
  from: number;
  until: number;
}

/** The fewest runs that make up the span; both ends must be at full stretches of the finest of `usable`. */
export function runsOf(from: Micros, until: Micros, usable: readonly Tier[]): Run[] {
  if (from >= until) return [];
  const [tier, ...finer] = tiers.toReversed().filter((one) => usable.includes(one)) as [Tier, ...Tier[]];
  const floor = bucketOf(from, tier);
  const first = beginOf(floor, tier) === from ? floor : floor + 1;
  const last = bucketOf(until, tier);
  if (finer.length === 0) return [{ tier, from: floor, until: last }];
  if (first >= last) return runsOf(from, until, finer);
  return [
    ...runsOf(from, beginOf(first, tier), finer),
    { tier, from: first, until: last },
    ...runsOf(beginOf(last, tier), until, finer),
  ];
}
