// The calendar of Health: its weeks, and what is seen of a day.
import { expect, it } from 'vitest';
import { lookOf, signs, weeksUpTo } from '../../src/dashboard/health/days.ts';

it('weeks go from Monday to Sunday, this one to today', () => {
  const [now, before, ...rest] = weeksUpTo('2026-11-25');
  expect([now, before]).toEqual([
    { from: '2026-11-23', to: '2026-11-25' },
    { from: '2026-11-16', to: '2026-11-22' },
  ]);
  expect(rest.at(-1)).toEqual({ from: '2026-10-26', to: '2026-11-01' });
});

it('a Sunday ends its week, a Monday begins one', () => {
  expect(weeksUpTo('2026-11-22')[0]).toEqual({ from: '2026-11-16', to: '2026-11-22' });
  expect(weeksUpTo('2026-11-23')[0]).toEqual({ from: '2026-11-23', to: '2026-11-23' });
});

it('what is missing counts more than what was healed, and healed more than complete', () => {
  expect(lookOf({ verdict: 'missing', healed: 3 })).toBe('missing');
  expect(lookOf({ verdict: 'not understood', healed: 3 })).toBe('faulty');
  expect(lookOf({ verdict: 'complete', healed: 3 })).toBe('healed');
  expect(lookOf({ verdict: 'complete', healed: 0 })).toBe('complete');
  expect(lookOf({ verdict: 'one source', healed: 0 })).toBe('unknown');
});

it('no two looks have one sign: colour is not needed to tell them', () => {
  expect(new Set(Object.values(signs)).size).toBe(Object.keys(signs).length);
});
