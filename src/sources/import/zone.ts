// Is a file's zone right? A uniqueid begins with the channel's birth in epoch seconds, so the starts tell. Pure.
import type { RawRow } from '../../cdr/normalise.ts';
import { birthOf, instantsOf, nearest, parseWall, sinceBirth } from '../../cdr/time.ts';

const quarterMicros = 15 * 60 * 1_000_000;
/** A record begins at its channel's birth, or while the channel lives; a clock set by hand jumps by other steps. */
const slackMicros = 60 * 1_000_000;
/** A channel's first record begins with it; births are told in whole seconds. */
const exactMicros = 2 * 1_000_000;

/**
 * By how many minutes the local times of these rows, read in their zone, are away from the epochs in their uniqueids:
 * 0 when they agree, or when most do not say the same. Two channels are enough, since a later record of a channel begins
 * anywhere in a quarter of an hour; one is, when its record would begin before it or exactly quarters of an hour after.
 */
export function minutesOff(rows: readonly RawRow[]): number {
  const shifts = rows.flatMap((row) => shiftOf(row) ?? []);
  const [most] = [...Map.groupBy(shifts, ({ quarters }) => quarters)].sort(([, a], [, b]) => b.length - a.length);
  if (!most || most[1].length * 2 <= shifts.length) return 0;
  const [quarters, same] = most;
  const isOneChannel = new Set(same.map(({ uniqueid }) => uniqueid)).size === 1;
  const isSure = quarters < 0 || same.some(({ rest }) => rest <= exactMicros);
  return isOneChannel && !isSure ? 0 : quarters * 15;
}

/** In quarters of an hour, and what is left over; undefined when the row cannot tell. */
function shiftOf({ fields, timezone, faults }: RawRow) {
  const start = fields['start'] ?? fields['calldate'];
  const uniqueid = fields['uniqueid'];
  if (faults || typeof start !== 'string' || typeof uniqueid !== 'string') return undefined;
  const [wall, birth] = [parseWall(start.trim()), birthOf(uniqueid)];
  if (wall === undefined || birth === null) return undefined;
  const away = nearest(sinceBirth(instantsOf(wall, timezone), birth), birth) - birth;
  const quarters = Math.round(away / quarterMicros);
  const rest = Math.abs(away - quarters * quarterMicros);
  return rest <= slackMicros ? { uniqueid, quarters, rest } : undefined;
}
