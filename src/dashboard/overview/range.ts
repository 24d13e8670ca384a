// Which time the view Overview speaks of, as the URL holds it, and the steps its plots go by. Days are those of the zone. Pure.
import { clockText, dateText, dayOf, instantOf, wallOf } from '../zone.ts';

export const ranges = ['today', 'yesterday', '7d', '30d'] as const;
export type Range = (typeof ranges)[number];

/** A bar of a plot; milliseconds. */
export interface Bucket {
  from: number;
  /** Not included. */
  to: number;
  /** `09:00` or `11-22`. */
  label: string;
}

/** Milliseconds; `to` is not included. */
export interface Span {
  from: number;
  to: number;
}

export interface Frame extends Span {
  step: 'hour' | 'day';
  buckets: readonly Bucket[];
  /** As long a time before it, up to the same time of day: one day's is the same weekday a week before. null: that has just begun. */
  before: Span | null;
  /** Of one day: the whole of that earlier day. */
  beforeDay: Span | null;
  /** Days of it. */
  days: number;
}

const minute = 60_000;
const hour = 60 * minute;

export function rangeOf(given: Readonly<Record<string, string>>): Range {
  return ranges.find((range) => range === given['range']) ?? 'today';
}

export function frameOf(range: Range, now: number, zone: string): Frame {
  const days = { today: 1, yesterday: 1, '7d': 7, '30d': 30 }[range];
  const last = range === 'yesterday' ? -1 : 0;
  const from = dayOf(now, zone, last - days + 1);
  const to = dayOf(now, zone, last + 1);
  const back = days === 1 ? 7 : days;
  const begin = dayOf(now, zone, last - days + 1 - back);
  const wholeEnd = dayOf(now, zone, last + 1 - back);
  const end = range === 'yesterday' ? wholeEnd : sameTime(now, zone, back);
  return {
    ...{ from, to, days, step: days === 1 ? 'hour' : 'day' },
    buckets: days === 1 ? hoursOf(from, to, zone) : daysOf(from, days, zone),
    before: begin < end ? { from: begin, to: end } : null,
    beforeDay: days === 1 ? { from: begin, to: wholeEnd } : null,
  };
}

/** This time of the clock so many days ago, down to the quarter of an hour: counts are kept by those. */
function sameTime(now: number, zone: string, days: number): number {
  const wall = wallOf(now, zone);
  return instantOf({ ...wall, day: wall.day - days, minute: Math.floor(wall.minute / 15) * 15, second: 0 }, zone);
}

/** 23 or 25 on days on which the clock is changed. */
function hoursOf(from: number, to: number, zone: string): Bucket[] {
  const count = Math.ceil((to - from) / hour);
  return Array.from({ length: count }, (_, at) => {
    const begin = from + at * hour;
    return { from: begin, to: Math.min(begin + hour, to), label: clockText(begin, zone).slice(0, 5) };
  });
}

function daysOf(from: number, count: number, zone: string): Bucket[] {
  return Array.from({ length: count }, (_, at) => {
    const begin = dayOf(from, zone, at);
    return { from: begin, to: dayOf(from, zone, at + 1), label: dateText(begin, zone).slice(5) };
  });
}

/** Which bar a time is in; -1: none. */
export function bucketAt(buckets: readonly Bucket[], ms: number): number {
  return buckets.findIndex(({ from, to }) => ms >= from && ms < to);
}

/** 1 Monday to 7 Sunday. */
export function weekdayOf(ms: number, zone: string): number {
  const { year, month, day } = wallOf(ms, zone);
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay() || 7;
}

/** The last time within the frame, and not after `now`, that the clock showed this hour of this weekday; null: it has none. */
export function lastHour(frame: Span, now: number, zone: string, weekday: number, at: number): Span | null {
  for (let day = dayOf(Math.min(frame.to - 1, now), zone); day >= frame.from; day = dayOf(day, zone, -1)) {
    if (weekdayOf(day, zone) !== weekday) continue;
    const { year, month, day: of } = wallOf(day, zone);
    const from = instantOf({ year, month, day: of, hour: at, minute: 0, second: 0 }, zone);
    if (from <= now) return { from, to: from + hour };
  }
  return null;
}
