// Dates as PHP's clients write them and Laravel prints them. Words of strtotime ("next friday") are none: they depend on when they are read.
import type { Micros } from '../../../cdr/cdr.ts';
import { instantsOf, offsetOf, parseWall } from '../../../cdr/time.ts';
import type { LaracopilotConfig } from './config.ts';

/** Calls were not made before; later than this, microseconds are not exact. */
const [first, last] = [0, Date.UTC(2200, 0, 1) * 1000];

/** `2025-04-22[ T]14:00[:05[.5]][Z|+02:00]`, `2025-04-22`, RFC 2822, `@1745330400`; undefined for any other text. */
export function readDate(text: string, zone: string): Micros | undefined {
  const at = epochOf(text) ?? isoOf(text, zone) ?? mailDateOf(text);
  return at !== undefined && at >= first && at < last ? at : undefined;
}

function epochOf(text: string): Micros | undefined {
  const [, seconds] = /^@(\d{1,12})$/.exec(text) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1e6;
}

function isoOf(text: string, zone: string): Micros | undefined {
  const match =
    /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(?::(\d\d)(\.\d+)?)?\s*(Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?$/i.exec(text);
  if (!match) return undefined;
  const [, day, clock = '00:00', second = '00', fraction = '', offset] = match;
  const wall = parseWall(`${day} ${clock}:${second}${fraction.slice(0, 7)}`);
  if (wall === undefined) return undefined;
  if (offset === undefined) return instantsOf(wall, zone)[0];
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)$/.exec(offset) ?? [];
  const ahead = (Number(hours) * 60 + Number(minutes)) * 60e6;
  return wall - (sign === '-' ? -ahead : ahead);
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Tue, 22 Apr 2025 14:00:00 +0000` (RFC 2822 §3.3). */
function mailDateOf(text: string): Micros | undefined {
  const match = /^(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d)(:\d\d)? ([+-]\d{4}|GMT|UTC)$/.exec(
    text,
  );
  if (!match) return undefined;
  const [, day, month, year, clock, second = ':00', zone] = match;
  const number = String(months.indexOf(month!) + 1).padStart(2, '0');
  return isoOf(
    `${year}-${number}-${day!.padStart(2, '0')} ${clock}${second}${/^[GU]/.test(zone!) ? 'Z' : zone}`,
    'UTC',
  );
}

/** As `date_format` says. */
export function writeDate(at: Micros, { date_format: format, timezone }: LaracopilotConfig): string {
  if (format === 'iso') return isoText(at);
  return isoText(at + offsetOf(at, timezone) * 60e6)
    .slice(0, 19)
    .replace('T', ' ');
}

/** Always six decimals. */
function isoText(at: Micros): string {
  const micros = String(((at % 1e6) + 1e6) % 1e6).padStart(6, '0');
  return `${new Date(Math.floor(at / 1e6) * 1000).toISOString().slice(0, 19)}.${micros}Z`;
}
