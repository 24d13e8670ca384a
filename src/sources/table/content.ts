// What the poller makes of a row: short digests to remember it by, and the row as it is handed over. Pure.
import { hash } from 'node:crypto';
import type { RawRow } from '../../cdr/normalise.ts';
import type { Flavour } from './flavour.ts';
import type { TableRow } from './reader.ts';

/** 132 bits: two different rows never meet by chance. */
const digestLength = 22;

/** Equal for rows that are equal in every column. */
export function contentOf(row: TableRow): string {
  return digestOf(row);
}

/**
 * Equal for rows of one channel and start. Where one of them has no sequence, ingest can tell them apart only when it sees
 * all of them in one batch (`ForkCDR`, a sequence that is written since this noon).
 */
export function familyOf(row: TableRow, timeColumn: string | null): string {
  return digestOf(birthOf(row, timeColumn));
}

/** Whether its sequence names the row. */
export function isNumbered({ sequence }: TableRow): boolean {
  return sequence !== undefined && sequence !== null && sequence !== '';
}

/**
 * What never changes in a record and differs between a table and its successor of the same ids: its channel's name, or
 * where it has none its birth. A time may come out on another clock when its column gets another type.
 */
export function markOf(row: TableRow, timeColumn: string | null): string {
  return markIn(signOf(row, timeColumn));
}

/** What the mark is a digest of: of few rows of a page the mark itself is ever asked. */
export type Sign = readonly unknown[];

export function signOf(row: TableRow, timeColumn: string | null): Sign {
  const name = row['uniqueid'] ?? '';
  return name === '' ? birthOf(row, timeColumn) : ['uniqueid', name];
}

export function markIn(sign: Sign): string {
  return digestOf(sign);
}

/** As `markOf`, and as it was until 0.1.0: in cursors of before. */
export function marksOf(row: TableRow, timeColumn: string | null): string[] {
  return [markOf(row, timeColumn), digestOf(birthOf(row, timeColumn))];
}

/** As ingest is handed it; by its id, where the table has one, it is known again in any batch. */
export function rawOf(row: TableRow, { timezone, idColumn, widths }: Flavour, epoch: number): RawRow {
  const mark = idColumn === null ? {} : { idColumn, mark: { key: `${epoch}:${row[idColumn]}` } };
  return { kind: 'table', timezone, fields: row, widths, ...mark };
}

function birthOf(row: TableRow, timeColumn: string | null): Sign {
  const time = timeColumn === null ? null : row[timeColumn];
  return [row['uniqueid'] ?? null, typeof time === 'string' ? time.slice(0, 'YYYY-MM-DD HH:MM:SS'.length) : time];
}

function digestOf(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'base64').slice(0, digestLength);
}
