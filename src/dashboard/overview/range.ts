// Which time the view Overview speaks of, as the URL holds it, and the steps its plots go by. Days are those of the zone. Pure.
import { isAny, isOneOf, type Rules } from '../leftout.ts';
import { clockText, dateText, dayOf, instantOf, isZone, momentOf, wallOf } from '../zone.ts';

export const ranges = ['today', 'yesterday', '7d', '30d', 'custom'] as const;
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
  /** A day or less. */
  isDay: boolean;
  /** As long a time before it: of a day or less the same weekday a week before. It counts as far as the clock has come. */
  before: Span;
  /** Days between the two. */
  back: number;
  /** Of `before`, what is over until the day ends; null: nothing. */
  settled: Span | null;
  /** What this day counts more of it, quarter by quarter; of a day or less, which is shown by the hour, all of it. null: nothing. */
  growing: Span | null;
  /** How far the points of the curve are apart. */
  curve: 'quarter' | 'hour' | 'day';
  /** Whether there is time in it yet that has not come. */
  isOpen: boolean;
}

const minute = 60_000;
const quarter = 15 * minute;
const hour = 60 * minute;
const day = 24 * hour;
/** Bars are hours up to so long a time, else days. */
const hoursMax = 48;
/** Longest time that is shown. */
export const daysMax = 366;
/** More points than these of one hour, nobody can tell apart. */
const curveHoursMax = 62 * 24;

export function rangeOf(given: Readonly<Record<string, string>>): Range {
  return ranges.find((range) => range === given['range']) ?? (given['from'] || given['to'] ? 'custom' : 'today');
}

/** What the view reads from the address. */
export function rulesOf(zone: string): Rules {
  const isMoment = (value: string) => momentOf(value, zone) !== null;
  return {
    ...{ range: isOneOf(ranges), from: isMoment, to: isMoment, zone: isZone },
    ...{ by: isOneOf(['outcome', 'direction']), company: isAny },
  };
}

/** The time that was picked, on full quarters of an hour as counts are kept; an end that is missing is that of the day of `now`. */
export function pickedSpan(given: Readonly<Record<string, string>>, now: number, zone: string): Span {
  const at = (text: string | undefined, otherwise: number) => {
    const ms = momentOf(text ?? '', zone);
    return ms === null ? otherwise : quarterBegin(ms);
  };
  return { from: at(given['from'], dayOf(now, zone)), to: at(given['to'], dayOf(now, zone, 1)) };
}

/** What is wrong with it; null: nothing. */
export function spanFault({ from, to }: Span): 'order' | 'long' | null {
  return from >= to ? 'order' : to - from > (daysMax + 1) * day ? 'long' : null;
}

/** `picked`: of the range `custom`. */
export function frameOf(range: Range, now: number, zone: string, picked: Span | null = null): Frame {
  const days = { today: 1, yesterday: 1, '7d': 7, '30d': 30, custom: 0 }[range];
  const last = range === 'yesterday' ? -1 : 0;
  const wanted = range === 'custom' && picked !== null ? picked : null;
  const { from, to } = wanted ?? { from: dayOf(now, zone, last - days + 1), to: dayOf(now, zone, last + 1) };
  // A day has up to 25 hours.
  const isDay = to - from <= 25 * hour;
  const back = isDay ? 7 : Math.max(days, Math.ceil((to - from - hour) / day));
  const before = { from: daysBack(from, zone, back), to: daysBack(to, zone, back) };
  const [today, tomorrow] = [0, 1].map((later) => daysBack(dayOf(now, zone, later), zone, back)) as [number, number];
  const split = isDay ? before.from : Math.min(Math.max(today, before.from), before.to);
  const step = to - from <= hoursMax * hour ? 'hour' : 'day';
  return {
    ...{ from, to, step, isOpen: to > now },
    buckets: step === 'hour' ? hoursOf(from, to, zone) : daysOf(from, to, zone),
    ...{ isDay, before, back },
    settled: spanOrNull(before.from, split),
    growing: spanOrNull(split, isDay ? before.to : Math.min(before.to, tomorrow)),
    curve: isDay ? 'quarter' : to - from <= curveHoursMax * hour ? 'hour' : 'day',
  };
}

function spanOrNull(from: number, to: number): Span | null {
  return from < to ? { from, to } : null;
}

/** When the quarter of an hour began that a time lies in. */
export function quarterBegin(ms: number): number {
  return Math.floor(ms / quarter) * quarter;
}

/** Up to when the earlier time of a frame counts, in full quarters; before its begin: not at all yet. */
export function reached({ before, back }: Frame, now: number, zone: string): number {
  return Math.min(before.to, daysBack(quarterBegin(now), zone, back));
}

/** This time of the clock so many days ago. */
export function daysBack(ms: number, zone: string, days: number): number {
  const wall = wallOf(ms, zone);
  return instantOf({ ...wall, day: wall.day - days }, zone);
}

/** Full hours of the clock; 23 or 25 on days on which it is changed. Of both ends what is within. */
function hoursOf(from: number, to: number, zone: string): Bucket[] {
  const first = from - wallOf(from, zone).minute * minute;
  const count = Math.ceil((to - first) / hour);
  const isOneDay = to - from <= 25 * hour;
  return Array.from({ length: count }, (_, at) => {
    const begin = first + at * hour;
    const clock = clockText(begin, zone).slice(0, 5);
    const label = isOneDay ? clock : `${dateText(begin, zone).slice(5)} ${clock}`;
    return { from: Math.max(begin, from), to: Math.min(begin + hour, to), label };
  });
}

function daysOf(from: number, to: number, zone: string): Bucket[] {
  const buckets: Bucket[] = [];
  for (let begin = from; begin < to; begin = dayOf(begin, zone, 1))
    buckets.push({ from: begin, to: Math.min(dayOf(begin, zone, 1), to), label: dateText(begin, zone).slice(5) });
  return buckets;
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
