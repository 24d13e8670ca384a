// A table from a place downwards, newest rows first, in batches that a reader of live records does not feel.
import type { Log } from '../../log.ts';
import type { TableConfig } from './config.ts';
import type { Flavour } from './flavour.ts';
import { bound } from './ids.ts';
import type { TableReader, TableRow } from './reader.ts';
import { secondKey, timePages } from './timepages.ts';
import { cellAt, secondsOf } from './walltime.ts';

/** Small, so that a live record waits for one of them no longer than a few commits. */
export const batchRows = 50;
/** Without an index a page costs the same whatever its size: then few, large ones. */
const scannedPageRows = 10_000;
/** By id, rows are about in the order of their ends: so many old ones in a row are the end of what is wanted. */
const oldRowsInARow = 1000;

export interface Descent {
  by: 'id' | 'time';
  column: string;
  /** Rows below this (an id in decimal, or a time); null: from the very end. */
  below: string | number | null;
  /** Rows that ended before are not wanted, in seconds on the column's clock; null: all. */
  until: number | null;
}

/** Batches of at most `batchRows`, or all rows of one second by time; each with the `below` that follows it. */
export async function* downwards(
  reader: TableReader,
  flavour: Flavour,
  config: TableConfig,
  descent: Descent,
  log: Log,
): AsyncGenerator<{ rows: TableRow[]; below: string | number }> {
  const { by, column } = descent;
  const pages = by === 'id' ? idPages(reader, flavour, config, descent) : byTime(reader, flavour, config, descent, log);
  for await (const page of pages) {
    let rows: TableRow[] = [];
    for (const row of page) {
      const isCut = by === 'id' || secondKey(row[column]) !== secondKey(rows.at(-1)?.[column]);
      if (rows.length >= batchRows && isCut) {
        yield { rows, below: belowOf(rows, descent) };
        rows = [];
      }
      rows.push(row);
    }
    if (rows.length > 0) yield { rows, below: belowOf(rows, descent) };
  }
}

function belowOf(rows: readonly TableRow[], { by, column }: Descent): string | number {
  const last = rows.at(-1)![column]!;
  if (by === 'id') return String(last);
  const seconds = secondsOf(last);
  return seconds === null || seconds < 0 ? last : cellAt(seconds, last);
}

async function* idPages(
  reader: TableReader,
  { timeColumn }: Flavour,
  { min_id, max_rows }: TableConfig,
  { column, below, until }: Descent,
): AsyncGenerator<TableRow[]> {
  let old = 0;
  for (let from = below; ;) {
    const rows = await reader.select((query) => {
      const above = query.where(column, '>=', min_id);
      const ranged = from === null ? above : above.where(column, '<', bound(BigInt(from)));
      return ranged.orderBy(column, 'desc').limit(max_rows);
    });
    if (rows.length > 0) yield rows;
    for (const row of rows) old = until !== null && isOlder(row, timeColumn, until) ? old + 1 : 0;
    if (rows.length < max_rows || old >= oldRowsInARow) return;
    from = String(rows.at(-1)![column]);
  }
}

/** Whether the record did not begin before `until`, or nobody knows; `until` as in Descent. */
export function isWanted(row: TableRow, timeColumn: string | null, until: number | null): boolean {
  const start = timeColumn === null || until === null ? null : secondsOf(row[timeColumn]);
  return start === null || start >= until!;
}

/** Whether the record had ended by then. */
export function isOlder(row: TableRow, timeColumn: string | null, seconds: number): boolean {
  const start = timeColumn === null ? null : secondsOf(row[timeColumn]);
  const duration = Number(row['duration'] ?? 0);
  return start !== null && start + (Number.isFinite(duration) ? duration : 0) < seconds;
}

function byTime(
  reader: TableReader,
  { isTimeIndexed }: Flavour,
  { max_rows }: TableConfig,
  { column, below, until }: Descent,
  log: Log,
): AsyncGenerator<TableRow[]> {
  const start = below === null ? undefined : ({ operator: '<', time: below } as const);
  const like = typeof below === 'number' ? 0 : (below ?? '2000-01-01 00:00:00');
  const end = until === null ? undefined : ({ operator: '>=', time: cellAt(until, like) } as const);
  const maxRows = isTimeIndexed ? max_rows : Math.max(max_rows, scannedPageRows);
  return timePages(reader, { column, direction: 'down', start, end, maxRows }, log);
}
