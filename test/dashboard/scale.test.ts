// A call to scale: bars and marks where their times are.
import { describe, expect, it } from 'vitest';
import type { WholeCall } from '../../src/http/dialects/native/callshape.ts';
import { scaleOf } from '../../src/dashboard/call/scale.ts';

const at = (seconds: number) => new Date(Date.parse('2026-11-22T09:00:00Z') + seconds * 1000).toISOString();
const leg = (start: number, answer: number | null, end: number, more = {}) => ({
  ...{ from: '101', to: '102', wanted: [], dst: '102', app: 'Dial', result: 'connected' },
  ...{ start: at(start), answer: answer === null ? null : at(answer), end: at(end), ...more },
});
const call = (...path: object[]) => ({ path }) as unknown as WholeCall;

describe('the timeline', () => {
  it('draws ringing and talk where they were, as shares of the whole', () => {
    const { seconds, bars } = scaleOf(call(leg(0, 10, 40), leg(20, null, 80, { to: null, wanted: ['103', '104'] })));
    expect(seconds).toBe(80);
    expect(bars).toMatchObject([
      { left: 0, ringing: 0.125, talking: 0.375, rang: 10, talked: 30 },
      { left: 0.25, ringing: 0.75, talking: 0, rang: 60, talked: 0, to: '103, 104' },
    ]);
  });

  it('has a few marks, from the beginning on, never beyond the end', () => {
    for (const length of [0, 1, 7, 59, 61, 600, 3600, 86_400, 400_000]) {
      const { marks, seconds } = scaleOf(call(leg(0, null, length)));
      expect(marks[0]).toEqual({ seconds: 0, at: 0 });
      expect(marks.length).toBeLessThanOrEqual(8);
      expect(marks.at(-1)!.seconds).toBeLessThanOrEqual(seconds);
      expect(marks.every((mark) => mark.at >= 0 && mark.at <= 1)).toBe(true);
    }
  });
});
