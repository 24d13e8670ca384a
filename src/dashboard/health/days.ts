// The days of the calendar: which are asked for, week by week, and how each of them looks. Pure.
import type { Day } from '../../http/dialects/native/dayshape.ts';

/** Weeks of the calendar, with this one. */
export const weeks = 5;

const dayMs = 86_400_000;

/** `2026-11-22`, so many days later. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}

/** The weeks that end with the one of `today`, the newest first; each from Monday to Sunday, or to today. */
export function weeksUpTo(today: string): { from: string; to: string }[] {
  const weekday = new Date(`${today}T00:00:00Z`).getUTCDay() || 7;
  const monday = dayAfter(today, 1 - weekday);
  return Array.from({ length: weeks }, (_, back) => {
    const from = dayAfter(monday, -7 * back);
    return { from, to: back === 0 ? today : dayAfter(from, 6) };
  });
}

export type Look = 'missing' | 'faulty' | 'healed' | 'complete' | 'waiting' | 'unknown' | 'nothing';

/** Its sign says what its colour says. */
export const signs: Readonly<Record<Look, string>> = {
  missing: '✕',
  faulty: '!',
  healed: '↻',
  complete: '✓',
  waiting: '…',
  unknown: '?',
  nothing: '–',
};

export function lookOf({ verdict, healed }: Pick<Day, 'verdict' | 'healed'>): Look {
  if (verdict === 'missing') return 'missing';
  if (verdict === 'not understood') return 'faulty';
  if (healed > 0 && ['complete', 'waiting', 'one source'].includes(verdict)) return 'healed';
  if (verdict === 'complete' || verdict === 'waiting' || verdict === 'nothing') return verdict;
  return 'unknown';
}
