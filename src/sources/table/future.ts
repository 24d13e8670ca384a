// Rows that begin in the future: a clock of the PBX is ahead, or a zone is set wrong. A reconcile leaves them out, and says so.
import type { TableReader } from './reader.ts';
import { cellAt, onClock, secondsOf } from './walltime.ts';

/** The clock of a PBX may be ahead by so much before anything is said. */
const aheadSeconds = 60;
/** They are not counted further than this. */
const countMax = 1_000_000;

/** Where the compared window ends, in seconds on the clock of the time column, and the newest value of that. */
export interface End {
  timeColumn: string;
  timezone: string;
  newest: string | number;
  to: number;
  /** Milliseconds since 1970. */
  now: number;
}

/** A sentence on the rows that begin after the window and after now; null: there are none. @throws Unavailable */
export async function futureOf(
  reader: TableReader,
  { timeColumn, timezone, newest, to, now }: End,
): Promise<string | null> {
  const from = Math.max(to, onClock(newest, timezone, now) + aheadSeconds);
  if ((secondsOf(newest) ?? 0) < from) return null;
  const rows = await reader.count((query) => query.where(timeColumn, '>=', cellAt(from, newest)).limit(countMax));
  const [begin, were] = rows === 1 ? ['1 row begins', 'was'] : [`${rows} rows begin`, 'were'];
  return `${begin} in the future (the newest ${newest}) and ${were} not compared: a clock is ahead, or a zone is set wrong; --to takes them in`;
}
