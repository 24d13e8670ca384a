// Text to Micros. Three origins: an epoch, a wall time in UTC, a wall time in a zone (luxon knows the zones; a cache makes it cheap).
import { IANAZone } from 'luxon';
import type { Micros } from './cdr.ts';
import { dayMs, fractionOf, minuteMs, parseWall, safe, secondMicros } from './wallclock.ts';

export { parseWall } from './wallclock.ts';

const cacheMax = 50_000;

/**
 * `1795314479.411497` → Micros; null for 0 (Asterisk's "never"); undefined when it is not an epoch of a call: fewer
 * than 9 digits are a number of something else, or a longer one cut.
 */
export function parseEpoch(text: string): Micros | null | undefined {
  if (/^0(?:\.0{1,9})?$/.test(text)) return null;
  const match = /^(\d{9,10})(?:\.(\d{1,9}))?$/.exec(text);
  return match ? safe(Number(match[1]) * secondMicros + fractionOf(match[2])) : undefined;
}

/** Whether an epoch header came whole: Asterisk writes six decimals (main/cdr.c) and cuts mapped headers without a word. */
export function isWholeEpoch(text: string): boolean {
  return /^\d+\.\d{6}$/.test(text);
}

/** Zero dates that databases and cdr_adaptive_odbc write for "never": zero, or epoch 0 in some zone. */
export function isNever(text: string): boolean {
  return text === '' || /^(0000|1969|1970)-/.test(text);
}

/** What a wall time may mean: one instant, two in the autumn hour that happens twice, one (moved on) in the spring gap. */
export function instantsOf(wall: Micros, zone: string): Micros[] {
  if (isUtc(zone)) return [wall];
  return offsetsAt(wall, zone).map((offset) => wall - offset * 60 * secondMicros);
}

/** Whether wall times of this zone are UTC itself. */
export function isUtc(zone: string): boolean {
  return /^(?:etc\/)?(?:utc|uct|gmt|zulu|universal|greenwich)$/i.test(zone);
}

const offsets = new Map<string, number[]>();

/**
 * Possible offsets in minutes of a wall time in a zone, the earlier instant first. Days without a change of the clock
 * are remembered whole, the few others by the minute: St. John's changed at one minute past midnight until 2011.
 */
function offsetsAt(wall: Micros, zone: string): number[] {
  const minute = Math.floor(wall / 1000 / minuteMs);
  const day = Math.floor((minute * minuteMs) / dayMs);
  const steady = remembered(`${zone} ${day}`, () => steadyOffset(day * dayMs, IANAZone.create(zone)));
  if (steady.length > 0) return steady;
  return remembered(`${zone} ${day} ${minute}`, () => findOffsets(minute * minuteMs, IANAZone.create(zone)));
}

function remembered(key: string, find: () => number[]): number[] {
  let found = offsets.get(key);
  if (!found) {
    if (offsets.size >= cacheMax) offsets.clear();
    found = find();
    offsets.set(key, found);
  }
  return found;
}

/** The one offset of a wall day, none when the clock changes near it. No zone changes there and back within three days. */
function steadyOffset(wallDayMs: number, zone: IANAZone): number[] {
  const before = zone.offset(wallDayMs - dayMs);
  return before === zone.offset(wallDayMs + 2 * dayMs) ? [before] : [];
}

function findOffsets(wallMs: number, zone: IANAZone): number[] {
  const before = zone.offset(wallMs - dayMs);
  const after = zone.offset(wallMs + dayMs);
  const fits = [...new Set([before, after])].filter((offset) => zone.offset(wallMs - offset * minuteMs) === offset);
  // In the spring gap no offset fits: the clock had already been moved on, so the offset before it gives the true instant.
  return fits.length > 0 ? fits.sort((a, b) => b - a) : [before];
}

/** Minutes by which wall time is ahead of UTC at an instant. */
export function offsetOf(at: Micros, zone: string): number {
  return isUtc(zone) ? 0 : IANAZone.create(zone).offset(at / 1000);
}

const zones = new Set<string>();
const zonesMax = 1000;

/** Remembered: each question to ICU leaves some 20 kB that V8 does not know of and collects late. */
export function isZone(zone: string): boolean {
  if (zones.has(zone)) return true;
  if (!IANAZone.isValidZone(zone)) return false;
  if (zones.size === zonesMax) zones.clear();
  zones.add(zone);
  return true;
}

/** The epoch second in `1795314479.78` or `pbx1-1795314479.78`: when party A's channel was born. */
export function birthOf(uniqueid: string): Micros | null {
  const match = /(?:^|[^\d])(\d{9,10})\.\d+$/.exec(uniqueid);
  return match ? Number(match[1]) * secondMicros : null;
}

/** A channel's birth is told in whole seconds, and a clock may be set back by a little between it and the record. */
const birthSlack = 2 * secondMicros;

/**
 * Which of these instants, the earliest first, a record of a channel of this birth may have begun at: none before its
 * birth. Where all are, the last, which is the nearest. Never empty.
 */
export function sinceBirth(instants: Micros[], birth: Micros | null): Micros[] {
  if (birth === null) return instants;
  const possible = instants.filter((at) => at >= birth - birthSlack);
  return possible.length > 0 ? possible : instants.slice(-1);
}

/** The instant nearest to what is otherwise known; the first when nothing is. */
export function nearest(instants: Micros[], to: Micros | null): Micros {
  const [first, ...others] = instants as [Micros, ...Micros[]];
  if (to === null) return first;
  return others.reduce((best, next) => (Math.abs(next - to) < Math.abs(best - to) ? next : best), first);
}

/** Instants to the text of a zone's clock. */
export type Clock = (micros: Micros) => string;

/**
 * RFC 3339 as a zone's clock shows it: `2026-11-22T04:15:29+01:00`; of UTC as `isoOf`. Only for what `isZone` knows.
 * For many times that lie near each other: the text of a minute is made once.
 */
export function clockOf(zone: string): Clock {
  const known = isUtc(zone) ? null : IANAZone.create(zone);
  const minutes = new Map<number, [head: string, tail: string]>();
  return (micros) => {
    const minute = Math.floor(micros / minuteMicros);
    let text = minutes.get(minute);
    if (!text) {
      if (minutes.size >= minutesMax) minutes.clear();
      text = known ? minuteIn(minute, known) : [minuteText(minute), 'Z'];
      minutes.set(minute, text);
    }
    const rest = micros - minute * minuteMicros;
    const [second, fraction] = [Math.floor(rest / secondMicros), rest % secondMicros];
    return text[0] + digits[second] + (fraction === 0 ? '' : `.${String(fraction).padStart(6, '0')}`) + text[1];
  };
}

const minuteMicros = 60 * secondMicros;
const minutesMax = 10_000;
const digits = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/** RFC 3339 with as many digits as needed: `2026-11-22T03:15:29.411497Z`. A fifth of what a Date of its own costs. */
export const isoOf: Clock = clockOf('UTC');

/** `2026-11-22T03:15:` */
function minuteText(minute: number): string {
  return `${new Date(minute * minuteMs).toISOString().slice(0, 16)}:`;
}

function minuteIn(minute: number, zone: IANAZone): [head: string, tail: string] {
  const offset = offsetAt(minute, zone);
  const head = minuteText(minute + offset);
  const [east, hour, left] = [offset >= 0, Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return [head, `${east ? '+' : '-'}${digits[hour]}:${digits[left]}`];
}

/** Minutes east of UTC in a minute of UTC; days without a change of the clock are remembered whole, as above. */
function offsetAt(minute: number, zone: IANAZone): number {
  const day = Math.floor((minute * minuteMs) / dayMs);
  const [steady] = remembered(`at ${zone.name} ${day}`, () => {
    const before = zone.offset(day * dayMs);
    return before === zone.offset((day + 1) * dayMs) ? [before] : [];
  });
  // RFC 3339 has no seconds of an offset; Liberia had them until 1972.
  return Math.round(steady ?? zone.offset(minute * minuteMs));
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

/** The calendar day (`2026-11-22`) of an instant in a zone. */
export function dayOf(micros: Micros, zone: string): string {
  const ms = Math.floor(micros / 1000);
  return new Date(ms + IANAZone.create(zone).offset(ms) * minuteMs).toISOString().slice(0, 10);
}

/** A day, `days` later or earlier. */
export function dayAfter(day: string, days = 1): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}

/** From its first instant to the first of the next day; 23 to 25 hours where the clock changes. */
export function boundsOf(day: string, zone: string): { from: Micros; until: Micros } {
  const midnight = (date: string) => instantsOf(parseWall(`${date} 00:00:00`)!, zone)[0]!;
  return { from: midnight(day), until: midnight(dayAfter(day)) };
}

export function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && parseWall(`${text} 00:00:00`) !== undefined;
}
