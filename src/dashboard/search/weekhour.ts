// One hour of one weekday, as often as it comes in a time: `1-9` is Mondays from nine to ten. As the URL holds it, and as the API is asked. Pure.
import { weekdayOf } from '../overview/range.ts';
import { dayOf, instantOf, wallOf } from '../zone.ts';

export interface WeekHour {
  /** 1 Monday to 7 Sunday. */
  weekday: number;
  hour: number;
}

/** Some more than a year of them; of an older time nothing is asked. */
const weeksMax = 54;
/** `limits` of a filter (http/filter.ts). */
const partsMax = 50;
const hourMs = 3_600_000;

export function weekHourText({ weekday, hour }: WeekHour): string {
  return `${weekday}-${hour}`;
}

/** null: no such text. */
export function weekHourOf(text: string | undefined): WeekHour | null {
  const match = /^([1-7])-(1?\d|2[0-3])$/.exec(text ?? '');
  return match && { weekday: Number(match[1]), hour: Number(match[2]) };
}

/** When the clock showed it between two times, the newest first; an hour that comes twice is two. */
export function timesOf(
  { weekday, hour }: WeekHour,
  { from, to }: { from: number | null; to: number },
  zone: string,
): { from: number; to: number }[] {
  const times = [];
  let day = dayOf(to - 1, zone);
  while (weekdayOf(day, zone) !== weekday) day = dayOf(day, zone, -1);
  for (let week = 0; week < weeksMax && (from === null || day + 26 * hourMs > from); week += 1) {
    const { year, month, day: of } = wallOf(day, zone);
    const first = instantOf({ year, month, day: of, hour, minute: 0, second: 0 }, zone);
    for (const begin of [first + hourMs, first]) {
      const isShown = wallOf(begin, zone).hour === hour && dayOf(begin, zone) === day;
      if (isShown && begin < to && begin + hourMs > (from ?? -Infinity))
        times.push({ from: begin, to: begin + hourMs });
    }
    day = dayOf(day, zone, -7);
  }
  return times;
}

/** A filter of the API; none of them: one that nothing meets. */
export function weekHourFilter(times: readonly { from: number; to: number }[]): string {
  const iso = (ms: number) => new Date(ms).toISOString().replace('.000', '');
  const parts = times.map(({ from, to }) => ({ from: iso(from), to: iso(to) }));
  if (parts.length === 0) return JSON.stringify({ not: {} });
  if (parts.length <= partsMax) return JSON.stringify({ or: parts });
  return JSON.stringify({ or: [...parts.slice(0, partsMax - 1), { or: parts.slice(partsMax - 1) }] });
}
