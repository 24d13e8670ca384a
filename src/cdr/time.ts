// Text to Micros. Three origins: an epoch, a wall time in UTC, a wall time in a zone (luxon knows the zones; a cache makes it cheap).
import { IANAZone } from 'luxon';
import type { Micros } from './cdr.ts';

const secondMicros = 1_000_000;
/** All zones' offsets change at multiples of a quarter of an hour of wall time. */
const bucketMs = 15 * 60 * 1000;
const cacheMax = 50_000;

/** `1795314479.411497` → Micros; null for 0 (Asterisk's "never"); undefined when it is not an epoch. */
export function parseEpoch(text: string): Micros | null | undefined {
  const match = /^(\d{1,10})(?:\.(\d{1,9}))?$/.exec(text);
  if (!match) return undefined;
  const micros = Number(match[1]) * secondMicros + Number((match[2] ?? '').padEnd(6, '0').slice(0, 6));
  return micros === 0 ? null : micros;
}

/** `2026-11-22 03:15:29[.123456]` read as if it were UTC; undefined when it is no such wall time. */
export function parseWall(text: string): Micros | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(ms);
  const isReal = back.getUTCMonth() === month - 1 && back.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return isReal ? ms * 1000 + Number((match[7] ?? '').padEnd(6, '0')) : undefined;
}

/** Zero dates that databases and cdr_adaptive_odbc write for "never": zero, or epoch 0 in some zone. */
export function isNever(text: string): boolean {
  return text === '' || /^(0000|1969|1970)-/.test(text);
}

/** What a wall time may mean: one instant, two in the autumn hour that happens twice, one (moved on) in the spring gap. */
export function instantsOf(wall: Micros, zone: string): Micros[] {
  if (zone === 'UTC') return [wall];
  return offsetsAt(wall, zone).map((offset) => wall - offset * 60 * secondMicros);
}

const offsets = new Map<string, number[]>();

/** Possible offsets in minutes of a wall time in a zone, the earlier instant first. */
function offsetsAt(wall: Micros, zone: string): number[] {
  const bucket = Math.floor(wall / 1000 / bucketMs);
  const key = `${zone} ${bucket}`;
  let found = offsets.get(key);
  if (!found) {
    if (offsets.size >= cacheMax) offsets.clear();
    found = findOffsets(bucket * bucketMs, IANAZone.create(zone));
    offsets.set(key, found);
  }
  return found;
}

function findOffsets(wallMs: number, zone: IANAZone): number[] {
  const day = 86_400_000;
  const before = zone.offset(wallMs - day);
  const after = zone.offset(wallMs + day);
  const fits = [...new Set([before, after])].filter((offset) => zone.offset(wallMs - offset * 60_000) === offset);
  // In the spring gap no offset fits: the clock had already been moved on, so the offset before it gives the true instant.
  return fits.length > 0 ? fits.sort((a, b) => b - a) : [before];
}

export function isZone(zone: string): boolean {
  return IANAZone.isValidZone(zone);
}

/** The epoch second in `1795314479.78` or `pbx1-1795314479.78`: when party A's channel was born. */
export function birthOf(uniqueid: string): Micros | null {
  const match = /(?:^|[^\d])(\d{9,10})\.\d+$/.exec(uniqueid);
  return match ? Number(match[1]) * secondMicros : null;
}

/** The instant nearest to what is otherwise known; the first when nothing is. */
export function nearest(instants: Micros[], to: Micros | null): Micros {
  const [first, ...others] = instants as [Micros, ...Micros[]];
  if (to === null) return first;
  return others.reduce((best, next) => (Math.abs(next - to) < Math.abs(best - to) ? next : best), first);
}

/** RFC 3339 with as many digits as needed: `2026-11-22T03:15:29.411497Z`. */
export function isoOf(micros: Micros): string {
  const text = new Date(Math.floor(micros / 1000)).toISOString();
  const fraction = micros % secondMicros;
  return fraction === 0 ? `${text.slice(0, 19)}Z` : `${text.slice(0, 19)}.${String(fraction).padStart(6, '0')}Z`;
}

/** RFC 3339 with a zone (`Z` or `±hh:mm`) → Micros; undefined otherwise. */
export function parseIso(text: string): Micros | undefined {
  const match = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d(?:\.\d{1,6})?)([Zz]|[+-]\d\d:\d\d)$/.exec(text);
  if (!match) return undefined;
  const wall = parseWall(`${match[1]} ${match[2]}`);
  if (wall === undefined || /[Zz]/.test(match[3]!)) return wall;
  const [hours, minutes] = match[3]!.slice(1).split(':').map(Number) as [number, number];
  if (hours > 23 || minutes > 59) return undefined;
  const shift = (hours * 60 + minutes) * 60 * secondMicros;
  return match[3]!.startsWith('-') ? wall + shift : wall - shift;
}
