// The time that Overview compares with: known once, it grows with the clock and by what the feed tells.
import { expect, it } from 'vitest';
import { Earlier } from '../../src/dashboard/overview/earlier.ts';
import { frameOf } from '../../src/dashboard/overview/range.ts';
import type { StatsShape } from '../../src/http/dialects/native/statsshape.ts';

const at = (text: string) => Date.parse(text);
const sums = (calls: number, answered = calls) => ({
  ...{ calls, answered, talk: answered * 10, asr: null, acd: null, ring: 0, rung: 0, records: calls },
});
const stats = (rows: StatsShape['rows'], total = sums(0), seq: number | null = 10): StatsShape => ({
  ...{ source: 'rollups', because: null, from: '', to: '', zone: 'UTC', seq, total, rows },
});
const growing = stats([
  { at: '2026-11-15T09:00:00Z', ...sums(3) },
  { at: '2026-11-15T09:45:00Z', ...sums(2, 1) },
  { at: '2026-11-15T12:00:00Z', ...sums(7) },
]);
const noon = at('2026-11-22T12:00:00Z');
const today = () => new Earlier(frameOf('today', noon, 'UTC'), 'UTC', { settled: null, growing, heard: 12 });
const week = () =>
  new Earlier(frameOf('7d', noon, 'UTC'), 'UTC', { settled: stats([], sums(100, 50)), growing, heard: 12 });
const call = (start: string) => ({ start, outcome: 'answered' as const, talk_seconds: 30 });

it('counts as far as the clock has come, in full quarters', () => {
  const earlier = today();
  const calls = (now: string) => earlier.upTo(at(now))?.sums.calls ?? null;
  expect(
    ['00:14:59', '00:15:00', '09:14:59', '09:15:00', '10:00:00'].map((now) => calls(`2026-11-22T${now}Z`)),
  ).toEqual([...[null, 0, 0, 3, 5]]);
  expect(earlier.upTo(at('2026-11-22T12:15:00Z'))!.sums).toEqual({ calls: 12, answered: 11, talk: 110 });
  expect(earlier.upTo(noon)!.span).toEqual({ from: at('2026-11-15T00:00:00Z'), to: at('2026-11-15T12:00:00Z') });
});

it('of more than a day has what was over at midnight from the beginning', () => {
  expect(week().upTo(at('2026-11-22T00:00:00Z'))!.sums).toEqual({ calls: 100, answered: 50, talk: 500 });
  expect(week().upTo(noon)!.sums.calls).toBe(105);
});

it('counts and takes out calls of its time where they belong, once their place is after the answer', () => {
  const earlier = week();
  const seen = () => earlier.upTo(noon)!.sums.calls;
  for (const start of ['2026-11-15T09:59:59Z', '2026-11-10T08:00:00Z']) earlier.put(call(start), 1, 11);
  expect(seen()).toBe(107);
  for (const start of ['2026-11-07T23:59:59Z', '2026-11-16T00:00:00Z']) earlier.put(call(start), 1, 11);
  earlier.put(call('2026-11-15T09:30:00Z'), 1, 10);
  expect(seen()).toBe(107);
  earlier.put(call('2026-11-15T09:59:59Z'), -1, 13);
  expect([seen(), earlier.place, earlier.isExact]).toEqual([106, 10, true]);
});

it('says when an answer has no place', () => {
  const frame = frameOf('7d', noon, 'UTC');
  const vague = new Earlier(frame, 'UTC', { settled: stats([], sums(1), null), growing, heard: 12 });
  expect([vague.place, vague.isExact]).toEqual([10, false]);
});

it('shows its whole day by the hours of the clock', () => {
  expect([...today().hours()]).toEqual([
    [9, 5],
    [12, 7],
  ]);
});
