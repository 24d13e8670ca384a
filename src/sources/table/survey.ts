// Rows that appear in old days: nobody looks there any more, so the days are counted, and those with another count than
// when they were looked at last are looked at again. A count of all, halved where it differs: a few SELECTs a night.
import { setImmediate as breath } from 'node:timers/promises';
import type { TableReader } from './reader.ts';
import { cellAt } from './walltime.ts';

/** How many rows each day of the table's clock had, from `since` on. */
export interface Tally {
  /** Which table, so that the counts of another are not compared. */
  table: string;
  /** Days since 1970-01-01. */
  since: number;
  counts: readonly number[];
}

export interface SurveyOptions {
  reader: TableReader;
  column: string;
  /** A value of the column, for the form of others. */
  like: string | number;
  table: string;
  /** The first and the last day to be counted, in days since 1970-01-01. */
  first: number;
  last: number;
  /** Records of a day that the table has shown, for days that were never counted. */
  shownOn: (day: number) => Promise<number>;
  signal: AbortSignal;
}

export interface Differing {
  /** Newest first, with what the table has now; at most `lookedMax`. */
  days: { day: number; count: number }[];
  /** Whether there are more, which the next survey finds. */
  more: boolean;
  tally: Tally;
}

const daySeconds = 86_400;
/** Days that are looked at in one night: what they bring goes at `rows_per_second`. */
export const lookedMax = 31;
/** So many days are counted by one SELECT, unless they have more rows than it may count. */
const spanDays = 366;
const countMax = 1_000_000;

/** @throws Unavailable when the table cannot be read. */
export async function survey(options: SurveyOptions, before: Tally | null): Promise<Differing> {
  const { reader, column, like, table, first, last, shownOn, signal } = options;
  const known = before?.table === table ? before : null;
  const counts: number[] = [];
  for (let day = first; day <= last && !signal.aborted; day += 1) {
    const kept = known?.counts[day - known.since];
    if (kept === undefined) await breath();
    counts.push(kept ?? (await shownOn(day)));
  }
  const days: Differing['days'] = [];
  let more = false;
  const count = (from: number, to: number) =>
    reader.count((query) =>
      query
        .where(column, '>=', cellAt(from * daySeconds, like))
        .where(column, '<', cellAt((to + 1) * daySeconds, like))
        .limit(countMax),
    );
  const look = async (from: number, to: number, found: number): Promise<void> => {
    const expected = counts.slice(from - first, to + 1 - first).reduce((sum, one) => sum + one, 0);
    if (signal.aborted || (found === expected && found < countMax)) return;
    if (days.length === lookedMax) more = true;
    else if (from === to) {
      days.push({ day: from, count: found });
      counts[from - first] = found;
    } else {
      const middle = Math.floor((from + to) / 2);
      const late = await count(middle + 1, to);
      await look(middle + 1, to, late);
      await look(from, middle, found < countMax ? found - late : await count(from, middle));
    }
  };
  for (let to = last; to >= first && !signal.aborted; to -= spanDays) {
    const from = Math.max(first, to - spanDays + 1);
    await look(from, to, await count(from, to));
  }
  return { days, more, tally: { table, since: first, counts } };
}

/** Null for what is not ours to read: then the days are compared with the store. */
export function tallyIn(text: string | null): Tally | null {
  try {
    const tally = JSON.parse(text ?? 'null') as Tally | null;
    return typeof tally?.table === 'string' && Array.isArray(tally.counts) ? tally : null;
  } catch {
    return null;
  }
}
