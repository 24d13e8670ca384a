// The PBX's clock: now, waiting, and how Asterisk writes times. Tests bring a clock of their own.
import { setTimeout as delay } from 'node:timers/promises';
import type { Micros } from '../cdr/cdr.ts';

/** Time as an argument: the real one here, a turned one in tests. */
export interface Clock {
  now(): Micros;
  /** Resolves after `ms`, or at once when aborted; never rejects. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now() * 1000,
  wait: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
};

const formats = new Map<string, Intl.DateTimeFormat>();

/** `YYYY-MM-DD HH:MM:SS` on the wall of an IANA zone, fractions dropped. */
export function wallTime(micros: Micros, timezone: string): string {
  let format = formats.get(timezone);
  if (!format) {
    // Swedish is the locale whose short date and medium time are ISO 8601 with a space.
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' });
    formats.set(timezone, format);
  }
  return format.format(Math.floor(micros / 1000));
}

/** `seconds.micros`, as Asterisk prints epochs and fractional seconds. */
export function epochText(micros: Micros): string {
  return `${Math.floor(micros / 1_000_000)}.${String(micros % 1_000_000).padStart(6, '0')}`;
}
