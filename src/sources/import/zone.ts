// Is a file's zone right? A uniqueid begins with the channel's birth in epoch seconds, so the starts tell. Pure.
import type { RawRow } from '../../cdr/normalise.ts';
import { birthOf, instantsOf, nearest, parseWall, sinceBirth } from '../../cdr/time.ts';

/** So many rows must say the same. */
const rowsLeast = 5;
const quarterMicros = 15 * 60 * 1_000_000;
/** A record begins at its channel's birth, or while the channel lives; a clock set by hand jumps by other steps. */
const slackMicros = 60 * 1_000_000;

/**
 * By how many minutes the local times of these rows, read in their zone, are away from the epochs in their uniqueids:
 * 0 when they agree, or when most do not say the same.
 */
export function minutesOff(rows: readonly RawRow[]): number {
  const shifts = rows.flatMap((row) => shiftOf(row) ?? []);
  const [most] = [...Map.groupBy(shifts, (shift) => shift)].sort(([, a], [, b]) => b.length - a.length);
  if (!most || most[1].length < rowsLeast || most[1].length * 2 <= shifts.length) return 0;
  return most[0] * 15;
}

/** In quarters of an hour; undefined when the row cannot tell. */
function shiftOf({ fields, timezone, faults }: RawRow): number | undefined {
  const start = fields['start'] ?? fields['calldate'];
  const uniqueid = fields['uniqueid'];
  if (faults || typeof start !== 'string' || typeof uniqueid !== 'string') return undefined;
  const [wall, birth] = [parseWall(start.trim()), birthOf(uniqueid)];
  if (wall === undefined || birth === null) return undefined;
  const away = nearest(sinceBirth(instantsOf(wall, timezone), birth), birth) - birth;
  const quarters = Math.round(away / quarterMicros);
  return Math.abs(away - quarters * quarterMicros) <= slackMicros ? quarters : undefined;
}
