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
  return marksIn(birthOf(row, timeColumn))[0];
}

/** A row's name and time. Its marks are digests of them, which are asked of few rows of a page. */
export type Birth = readonly [name: TableRow[string], time: TableRow[string]];

/** What a row is to be known by: its mark, and of one with a name its time, for when the table has lost the name. */
export function marksIn([name, time]: Birth): [mark: string, ...more: string[]] {
  if (isNothing(name)) return [digestOf([name, time])];
  return [digestOf(['uniqueid', name]), ...(time === null ? [] : [digestOf(['unnamed', time])])];
}

/**
 * All by which a row was known that may have become this one: by its name, by name and time (cursors of 0.1.0), without the name
 * that somebody has given it since, with the one that it has lost.
 */
export function pastMarksOf(row: TableRow, timeColumn: string | null): string[] {
  const birth = birthOf(row, timeColumn);
  const [name, time] = birth;
  const marks = [marksIn(birth)[0], digestOf(birth)];
  if (time === null) return marks;
  return [...marks, ...[null, '', ...(isNothing(name) ? ['unnamed'] : [])].map((one) => digestOf([one, time]))];
}

/** As ingest is handed it; by its id, where the table has one, it is known again in any batch. */
export function rawOf(row: TableRow, { timezone, idColumn, formerId, widths }: Flavour, epoch: number): RawRow {
  const mark = idColumn === null ? {} : { mark: { key: `${epoch}:${row[idColumn]}` } };
  const numbers = idColumn ?? formerId;
  return { kind: 'table', timezone, fields: row, widths, ...(numbers && { idColumn: numbers }), ...mark };
}

export function birthOf(row: TableRow, timeColumn: string | null): Birth {
  const time = (timeColumn === null ? null : row[timeColumn]) ?? null;
  return [row['uniqueid'] ?? null, typeof time === 'string' ? time.slice(0, 'YYYY-MM-DD HH:MM:SS'.length) : time];
}

function isNothing(name: TableRow[string]): boolean {
  return name === null || name === '';
}

function digestOf(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'base64').slice(0, digestLength);
}
