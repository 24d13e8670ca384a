// CSV as spreadsheets save it (RFC 4180, or with semicolons or tabs, with or without a BOM) to rows by the names of its header line.
import { CsvError, parse } from 'csv-parse/sync';
import { ClientError, type Fault } from '../errors.ts';
import { found } from './validate.ts';

export const csvLimits = { bytes: 8 * 1024 * 1024, rows: 10_000, faults: 100 };
/** Longest line there is: more than all its columns at their longest. */
const lineMax = 16 * 1024;

export interface CsvColumn {
  name: string;
  /** Must the header line have it? */
  isNeeded: boolean;
}

export interface CsvRow {
  /** Of the file, the header is 1. */
  line: number;
  /** By column; of a column the file does not have, undefined. Never null: CSV knows no such thing. */
  cells: Record<string, string | undefined>;
  /** What is wrong with the line as a whole; whoever judges the cells tells it with theirs. */
  faults: Fault[];
}

/** The text of a file, without its BOM. @throws ClientError 413 when it is too large, 400 when it is not UTF-8 */
export function textOf(bytes: Uint8Array): string {
  if (bytes.length > csvLimits.bytes) {
    throw new ClientError(413, `the file has ${bytes.length} bytes, at most ${csvLimits.bytes}: import it in parts`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ClientError(400, 'the file is not UTF-8: save it as "CSV UTF-8"', [], { cause: error });
  }
}

/** @throws ClientError 413 for too many rows, 422 with the faults of the header or of the quotes */
export function readCsv(text: string, columns: readonly CsvColumn[]): CsvRow[] {
  const lines = linesOf(text);
  const [head, ...rest] = lines;
  const names = (head?.record ?? []).map((name) => name.toLowerCase());
  const faults = headFaults(names, columns);
  if (faults.length > 0) throw importFault(faults);
  return rest.map(({ line, record }) => ({
    line,
    cells: Object.fromEntries(names.map((name, at) => [name, record[at]])),
    faults: widthFaults({ line, record }, names.length),
  }));
}

/** Nothing of the file was taken; tells the first faults. */
export function importFault(faults: readonly Fault[]): ClientError {
  const shown = faults.slice(0, csvLimits.faults);
  const [first] = shown;
  const where = [`line ${first?.line ?? 1}`, first?.field].filter(Boolean).join(', ');
  const more = faults.length > 1 ? ` (the first of ${faults.length} faults)` : '';
  return new ClientError(422, `nothing was imported: ${where}: ${first?.message}${more}`, shown);
}

function linesOf(text: string): { line: number; record: string[] }[] {
  const header = /^[^\r\n]*/.exec(text)![0];
  // Column names hold none of these, so the header tells what separates.
  const delimiter = [';', '\t'].find((sign) => header.includes(sign)) ?? ',';
  try {
    const options = { delimiter, trim: true, skip_empty_lines: true, relax_column_count: true, info: true };
    const parsed = parse(text, { ...options, max_record_size: lineMax, to: csvLimits.rows + 2 }) as unknown as {
      record: string[];
      info: { lines: number };
    }[];
    if (parsed.length > csvLimits.rows + 1) {
      throw new ClientError(413, `the file has more than ${csvLimits.rows} rows: import it in parts`);
    }
    return parsed.map(({ record, info }) => ({ line: info.lines, record }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines } = error as CsvError & { lines?: number };
    const tooLong = `is longer than ${lineMax} characters; is a quote not closed?`;
    const messages: Partial<Record<CsvError['code'], string>> = {
      CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
      CSV_MAX_RECORD_SIZE: tooLong,
      CSV_INVALID_CLOSING_QUOTE: 'a quote inside a quoted value must be doubled',
      INVALID_OPENING_QUOTE: 'a value with a quote in it must stand in quotes, and the quote be doubled',
    };
    throw importFault([{ line: lines ?? 1, field: '', message: messages[error.code] ?? error.message }]);
  }
}

function headFaults(names: readonly string[], columns: readonly CsvColumn[]): Fault[] {
  const expected = columns.map(({ name }) => name).join(', ');
  const fault = (field: string, message: string): Fault => ({ line: 1, field, message });
  if (names.length === 0) return [fault('', `the file is empty, expected a header line with ${expected}`)];
  const known = new Set(columns.map(({ name }) => name));
  return [
    ...names.filter((name) => !known.has(name)).map((name) => fault(name, `is no column, expected ${expected}`)),
    ...names
      .filter((name, at) => known.has(name) && names.indexOf(name) !== at)
      .map((name) => fault(name, 'comes twice')),
    ...columns
      .filter(({ name, isNeeded }) => isNeeded && !names.includes(name))
      .map(({ name }) => fault(name, `this column is missing; found ${found(names.join(', '))}`)),
  ];
}

function widthFaults({ line, record }: { line: number; record: readonly string[] }, width: number): Fault[] {
  if (record.length <= width) return [];
  return [{ line, field: '', message: `has ${record.length} values, expected ${width} as the header line has` }];
}
