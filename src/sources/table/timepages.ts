// Pages through a table by its time column, upwards or downwards, each cut between two whole seconds: rows that are told
// apart only by standing in one batch (content.ts, familyOf) are never parted.
import type { Knex } from 'knex';
import type { Log } from '../../log.ts';
import type { TableReader, TableRow } from './reader.ts';
import { cellAt, secondsOf } from './walltime.ts';

export interface Bound {
  operator: '>=' | '>' | '<' | '<=';
  time: string | number;
}

export interface Reach {
  column: string;
  direction: 'up' | 'down';
  /** Where the first page begins; undefined: at the very end. */
  start: Bound | undefined;
  /** No page goes beyond; undefined: to the other end. */
  end?: Bound | undefined;
  maxRows: number;
}

/** Rows of one second that are still read as one group. */
const secondLimit = 20_000;

export async function* timePages(reader: TableReader, reach: Reach, log: Log): AsyncGenerator<TableRow[]> {
  const { column, direction, maxRows } = reach;
  let start = reach.start;
  let limit = maxRows;
  for (;;) {
    const from = start;
    const most = limit;
    const rows = await reader.select((query) => narrowed(query, { ...reach, start: from, maxRows: most }));
    const last = rows.at(-1)?.[column];
    if (rows.length < limit || last === undefined || last === null) {
      if (rows.length > 0) yield rows;
      return;
    }
    const edge = secondKey(last);
    const whole = rows.filter((row) => secondKey(row[column]) !== edge);
    if (whole.length > 0) {
      yield whole;
      const next = resumeAt(last, direction);
      // Texts of several forms need not stand in the order of their times: never the same page twice.
      const isStuck = next.operator === start?.operator && next.time === start.time;
      start = isStuck ? { operator: direction === 'up' ? '>' : '<', time: last } : next;
      limit = maxRows;
    } else if (limit < secondLimit) {
      start = resumeAt(last, direction);
      limit = Math.min(limit * 2, secondLimit);
    } else {
      log.error(
        { second: last, rows: rows.length },
        'too many records of one second for a table without id column, the rest of this second is not read: add an auto-increment column',
      );
      yield rows;
      start = { operator: direction === 'up' ? '>' : '<', time: last };
      limit = maxRows;
    }
  }
}

/** NULL has no place in time: such rows are out of reach without an id column. */
export function narrowed(query: Knex.QueryBuilder, { column, direction, start, end, maxRows }: Reach) {
  const bounded = start ? query.where(column, start.operator, start.time) : query.whereNotNull(column);
  const ended = end ? bounded.where(column, end.operator, end.time) : bounded;
  return ended.orderBy(column, direction === 'up' ? 'asc' : 'desc').limit(maxRows);
}

/** Equal for times of one second; what is no time of a call (zero dates, texts) stands for itself. */
export function secondKey(cell: TableRow[string] | undefined): string {
  const seconds = secondsOf(cell);
  return seconds === null || seconds < 0 ? `=${cell}` : String(Math.floor(seconds));
}

/** So that all rows of this second are read again. */
function resumeAt(last: string | number, direction: Reach['direction']): Bound {
  const seconds = secondsOf(last);
  const isTime = seconds !== null && seconds >= 0;
  if (direction === 'up') return { operator: '>=', time: isTime ? cellAt(seconds, last) : last };
  return isTime ? { operator: '<', time: cellAt(seconds + 1, last) } : { operator: '<=', time: last };
}
