// The values of a time column as points on one line: wall time or epoch, text or number. Pure.
import type { Micros } from '../../cdr/cdr.ts';
import { instantsOf, offsetOf, parseIso, parseWall } from '../../cdr/time.ts';
import type { TableRow } from './reader.ts';

type Cell = TableRow[string] | undefined;

const wall = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(\.\d+)?/;
const epoch = /^\d{9,11}(\.\d+)?$/;

/** Seconds on the column's own clock (a wall time counts as if it were UTC); null for anything else. */
export function secondsOf(cell: Cell): number | null {
  if (typeof cell === 'number') return cell;
  if (typeof cell !== 'string') return null;
  if (epoch.test(cell)) return Number(cell);
  const [, year, month, day, hour, minute, second, fraction] = wall.exec(cell) ?? [];
  if (year === undefined) return null;
  const whole = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return whole / 1000 + Number(fraction ?? 0);
}

/** A value of the same form as `like`, `seconds` on the same clock, rounded down to whole seconds. */
export function cellAt(seconds: number, like: string | number): string | number {
  const whole = Math.max(0, Math.floor(seconds));
  if (typeof like === 'number') return whole;
  if (epoch.test(like)) return String(whole);
  const text = new Date(whole * 1000).toISOString();
  return `${text.slice(0, 10)}${like[10] ?? ' '}${text.slice(11, 19)}`;
}

/** An instant (`ms` since 1970) in seconds on the clock of a column with values like `like`. */
export function onClock(like: string | number, timezone: string, ms: number): number {
  const isEpoch = typeof like === 'number' || epoch.test(like);
  return ms / 1000 + (isEpoch ? 0 : offsetOf(ms * 1000, timezone) * 60);
}

/** The other way; of the two instants of an hour that comes twice, the earlier. */
export function clockToMs(seconds: number, like: string | number, timezone: string): number {
  const isEpoch = typeof like === 'number' || epoch.test(like);
  return isEpoch ? seconds * 1000 : instantsOf(seconds * 1e6, timezone)[0]! / 1000;
}

/** `2026-11-22[ 03:15[:29]]` in the zone, or RFC 3339, as Micros; undefined for anything else. */
export function momentOf(text: string, timezone: string): Micros | undefined {
  const [, day, time = '00:00', seconds = '00'] =
    /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(?::(\d\d))?)?$/.exec(text) ?? [];
  if (day === undefined) return parseIso(text);
  const at = parseWall(`${day} ${time}:${seconds}`);
  return at === undefined ? undefined : instantsOf(at, timezone)[0];
}
