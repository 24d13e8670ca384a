import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginOf, bucketOf, quarterMicros, runsOf, type Tier } from '../../src/cdr/tiers.ts';

const micros = (text: string) => Date.parse(text) * 1000;

describe('a span laid out in stretches', () => {
  it('takes the widest that fit, and the finer ones at its ends', () => {
    const runs = runsOf(micros('2026-01-30T22:45:00Z'), micros('2026-04-02T01:15:00Z'), [
      'quarter',
      'hour',
      'day',
      'month',
    ]);
    const told = runs.map(({ tier, from, until }) => [
      tier,
      until - from,
      new Date(beginOf(from, tier) / 1000).toISOString(),
    ]);
    expect(told).toEqual([
      ['quarter', 1, '2026-01-30T22:45:00.000Z'],
      ['hour', 1, '2026-01-30T23:00:00.000Z'],
      ['day', 1, '2026-01-31T00:00:00.000Z'],
      ['month', 2, '2026-02-01T00:00:00.000Z'],
      ['day', 1, '2026-04-01T00:00:00.000Z'],
      ['hour', 1, '2026-04-02T00:00:00.000Z'],
      ['quarter', 1, '2026-04-02T01:00:00.000Z'],
    ]);
  });

  it('covers each instant once, in order, whatever tiers may be used', () => {
    const quarter = fc.integer({ min: -200_000, max: 2_000_000 });
    const usable = fc.subarray<Tier>(['hour', 'day', 'month']).map((tiers): Tier[] => ['quarter', ...tiers]);
    fc.assert(
      fc.property(quarter, fc.integer({ min: 1, max: 100_000 }), usable, (first, quarters, tiers) => {
        const [from, until] = [first * quarterMicros, (first + quarters) * quarterMicros];
        let at = from;
        for (const run of runsOf(from, until, tiers)) {
          expect(tiers).toContain(run.tier);
          expect([beginOf(run.from, run.tier), run.until > run.from]).toEqual([at, true]);
          at = beginOf(run.until, run.tier);
        }
        expect(at).toBe(until);
      }),
    );
  });

  it('knows which stretch an instant lies in', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -5e15, max: 5e15 }),
        fc.constantFrom<Tier>('minute', 'quarter', 'hour', 'noon', 'day', 'month'),
        (at, tier) => {
          const bucket = bucketOf(at, tier);
          expect(beginOf(bucket, tier)).toBeLessThanOrEqual(at);
          expect(beginOf(bucket + 1, tier)).toBeGreaterThan(at);
        },
      ),
    );
  });
});
