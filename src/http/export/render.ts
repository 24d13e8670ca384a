// Rows of a list as the text of an export: CSV (RFC 4180) or a JSON object a line. Pure; the same in the daemon and in the export's thread.
import { stringify } from 'csv-stringify/sync';
import type { Format } from './formats.ts';

export type Row = Record<string, unknown>;

/** How an export is to look. Of threads too: plain data only. */
export interface Look {
  format: Format;
  /** Names of the columns in their order; null = all that the list has. */
  columns: readonly string[] | null;
  /** IANA name of the zone of its times. */
  zone: string;
  /** CSV: the line with the names. */
  hasHeader: boolean;
  /** CSV: whether cells that a spreadsheet would run as a formula get a `'` in front. */
  isGuarded: boolean;
  /** CSV: numbers with a `+` go as they are, guarded or not: a spreadsheet reads them as numbers, and programs need them so. */
  arePlusNumbersPlain?: boolean;
}

/** Pages of rows to text; every line is whole and ends with its line end. */
export interface Renderer {
  /** What comes before all rows. */
  head: string;
  lines(rows: readonly Row[]): string;
}

/** `all`: the columns of the list, for a CSV that names none. */
export function openRenderer(look: Look, all: readonly string[]): Renderer {
  if (look.format === 'csv') return csv(look.columns ?? all, look);
  const { columns } = look;
  return {
    head: '',
    lines: (rows) =>
      textOf(
        rows.map((row) => JSON.stringify(columns ? pick(row, columns) : row)),
        '\n',
      ),
  };
}

function textOf(lines: readonly string[], end: string): string {
  return lines.length === 0 ? '' : lines.join(end) + end;
}

function pick(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, row[column]]));
}

const lineEnd = '\r\n';
/** Cells that need no quotes and no guard: the same in CSV as they are. Everything else is written by csv-stringify. */
const isPlain = /^[A-Za-z0-9][A-Za-z0-9 ._:/<>()@+=-]*$/;
const plusNumber = /^\+\d+$/;
/** Cells written before: callers, trunks and properties repeat. */
const cacheMax = { cells: 5000, characters: 200 };

/**
 * A cell of nothing (null, '', an empty list or object) is empty; other lists and objects are JSON. The guard is the one of OWASP
 * (CSV Injection): a `'` before = + - @ TAB CR LF, and quotes around what a spreadsheet with another separator would split.
 */
function csv(columns: readonly string[], { hasHeader, isGuarded, arePlusNumbersPlain = false }: Look): Renderer {
  const options = isGuarded ? { eof: false, escape_formulas: true, quoted_match: [';', '\t'] } : { eof: false };
  const known = new Map<string, string>();
  const textCell = (text: string): string => {
    if (text === '' || isPlain.test(text) || (arePlusNumbersPlain && plusNumber.test(text))) return text;
    let cell = known.get(text);
    if (cell === undefined) {
      // The library guards all but a line feed.
      cell = stringify([[isGuarded && text.startsWith('\n') ? `'${text}` : text]], options);
      if (known.size >= cacheMax.cells) known.clear();
      if (text.length <= cacheMax.characters) known.set(text, cell);
    }
    return cell;
  };
  const cellOf = (value: unknown): string => {
    if (typeof value === 'string') return textCell(value);
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    return isEmpty(value) ? '' : textCell(JSON.stringify(value));
  };
  return {
    head: hasHeader ? columns.join(',') + lineEnd : '',
    lines: (rows) => {
      // A line without a character would be no record to most readers.
      const lineOf = (row: Row) => columns.map((column) => cellOf(row[column])).join(',') || '""';
      return textOf(rows.map(lineOf), lineEnd);
    },
  };
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  for (const _key in value) return false;
  return true;
}

const encoder = new TextEncoder();

/** In a buffer of its own, which can be handed over and freed; small Buffers would share theirs. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}
