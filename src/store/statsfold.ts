// Rows of the kept counts put together by what they have in common. A dense year has hundreds of thousands: they are read as lists and
// told apart by numbers, and only what they come to is made an object. Pure.
import { noSums, outcomeCode, sumNames, type Sums } from '../cdr/stats.ts';
import type { Value } from './sql.ts';

export const rowColumns = ['shown', 'was', 'viewer', 'name', 'direction', 'outcome'] as const;
export type RowColumn = (typeof rowColumns)[number] | keyof Sums;

/** What one statement brings. */
export interface SumsRead {
  rows: readonly (readonly Value[])[];
  /**
   * What stands where in each row; the others were not asked for. Its sums count at `shown`, and no more at `was`: quarters, hours or
   * days on the clock (`unitOf`), of all time or of a week or day; null: at no time. Without `answered`, the outcome tells it.
   */
  columns: readonly RowColumn[];
}

/** What rows of one side and time come to; what was not asked for is null, 0 or an empty text. */
export interface Group {
  /** null: at no time that is asked for. */
  shown: number | null;
  viewer: number;
  name: string;
  direction: number;
  outcome: number;
  sums: Sums;
}

/** Below all numbers of times. */
const never = -(2 ** 31);
const answeredCode = outcomeCode('answered');

/** `timeOf`: which of the times rows are told apart by. Groups of which all calls were moved away are there too. */
export function groupsIn({ rows, columns }: SumsRead, timeOf: (time: number) => number): Group[] {
  const [shownAt, wasAt, viewerAt, nameAt, directionAt, outcomeAt] = rowColumns.map((one) => columns.indexOf(one)) as [
    ...[number, number, number, number, number, number],
  ];
  const sums = sumNames.map((one) => columns.indexOf(one));
  const [callsAt, answeredAt, recordsAt, talkAt, ringAt, rungAt] = sums as [
    ...[number, number, number, number, number, number],
  ];
  // MariaDB gives sums as texts.
  const numberAt = (row: readonly Value[], at: number): number => (at < 0 ? 0 : Number(row[at]));
  const timeAt = (row: readonly Value[], at: number): number | null => {
    const time = at < 0 ? null : row[at]!;
    return time === null ? null : timeOf(Number(time));
  };
  const viewers = new Map<number, Map<string, Map<number, Group>>>();
  const groups: Group[] = [];
  const add = (row: readonly Value[], shown: number | null, times: 1 | -1): void => {
    const viewer = numberAt(row, viewerAt);
    const name = nameAt < 0 ? '' : (row[nameAt] as string);
    const [direction, outcome] = [numberAt(row, directionAt), numberAt(row, outcomeAt)];
    let names = viewers.get(viewer);
    if (names === undefined) viewers.set(viewer, (names = new Map<string, Map<number, Group>>()));
    let places = names.get(name);
    if (places === undefined) names.set(name, (places = new Map<number, Group>()));
    // Both codes are below 16 (cdr/stats.ts).
    const place = ((shown ?? never) * 16 + direction) * 16 + outcome;
    let group = places.get(place);
    if (group === undefined) {
      places.set(place, (group = { shown, viewer, name, direction, outcome, sums: { ...noSums } }));
      groups.push(group);
    }
    const into = group.sums;
    const calls = times * Number(row[callsAt]);
    into.calls += calls;
    if (answeredAt >= 0) into.answered += times * Number(row[answeredAt]);
    else if (outcome === answeredCode) into.answered += calls;
    into.records += times * Number(row[recordsAt]);
    into.talk += times * Number(row[talkAt]);
    into.ring += times * Number(row[ringAt]);
    into.rung += times * Number(row[rungAt]);
  };
  for (const row of rows) {
    // A sum of no cells.
    if (row[callsAt] === null) continue;
    const [shown, was] = [timeAt(row, shownAt), timeAt(row, wasAt)];
    if (shown !== null || was === null) add(row, shown, 1);
    if (was !== null) add(row, was, -1);
  }
  return groups;
}
