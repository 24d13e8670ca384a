import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StatsClock } from '../../src/cdr/statsclock.ts';
import { layersOf, type Layer, type Stretches } from '../../src/cdr/statsplan.ts';
import { times, type Dimension } from '../../src/cdr/stats.ts';
import { beginOf, bucketOf, isCycle, quarterMicros, turns, type Cycle, type Tier } from '../../src/cdr/tiers.ts';

const micros = (text: string) => Date.parse(text) * 1000;
const all: readonly (Tier | Cycle)[] = ['quarter', 'half', 'hour', 'day', 'noon', 'month', 'clock', 'week'];
const few: readonly (Tier | Cycle)[] = ['quarter', 'day', 'noon', 'month', 'clock', 'week', 'weekhalf'];
const bys: Dimension[][] = [
  [],
  ['extension'],
  ['day'],
  ['weekday'],
  ['hour'],
  ['weekday', 'hour'],
  ['day', 'hour'],
  ['day', 'weekday'],
  ['quarter'],
  ['hour', 'quarter'],
  ['day', 'hour', 'quarter'],
];
const zones = [
  ...['UTC', 'Europe/London', 'America/New_York', 'America/Denver', 'America/St_Johns', 'Asia/Kolkata', 'Asia/Almaty'],
  ...['Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Auckland', 'Pacific/Chatham', 'Pacific/Apia', 'Etc/GMT+12'],
];

/** What the clock shows at a quarter, as far as rows are by it. */
function shownAt(by: readonly Dimension[], quarter: number, offset: number): number {
  if (!times.some((time) => by.includes(time))) return 0;
  const minutes = quarter * 15 + offset;
  const unit = by.includes('quarter') ? 15 : by.includes('hour') ? 60 : 1440;
  const number = Math.floor(minutes / unit);
  const cycle = ((by.includes('weekday') ? 7 : 1) * 1440) / unit;
  return by.includes('day') ? number : ((number % cycle) + cycle) % cycle;
}

/** The quarters whose counts the stretches of a layer hold. */
function* quartersOf({ tier, runs }: Layer): Generator<number> {
  for (const { from, until } of runs) {
    // Of a cycle: the month it is of.
    const [first, last] = isCycle(tier)
      ? [0, 1].map((more) => beginOf(Math.floor(from / turns[tier]) + more, 'month'))
      : [beginOf(from, tier), beginOf(until, tier)];
    for (let at = first!; at < last!; at += quarterMicros) {
      const bucket = bucketOf(at, tier);
      if (bucket >= from && bucket < until) yield at / quarterMicros;
    }
  }
}

const lengthOf = (runs: readonly Stretches[]) => runs.reduce((sum, { from, until }) => sum + until - from, 0);

describe('a span on the clock of a zone, laid out in stretches that are kept', () => {
  const layers = (by: Dimension[], from: string, until: string, zone: string, tiers = few) => [
    ...layersOf(
      new StatsClock(micros(from), micros(until), zone),
      by,
      { from: micros(from), until: micros(until) },
      { tiers, sizeOf: () => 1000 },
    ),
  ];
  const told = (list: Layer[]) =>
    list.map(({ tier, runs, offset, moved }) => `${lengthOf(runs)} ${tier} ${offset} ${lengthOf(moved)}`);

  it('has each quarter once, at what the clock shows then, whatever is moved', () => {
    // 2011 is the year in which Apia had no 30 December.
    const begin = fc.oneof(
      fc.integer({ min: micros('2025-11-01Z') / quarterMicros, max: micros('2026-12-01Z') / quarterMicros }),
      fc.integer({ min: micros('2011-08-01Z') / quarterMicros, max: micros('2012-01-03Z') / quarterMicros }),
      fc.constantFrom(micros('2026-01-01Z') / quarterMicros, -20_000),
    );
    const length = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 96 * 130 }));
    const size = fc.integer({ min: 1, max: 200 });
    const query = fc.record({
      by: fc.constantFrom(...bys),
      zone: fc.constantFrom(...zones),
      tiers: fc.constantFrom(all, few),
    });
    fc.assert(
      fc.property(begin, length, size, query, (first, many, most, { by, zone, tiers }) => {
        const span = { from: first * quarterMicros, until: (first + many) * quarterMicros };
        const clock = new StatsClock(span.from, span.until, zone);
        const counts = new Map<string, number>();
        const strangers: number[] = [];
        const count = (quarter: number, shown: number, times: 1 | -1) => {
          const key = `${quarter} ${shown}`;
          const sum = (counts.get(key) ?? 0) + times;
          if (sum === 0) counts.delete(key);
          else counts.set(key, sum);
        };
        for (const layer of layersOf(clock, by, span, { tiers, sizeOf: () => most })) {
          expect(tiers).toContain(layer.tier);
          expect(lengthOf(layer.runs)).toBeLessThanOrEqual(Math.max(most, layer.runs.length));
          const quarters = new Set(quartersOf(layer));
          for (const quarter of quarters) count(quarter, shownAt(by, quarter, layer.offset), 1);
          for (const { offset, from, until } of layer.moved) {
            for (let quarter = from; quarter < until; quarter++) {
              if (!quarters.has(quarter)) strangers.push(quarter);
              if (offset !== null) count(quarter, shownAt(by, quarter, offset), 1);
              count(quarter, shownAt(by, quarter, layer.offset), -1);
            }
          }
        }
        for (let quarter = first; quarter < first + many; quarter++)
          count(quarter, shownAt(by, quarter, clock.at(quarter * quarterMicros).offset), -1);
        expect([[...counts], strangers]).toEqual([[], []]);
      }),
      { numRuns: 150 },
    );
  });

  it('takes days that begin nearest to midnight, and moves what is between', () => {
    const year = ['2026-01-01T00:00:00', '2027-01-01T00:00:00'] as const;
    const days = (zone: string, utc: string) => told(layers(['day'], `${year[0]}${utc}`, `${year[1]}${utc}`, zone));
    expect(days('UTC', 'Z')).toEqual(['365 day 0 0']);
    // 210 midnights of summer time, an hour each.
    expect(days('Europe/London', 'Z')).toEqual([`365 day 0 ${210 * 4}`]);
    expect(days('Asia/Kolkata', '+05:30')).toEqual(['22 quarter 330 0', `365 day 0 ${365 * 22}`]);
    expect(days('America/Los_Angeles', '-08:00')).toEqual(['16 quarter -480 0', `365 noon -720 ${365 * 16 + 238 * 4}`]);
    expect(days('Pacific/Auckland', '+13:00')).toEqual(['4 quarter 780 0', `365 noon 720 ${190 * 4}`]);
  });

  it('takes months by the clock, moves what was there before a jump, and reads a short part of a month by itself', () => {
    const hours = layers(['hour'], '2026-03-01T00:00:00Z', '2026-05-04T00:00:00+01:00', 'Europe/London');
    // The last three days of March in summer time; of the first hour of April, the last one in UTC of March.
    expect(told(hours)).toEqual(['284 quarter 60 0', '48 clock 0 284', '48 clock 60 0']);
    const weeks = (until: string, tiers = few) =>
      told(layers(['weekday', 'hour'], '2026-06-01T00:00:00+05:30', `${until}T00:00:00+05:30`, 'Asia/Kolkata', tiers));
    expect(weeks('2026-06-11')).toEqual(['22 quarter 330 0', '938 quarter 330 0']);
    expect(weeks('2026-07-01')).toEqual(['22 quarter 330 0', '168 weekhalf 330 22']);
    expect(weeks('2026-07-01', all)).toEqual(['5 half 330 0', '2 quarter 330 0', '2 quarter 330 0', '714 half 330 0']);
  });
});
