// What may be asked of the statistics, and the fold that makes rows of counts: the same for rollups and for a scan. Pure.
import type { CallFilter } from './callquery.ts';
import type { Direction, Micros } from './cdr.ts';
import type { CallOutcome } from './outcome.ts';
import { addTo, noSums, sumsOf, times, type Counted, type Dimension, type Sums } from './stats.ts';
import type { Shown, StatsClock } from './statsclock.ts';
import { quarterMicros } from './tiers.ts';
import type { Within } from './wall.ts';

/** Conditions that all must hold; `from` and `until` are starts of calls. Plain data: it goes to threads. */
export interface StatsQuery {
  by: readonly Dimension[];
  from: Micros;
  until: Micros;
  /** IANA zone of day, weekday, hour and quarter. */
  zone: string;
  within: Within;
  /** Handle; the calls are then those that this company sees, as it sees them. */
  company?: string;
  extension?: string;
  trunk?: string;
  direction?: Direction;
  outcome?: CallOutcome;
  /** Further conditions, which only a scan can answer. */
  more?: Omit<CallFilter, 'from' | 'until'>;
}

/** What the calls of a row have in common; only the dimensions that were asked for are there. */
export interface StatsKey {
  day?: string;
  weekday?: number;
  hour?: number;
  quarter?: number;
  /** With day and hour: minutes east of UTC, so that the hour which comes twice is two rows. */
  offset?: number;
  /** As the store compares handles; null: calls that concern no company. */
  company?: string | null;
  extension?: string;
  trunk?: string;
  direction?: Direction | null;
  outcome?: CallOutcome;
}
export type StatsRow = StatsKey & Sums;

/** How many rows an answer may have. */
export const statsRowsMax = 10_000;

/** Why only a scan can answer, in words; null when the kept counts can. */
export function scanReason(query: StatsQuery, clock: StatsClock): string | null {
  const { by, from, until, within, company, more } = query;
  const uses = (side: 'extension' | 'trunk') => by.includes(side) || query[side] !== undefined;
  if (within !== null && 'extensions' in within) return 'no counts are kept of what a user of single extensions sees';
  if (within !== null && within.length > 1 && company === undefined)
    return 'no counts are kept of what several companies see together';
  if (uses('extension') && uses('trunk')) return 'no counts are kept by extension and trunk together';
  const [other] = Object.keys(more ?? {});
  if (other !== undefined) return 'no counts are kept by more than company, extension, trunk, direction and outcome';
  if (!clock.isByQuarters) return 'the clock of this zone was not set by quarters of an hour then';
  if (from % quarterMicros !== 0 || until % quarterMicros !== 0) return 'counts are kept by full quarters of an hour';
  return null;
}

/** Sums by key, at most `statsRowsMax` of them. */
export class Fold {
  readonly rows = new Map<string, StatsRow>();
  readonly total: Sums = { ...noSums };
  /** Whether there were more; then `rows` is not whole. */
  isOver = false;

  /** `name`: the same for the same key, and for no other; the key is asked for once. */
  add(name: string, keyOf: () => StatsKey, sums: Sums): void {
    const row = this.rows.get(name);
    if (row) addTo(row, sums);
    else if (this.rows.size >= statsRowsMax) this.isOver = true;
    else this.rows.set(name, { ...keyOf(), ...sums });
  }

  /** In the order of their keys, as they were asked for. */
  sorted(by: readonly Dimension[]): StatsRow[] {
    const placeOf = (row: StatsRow, name: Dimension | 'offset') => row[name] ?? '';
    // Of the hour that comes twice the one further east is the earlier.
    const compare = (a: StatsRow, b: StatsRow) => {
      for (const name of by) {
        const [one, other] = [placeOf(a, name), placeOf(b, name)];
        if (one !== other) return one < other ? -1 : 1;
      }
      return (b.offset ?? 0) - (a.offset ?? 0);
    };
    return [...this.rows.values()].sort(compare);
  }
}

/** The part of a key that is of the clock. */
export function timeKey(by: readonly Dimension[], shown: Shown): StatsKey {
  const key: StatsKey = {};
  for (const name of times) if (by.includes(name)) Object.assign(key, { [name]: shown[name] });
  if (by.includes('day') && by.includes('hour')) key.offset = shown.offset;
  return key;
}

/** Counts one call as one reader sees it; `company`: whose view it is, where rows are by company. */
export function countOne(
  fold: Fold,
  query: StatsQuery,
  clock: StatsClock,
  call: Counted,
  company: string | null,
): void {
  const { by } = query;
  const key = timeKey(by, clock.at(call.start));
  if (by.includes('company')) key.company = company;
  if (by.includes('direction')) key.direction = call.direction;
  if (by.includes('outcome')) key.outcome = call.outcome;
  const sums = sumsOf(call);
  const namesOf = (side: 'extension' | 'trunk', all: readonly string[]): StatsKey[] => {
    if (!by.includes(side)) return [{}];
    return all.filter((name) => query[side] === undefined || name === query[side]).map((name) => ({ [side]: name }));
  };
  for (const extension of namesOf('extension', call.extensions)) {
    for (const trunk of namesOf('trunk', call.trunks)) {
      const whole = { ...key, ...extension, ...trunk };
      fold.add(JSON.stringify(whole), () => whole, sums);
    }
  }
}

/** Whether a call, as one reader sees it, is of what was asked for; `more` is looked at elsewhere. */
export function isCounted(query: StatsQuery, call: Counted): boolean {
  return (
    call.start >= query.from &&
    call.start < query.until &&
    (query.direction === undefined || call.direction === query.direction) &&
    (query.outcome === undefined || call.outcome === query.outcome) &&
    (query.extension === undefined || call.extensions.includes(query.extension)) &&
    (query.trunk === undefined || call.trunks.includes(query.trunk))
  );
}
