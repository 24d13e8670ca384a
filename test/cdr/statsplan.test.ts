import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StatsClock } from '../../src/cdr/statsclock.ts';
import type { Stretches } from '../../src/cdr/statsmoved.ts';
import { layersOf, type Layer } from '../../src/cdr/statsplan.ts';
import { times, type Dimension } from '../../src/cdr/stats.ts';
import { beginOf, bucketOf, isCycle, isIn, quarterMicros, turns, type CellTier } from '../../src/cdr/tiers.ts';

const micros = (text: string) => Date.parse(text) * 1000;
const few: readonly CellTier[] = [
  ...(['quarter', 'day', 'noon', 'clock', 'clockhalf', 'clockquarter', 'week', 'weekhalf', 'weekquarter'] as const),
];
const all: readonly CellTier[] = [...few, 'hour'];
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
  ...['America/Caracas', 'Asia/Shanghai', 'Australia/Eucla'],
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

/** The quarters whose counts these stretches of a tier hold. */
function* quartersOf(tier: CellTier, runs: readonly Stretches[]): Generator<number> {
  for (const { from, until } of runs) {
    // Of a cycle: the months it is of.
    const [first, last] = isCycle(tier)
      ? [Math.floor(from / turns[tier]), Math.ceil(until / turns[tier])].map((month) => beginOf(month, 'month'))
      : [beginOf(from, tier), beginOf(until, tier)];
    for (let at = first!; at < last!; at += quarterMicros) {
      const bucket = bucketOf(at, tier);
      if (bucket >= from && bucket < until && isIn(at, tier)) yield at / quarterMicros;
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
    list.map(({ tier, runs, offset, moved }) => {
      const parts = [...Map.groupBy(moved, (one) => one.tier)].map(([part, some]) => `${lengthOf(some)} ${part}`);
      return [`${lengthOf(runs)} ${tier} ${offset}`, ...parts].join(', ');
    });

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
          const quarters = new Set(quartersOf(layer.tier, layer.runs));
          for (const quarter of quarters) count(quarter, shownAt(by, quarter, layer.offset), 1);
          for (const one of layer.moved) {
            expect(tiers).toContain(one.tier);
            for (const quarter of quartersOf(one.tier, [one])) {
              if (!quarters.has(quarter)) strangers.push(quarter);
              if (one.offset !== null) count(quarter, shownAt(by, quarter, one.offset), 1);
              count(quarter, shownAt(by, quarter, one.was), -1);
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
    expect(days('UTC', 'Z')).toEqual(['365 day 0']);
    // 210 midnights of summer time, an hour each.
    expect(days('Europe/London', 'Z')).toEqual([`365 day 0, ${210 * 4} quarter`]);
    expect(days('Asia/Kolkata', '+05:30')).toEqual(['22 quarter 330', `365 day 0, ${365 * 22} quarter`]);
    expect(days('America/Los_Angeles', '-08:00')).toEqual([
      '16 quarter -480',
      `365 noon -720, ${365 * 16 + 238 * 4} quarter`,
    ]);
    expect(days('Pacific/Auckland', '+13:00')).toEqual(['4 quarter 780', `365 noon 720, ${190 * 4} quarter`]);
  });

  it('moves what is between as hours of a month where rows are by weekday, and by quarters what is not of a whole month', () => {
    const span = (zone: string, ...[from, until]: [string, string]) =>
      told(layers(['weekday'], from, until, zone)).join('; ');
    // On 1 November, a Sunday, the clock is set back at 6:00 of UTC: midnight is at 4:00 before, and at 5:00 behind it.
    const autumn = span('America/New_York', '2026-10-01T00:00:00Z', '2026-12-01T00:00:00Z');
    // Four hours of October, five of November, but one less on Sundays.
    expect(autumn.split('; ').toSorted()).toEqual([
      ...['8 day 0, 9 week', '8 day 0, 9 week'],
      '9 day 0, 8 week, 16 quarter',
      ...['9 day 0, 9 week', '9 day 0, 9 week', '9 day 0, 9 week', '9 day 0, 9 week'],
    ]);
    expect(span('Asia/Shanghai', '2026-10-01T12:00:00Z', '2026-10-31T12:00:00Z')).toMatch(
      /^(\d noon 720, .*?(; )?){7}$/,
    );
    const parted = span('America/New_York', '2026-06-02T00:00:00Z', '2026-06-30T00:00:00Z');
    expect(parted.match(/4 week/g)).toHaveLength(5);
    expect(parted.match(/64 quarter/g)).toHaveLength(2);
  });

  it('takes months by the clock, moves what was there before a jump, and reads a short part of a month by itself', () => {
    const hours = layers(['hour'], '2026-03-01T00:00:00Z', '2026-05-04T00:00:00+01:00', 'Europe/London');
    // The last three days of March in summer time; of the first hour of April, the last one in UTC of March.
    expect(told(hours)).toEqual(['284 quarter 60', '24 clock 0, 284 quarter', '24 clock 60']);
    const of = (by: Dimension[], zone: string, [from, until]: [string, string], tiers = few) =>
      told(layers(by, from, until, zone, tiers));
    const [kolkata, kathmandu] = [
      (day: string): [string, string] => ['2026-06-01T00:00:00+05:30', `${day}T00:00:00+05:30`],
      (day: string): [string, string] => ['2026-06-01T00:00:00+05:45', `${day}T00:00:00+05:45`],
    ];
    const weeks: Dimension[] = ['weekday', 'hour'];
    expect(of(weeks, 'Asia/Kolkata', kolkata('2026-06-11'))).toEqual(['22 quarter 330', '938 quarter 330']);
    expect(of(weeks, 'Asia/Kolkata', kolkata('2026-07-01'))).toEqual([
      '22 quarter 330',
      '168 weekhalf 330, 22 quarter',
    ]);
    // Read as six hours east, or as five.
    expect(of(['hour'], 'Asia/Kolkata', kolkata('2026-07-01'))).toEqual([
      '22 quarter 330',
      '24 clock 300, 24 clockhalf, 22 quarter',
    ]);
    expect(of(['hour'], 'Asia/Kathmandu', kathmandu('2026-07-01'))).toEqual([
      '23 quarter 345',
      '24 clock 360, 24 clockquarter, 23 quarter',
    ]);
    expect(of(weeks, 'Asia/Kathmandu', kathmandu('2026-07-01'), all)).toEqual([
      '23 quarter 345',
      '168 week 360, 168 weekquarter, 23 quarter',
    ]);
  });

  it('takes whole months as all of their hours where no row is by time', () => {
    expect(told(layers(['extension'], '2026-01-31T00:00:00Z', '2026-04-01T00:00:00Z', 'UTC'))).toEqual([
      '1 day 0',
      '48 clock 0',
    ]);
  });
});
