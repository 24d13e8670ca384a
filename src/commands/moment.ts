// Days and times as a person writes them on the command line; UTC where no zone is told.
import type { Micros } from '../cdr/cdr.ts';
import { ClientError } from '../errors.ts';

/** `--from` and `--to`. @throws ClientError for what is no time, or an end that is not after the beginning */
export function spanOf(from?: string, to?: string): { from: Micros | undefined; to: Micros | undefined } {
  const span = { from: momentOf('--from', from), to: momentOf('--to', to) };
  if (span.from === undefined || span.to === undefined || span.from < span.to) return span;
  throw new ClientError(400, '--from: is not before --to, expected an earlier date');
}

function momentOf(flag: string, text: string | undefined): Micros | undefined {
  if (text === undefined) return undefined;
  const micros = parsed(text);
  if (micros !== undefined) return micros;
  throw new ClientError(400, `${flag}: "${text}" is no time, expected 2026-11-22 or 2026-11-22T03:15:00Z`);
}

/** `2026-11-22` or RFC 3339; undefined: neither, or no day of the calendar. */
export function parsed(text: string): Micros | undefined {
  const ms = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : NaN;
  const isDay = text.length !== 10 || (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text));
  return Number.isNaN(ms) || !isDay ? undefined : ms * 1000;
}
