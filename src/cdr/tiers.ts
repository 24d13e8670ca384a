// Stretches of UTC by which counts are kept, and how a span is laid out in them. Pure.
//
//   00:45         03:00              00:00                        00:00     05:00  05:30
//     └ quarters ──┴──── hours ────────┴─────────── days ───────────┴─ hours ──┴ quarters
//
// `half` are hours that begin at half past: the hours of Kolkata, Adelaide and St. John's. They lie in no day, so they stand for hours.
import type { Micros } from './cdr.ts';

const minute = 60_000_000;
export const quarterMicros = 15 * minute;
export const hourMicros = 60 * minute;
export const dayMicros = 24 * hourMicros;

/** From the finest to the widest. */
export const tiers = ['minute', 'quarter', 'half', 'hour', 'day', 'month'] as const;
export type Tier = (typeof tiers)[number];

const widths = { minute, quarter: quarterMicros, half: hourMicros, hour: hourMicros, day: dayMicros } as const;
const shiftOf = (tier: Tier): Micros => (tier === 'half' ? hourMicros / 2 : 0);

/** The number of the stretch that an instant lies in; stretches of a tier are numbered without holes. */
export function bucketOf(at: Micros, tier: Tier): number {
  if (tier !== 'month') return Math.floor((at + shiftOf(tier)) / widths[tier]);
  const date = new Date(Math.floor(at / 1000));
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** When a stretch begins. */
export function beginOf(bucket: number, tier: Tier): Micros {
  if (tier !== 'month') return bucket * widths[tier] - shiftOf(tier);
  return Date.UTC(Math.floor(bucket / 12), bucket % 12) * 1000;
}

/** A stretch of a tier below months begins at the minute `bucket * width - shift` of UTC. */
export function minutesOf(tier: Exclude<Tier, 'month'>): { width: number; shift: number } {
  return { width: widths[tier] / minute, shift: shiftOf(tier) / minute };
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
