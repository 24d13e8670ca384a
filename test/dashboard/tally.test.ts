// Counts that go on from what the statistics said: a call that is added and taken away leaves no trace.
import { expect, it } from 'vitest';
import type { Call } from '../../src/http/dialects/native/callshape.ts';
import type { StatsShape } from '../../src/http/dialects/native/statsshape.ts';
import { piled } from '../../src/dashboard/overview/piled.ts';
import { frameOf } from '../../src/dashboard/overview/range.ts';
import { lengthOf, shareOf, Tally } from '../../src/dashboard/overview/tally.ts';

const zone = 'Europe/Berlin';
const frame = frameOf('today', Date.parse('2026-11-22T12:00:00Z'), zone);
const sums = (calls: number, answered: number, talk: number) => ({
  ...{ calls, answered, talk, asr: null, acd: null, ring: 0, rung: 0, records: calls },
});
const stats = (rows: StatsShape['rows'], total = sums(0, 0, 0), seq: number | null = 10): StatsShape => ({
  ...{ source: 'rollups', because: null, from: '', to: '', zone, seq, total, rows },
});
const at = { at: '2026-11-22T08:00:00Z', day: '2026-11-22', hour: 9 };
const fresh = () =>
  new Tally(frame, zone, {
    main: stats(
      [
        { ...at, direction: 'inbound', outcome: 'answered', ...sums(3, 3, 90) },
        { ...at, direction: null, outcome: 'missed', ...sums(2, 0, 0) },
      ],
      sums(5, 3, 90),
    ),
    hours: stats([{ weekday: 7, hour: 9, ...sums(5, 3, 90) }]),
    tops: {
      company: stats([
        { company: 'acme', outcome: 'answered', ...sums(3, 3, 90) },
        { company: 'acme', outcome: 'missed', ...sums(1, 0, 0) },
        { company: null, outcome: 'missed', ...sums(1, 0, 0) },
      ]),
      extension: stats([{ extension: '101', ...sums(5, 3, 90) }]),
      trunk: stats([]),
    },
    tooMany: new Set(),
    heard: 12,
  });
const call = (more: Partial<Call> = {}) =>
  ({
    ...{ id: 9, start: '2026-11-22T09:30:00Z', outcome: 'answered', direction: 'inbound', talk_seconds: 30 },
    ...{ companies: ['acme', 'globex'], extensions: ['101', '102'], trunks: ['telco'] },
    ...more,
  }) as Call;

it('says what the statistics said, in the bars of the frame', () => {
  const tally = fresh();
  expect(tally.column('outcome', 'answered').slice(8, 11)).toEqual([0, 3, 0]);
  expect(tally.column('direction', 'unknown').slice(8, 11)).toEqual([0, 2, 0]);
  expect(tally.sums()[9]).toEqual({ calls: 5, answered: 3, talk: 90 });
  expect([shareOf(tally.total), lengthOf(tally.total)]).toEqual([0.6, 30]);
  expect(tally.tops.company.get('')).toEqual({ calls: 1, answered: 0, talk: 0 });
});

it('puts a call into its hour, its weekday, and every company, extension and trunk of it', () => {
  const tally = fresh();
  tally.put(call(), 1, 11);
  expect(tally.total).toEqual({ calls: 6, answered: 4, talk: 120 });
  expect(tally.column('outcome', 'answered').slice(8, 12)).toEqual([0, 3, 1, 0]);
  expect(tally.hours.get('7 10')).toEqual({ calls: 1, answered: 1, talk: 30 });
  expect(tally.tops.company.get('globex')?.calls).toBe(1);
  expect(tally.tops.extension.get('101')?.calls).toBe(6);
  expect(tally.tops.trunk.get('telco')?.calls).toBe(1);
  expect([tally.mixed('acme', 'answered'), tally.mixed('globex', 'answered'), tally.mixed('', 'missed')]).toEqual([
    4, 1, 1,
  ]);
});

it('takes it away again, as if it had never been there', () => {
  const tally = fresh();
  const mute = call({ companies: [], direction: null, outcome: 'missed', talk_seconds: 0 });
  for (const one of [call(), mute]) {
    tally.put(one, 1, 11);
    tally.put(one, -1, 12);
  }
  expect(tally.total).toEqual(fresh().total);
  expect(tally.sums()).toEqual(fresh().sums());
  expect(tally.tops.company.get('')).toEqual({ calls: 1, answered: 0, talk: 0 });
  expect(tally.tops.trunk.get('telco')).toEqual({ calls: 0, answered: 0, talk: 0 });
});

it('each answer counts only what came after its own place', () => {
  const tally = fresh();
  tally.put(call(), 1, 10);
  expect(tally.total).toEqual(fresh().total);
  expect([tally.place, tally.isExact]).toEqual([10, true]);
  const late = new Tally(frame, zone, {
    main: stats([], sums(5, 3, 90), 14),
    hours: stats([], sums(5, 3, 90), null),
    tops: { company: stats([]), extension: stats([]), trunk: stats([]) },
    tooMany: new Set(),
    heard: 12,
  });
  expect([late.place, late.isExact]).toEqual([10, false]);
  for (const seq of [12, 13]) late.put(call(), 1, seq);
  expect([late.total.calls, late.hours.get('7 10')?.calls, late.tops.extension.get('101')?.calls]).toEqual([5, 1, 2]);
});

it('a call of another day changes nothing', () => {
  const tally = fresh();
  tally.put(call({ start: '2026-11-22T23:00:00Z' }), 1, 11);
  tally.put(call({ start: '2026-11-21T22:59:59Z' }), 1, 11);
  expect(tally.total).toEqual(fresh().total);
});

it('of nothing there is neither a share nor a length', () => {
  expect([shareOf(sums(0, 0, 0)), lengthOf(sums(2, 0, 0))]).toEqual([null, null]);
});

it('bars stand on each other, lines on nothing', () => {
  const series = (kind: 'bar' | 'dashed', values: (number | null)[]) => ({ kind, values });
  expect(piled([series('bar', [1, 2]), series('dashed', [9, null]), series('bar', [3, null])])).toEqual([
    [1, 2],
    [9, null],
    [4, 2],
  ]);
});
