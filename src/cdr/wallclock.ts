// What a clock on the wall shows, as text, to Micros as if it stood in UTC. Pure but for the days it remembers.
import type { Micros } from './cdr.ts';

export const secondMicros = 1_000_000;
export const minuteMs = 60_000;
export const dayMs = 86_400_000;
const dayMicros = dayMs * 1000;

/** `2026-11-22 03:15:29[.123456]` read as if it were UTC; undefined when it is no such wall time. */
export function parseWall(text: string): Micros | undefined {
  return text.length === plainLength ? plainWall(text) : anyWall(text);
}

const plainLength = 'YYYY-MM-DD HH:MM:SS'.length;
/** Midnights by the text of their day: times that come together are mostly of few days. */
const days = new Map<string, Micros>();
const daysMax = 1000;

/** As `anyWall`, for what nearly all times look like, in a fifth of its time. */
function plainWall(text: string): Micros | undefined {
  const day = text.slice(0, 10);
  const midnight = days.get(day);
  const hour = numberAt(text, 11);
  const minute = numberAt(text, 14);
  const second = numberAt(text, 17);
  const isPlain = text[10] === ' ' && text[13] === ':' && text[16] === ':';
  if (midnight !== undefined && isPlain && hour < 24 && minute < 60 && second < 60)
    return safe(midnight + ((hour * 60 + minute) * 60 + second) * secondMicros);
  const wall = anyWall(text);
  if (wall === undefined || days.has(day)) return wall;
  if (days.size === daysMax) days.clear();
  days.set(day, Math.floor(wall / dayMicros) * dayMicros);
  return wall;
}

/** The two digits there; Infinity where there are none. */
function numberAt(text: string, at: number): number {
  const ten = text.charCodeAt(at) - 48;
  const one = text.charCodeAt(at + 1) - 48;
  return ten >= 0 && ten <= 9 && one >= 0 && one <= 9 ? ten * 10 + one : Infinity;
}

function anyWall(text: string): Micros | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/.exec(text);
  if (!match) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6])];
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(ms);
  const isDate = back.getUTCFullYear() === year && back.getUTCMonth() === month - 1 && back.getUTCDate() === day;
  return isDate && hour < 24 && minute < 60 && second < 60 ? safe(ms * 1000 + fractionOf(match[7])) : undefined;
}

/** The first six digits after the point. */
export function fractionOf(digits: string | undefined): Micros {
  return digits === undefined ? 0 : Number(digits.padEnd(6, '0').slice(0, 6));
}

/** Beyond the year 2255 microseconds are no longer exact. */
export function safe(micros: Micros): Micros | undefined {
  return Number.isSafeInteger(micros) ? micros : undefined;
}
