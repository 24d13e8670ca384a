// Changes of calls as Overview counts them: each once, and only where it is known what was counted before.
import { expect, it } from 'vitest';
import type { LiveEvent } from '../../src/client/queue.ts';
import { changeOf, putInto } from '../../src/dashboard/overview/change.ts';
import { Curve } from '../../src/dashboard/overview/curve.ts';
import { Earlier } from '../../src/dashboard/overview/earlier.ts';
import { frameOf } from '../../src/dashboard/overview/range.ts';
import { Tally } from '../../src/dashboard/overview/tally.ts';
import type { Call } from '../../src/http/dialects/native/callshape.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const frame = frameOf('today', now, 'UTC');
const none = { calls: 0, answered: 0, asr: null, talk: 0, acd: null, ring: 0, rung: 0, records: 0 };
const stats = {
  source: 'rollups',
  because: null,
  from: '',
  to: '',
  zone: 'UTC',
  seq: 10,
  total: none,
  rows: [],
} as const;
const answer = { ...stats, rows: [] };
const minutes = {
  ...{ source: 'rollups' as const, because: null, zone: 'UTC', step: 'minute', seq: 10 },
  points: [{ at: '2026-11-22T09:01:00Z', calls: 0, peak: 0 }],
};
const fresh = () => ({
  tally: new Tally(frame, 'UTC', {
    ...{ main: answer, hours: answer, heard: 10 },
    tops: { company: answer, extension: answer, trunk: answer },
    tooMany: new Set(),
  }),
  curve: new Curve(null, minutes, [Date.parse(minutes.points[0]!.at)], Date.parse('2026-11-22T09:02:00Z')),
  curveSince: 10,
  earlier: new Earlier(frame, 'UTC', { settled: null, growing: answer, heard: 10 }),
});
const call = (more: Partial<Call> = {}) =>
  ({
    ...{ id: 9, start: '2026-11-22T09:00:30Z', end: '2026-11-22T09:01:30Z', outcome: 'answered', direction: 'inbound' },
    ...{ companies: ['acme'], extensions: [], trunks: [], talk_seconds: 30, updated: '2026-11-22T09:01:31Z' },
    ...more,
  }) as Call;
const told = (op: string, seq: number, of: object) => ({ type: 'call', op, seq, call: of }) as unknown as LiveEvent;
const change = (op: string, seq: number, of: object, before: Call | null = null) =>
  changeOf(told(op, seq, of), before)!;

it('adds a call, changes it and takes it out, in the curve too', () => {
  const numbers = fresh();
  const first = call({ outcome: 'missed', talk_seconds: 0 });
  const later = call({ updated: '2026-11-22T09:01:40Z' });
  const seen = () => [numbers.tally.total.calls, numbers.tally.total.answered, numbers.curve.steps()[0]!.peak];
  expect(putInto(numbers, change('created', 11, first), '')).toBe(true);
  expect(seen()).toEqual([1, 0, 1]);
  expect(putInto(numbers, change('updated', 12, later, first), '')).toBe(true);
  expect(seen()).toEqual([1, 1, 1]);
  expect(putInto(numbers, change('deleted', 13, { id: 9 }, later), '')).toBe(true);
  expect(seen()).toEqual([0, 0, 0]);
});

it('counts nothing twice that the answers know already: a call is told at the place before its own', () => {
  const numbers = fresh();
  expect(putInto(numbers, change('created', 9, call()), '')).toBe(true);
  expect(numbers.tally.total.calls).toBe(0);
  expect(putInto(numbers, change('created', 10, call()), '')).toBe(true);
  expect(numbers.tally.total.calls).toBe(1);
});

it('says so where nobody knows what was counted: of a call that was never told, or that a list knows further', () => {
  const numbers = fresh();
  expect(putInto(numbers, change('updated', 11, call()), '')).toBe(false);
  expect(putInto(numbers, change('deleted', 11, { id: 9 }), '')).toBe(false);
  expect(putInto(numbers, change('updated', 11, call(), call()), '')).toBe(false);
  // Of another day it is all the same.
  const old = call({ start: '2026-11-20T09:00:00Z', end: '2026-11-20T09:01:00Z' });
  expect(putInto(numbers, change('updated', 11, old), '')).toBe(true);
  expect(numbers.tally.total.calls).toBe(0);
});

it('knows the time of before as well: what comes there is counted, and what nobody knows is asked for', () => {
  const numbers = fresh();
  const old = call({ start: '2026-11-15T09:00:30Z', end: '2026-11-15T09:01:30Z' });
  const seen = () => numbers.earlier.upTo(now)!.sums.calls;
  expect(putInto(numbers, change('created', 11, old), '')).toBe(true);
  expect([seen(), numbers.tally.total.calls]).toEqual([1, 0]);
  expect(putInto(numbers, change('deleted', 12, { id: 9 }, old), '')).toBe(true);
  expect(seen()).toBe(0);
  expect(putInto(numbers, change('updated', 13, old), '')).toBe(false);
});

it('of one company counts its calls, and leaves those that it shares to cdrd', () => {
  const numbers = fresh();
  expect(putInto(numbers, change('created', 11, call({ companies: ['globex'] })), 'acme')).toBe(true);
  expect(putInto(numbers, change('created', 12, call()), 'ACME')).toBe(true);
  expect(putInto(numbers, change('created', 13, call({ companies: ['acme', 'globex'] })), 'acme')).toBe(false);
  // Of another day it is all the same.
  const far = { start: '2026-11-02T09:00:00Z', end: '2026-11-02T09:01:00Z' };
  expect(putInto(numbers, change('created', 14, call({ ...far, companies: ['acme', 'globex'] })), 'acme')).toBe(true);
  expect(numbers.tally.total.calls).toBe(1);
});

it('is nothing where the feed speaks of something else', () => {
  expect(changeOf({ type: 'live_calls', calls: 0 }, null)).toBe(null);
  expect(changeOf({ type: 'call', live: true, op: 'created', call: {} } as never, null)).toBe(null);
});
