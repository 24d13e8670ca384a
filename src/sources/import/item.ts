// One row of a file on its way: where it stood, what it said, and what became of it so far.
import type { RawRow, RawValue } from '../../cdr/normalise.ts';
import { textOf, type Line } from './lines.ts';

export interface Item {
  /** The line it begins at, counted from 1. */
  line: number;
  /** As it stands in the file, without the line end; of a line that is too long, its beginning. */
  raw: Buffer;
  /** The system it names, null where files name none. */
  system: string | null;
  /** With `faults` when it could not even be read. */
  row: RawRow;
}

/** What a format makes of the lines it is given; lines that belong together may wait for the next. */
export interface Reader {
  take(lines: readonly Line[]): Item[];
  /** What still waits when the file is over. */
  end(): Item[];
}

/** Lines that begin so are ours: the reasons in a file of rejects, which can be mended and imported again. */
export const remark = '#cdrd ';

/** Longest raw text that a reject without fields keeps, in characters. */
const keptMax = 64 * 1024;

/** A row that could not be read. */
export function unread(line: Pick<Line, 'number' | 'bytes'>, message: string, timezone: string): Item {
  const fields = fieldsFrom([['line', textOf(line.bytes).slice(0, keptMax)]]);
  const row: RawRow = { kind: 'table', timezone, fields, faults: [{ field: 'line', message }] };
  return { line: line.number, raw: line.bytes, system: null, row };
}

export function fieldsFrom(entries: Iterable<readonly [string, RawValue]>): RawRow['fields'] {
  const fields = Object.create(null) as RawRow['fields'];
  for (const [name, value] of entries) fields[name] = value;
  return fields;
}

/** What no format can read: too long, or with NUL bytes. Null for every other line. */
export function faultOf({ bytes, isCut }: Line, lineMax: number): string | null {
  if (isCut) return `is longer than ${lineMax} bytes, the longest line that is read`;
  if (bytes.includes(0)) return 'holds NUL bytes: the file was damaged here, as when a machine loses power';
  return null;
}

/** Lines that say nothing. */
export function isIdle({ bytes }: Line): boolean {
  return bytes.length === 0 || bytes.subarray(0, remark.length).equals(remarkBytes) || bytes.every(isSpace);
}

const remarkBytes = Buffer.from(remark);
const isSpace = (byte: number) => byte === 0x20 || byte === 0x09;
