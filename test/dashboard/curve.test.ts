// Calls at once, gone on with: what is added minute by minute is what cdrd would tell.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RunningShape } from '../../src/http/dialects/native/statsshape.ts';
import { Curve } from '../../src/dashboard/overview/curve.ts';
import { CurveScan } from '../../src/store/running.ts';

const minute = 60_000;
const noon = Date.parse('2026-11-22T12:00:00Z');
const iso = (ms: number) => new Date(ms).toISOString();
const shape = (step: string, points: { from: number; peak: number }[]): RunningShape => ({
  ...{ source: 'rollups', because: null, zone: 'UTC', step, seq: 1 },
  points: points.map(({ from, peak }) => ({ at: iso(from), calls: peak, peak })),
});
const minutes = (count: number) => Array.from({ length: count }, (_, at) => noon + at * minute);
const begins = [noon, noon + 15 * minute];

it('has the peaks of the daemon for whatever calls are added, and none of those that are taken out again', () => {
  const span = fc.record({ from: fc.integer({ min: -900, max: 2000 }), seconds: fc.integer({ min: 0, max: 1500 }) });
  fc.assert(
    fc.property(fc.array(span, { maxLength: 12 }), fc.array(span, { maxLength: 4 }), (spans, others) => {
      const scan = new CurveScan();
      const curve = new Curve(
        null,
        shape(
          'minute',
          minutes(30).map((from) => ({ from, peak: 0 })),
        ),
        begins,
        noon + 30 * minute,
      );
      const call = ({ from, seconds }: (typeof spans)[number]) => {
        const start = noon + from * 1000;
        return { start: iso(start), end: iso(start + seconds * 1000) };
      };
      for (const one of others) curve.put(call(one), 1);
      for (const one of spans) {
        const { start, end } = call(one);
        scan.count({ start: Date.parse(start) * 1000, end: Date.parse(end) * 1000 });
        expect(curve.put({ start, end }, 1)).toBe(true);
      }
      for (const one of others) curve.put(call(one), -1);
      const told = scan.steps({ begins: begins.map((ms) => ms * 1000), until: (noon + 30 * minute) * 1000 });
      expect(curve.steps().map(({ peak }) => peak)).toEqual(told.map(({ peak }) => peak));
    }),
  );
});

it('keeps longer steps as they were told, and says of a call that ran in one that it cannot be added', () => {
  const kept = shape('hour', [
    { from: noon - 120 * minute, peak: 4 },
    { from: noon - 60 * minute, peak: 7 },
  ]);
  const curve = new Curve(
    kept,
    shape(
      'minute',
      minutes(30).map((from) => ({ from, peak: 1 })),
    ),
    begins,
    noon + 30 * minute,
  );
  expect(curve.steps().map(({ from, to, peak }) => [(from - noon) / minute, (to - noon) / minute, peak])).toEqual([
    [-120, -60, 4],
    [-60, 0, 7],
    [0, 15, 1],
    [15, 30, 1],
  ]);
  const of = (from: number, to: number) => ({ start: iso(noon + from * minute), end: iso(noon + to * minute) });
  expect([curve.put(of(-2, 3), 1), curve.put(of(-300, -200), 1), curve.put(of(16.5, 18), 1)]).toEqual([
    false,
    true,
    true,
  ]);
  expect(curve.steps().map(({ peak }) => peak)).toEqual([4, 7, 1, 2]);
});
