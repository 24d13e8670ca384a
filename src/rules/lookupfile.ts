// A look-up table of a CSV file, read once at the start: a header line, one column is the key.
import { readFileSync, statSync } from 'node:fs';
import { CsvError, parse } from 'csv-parse/sync';
import { messageOf } from '../errors.ts';
import { lookupOf, type Lookup } from './tables.ts';

export const lookupMax = { bytes: 16 * 1024 * 1024, rows: 100_000, tables: 50 };

/** A table, or what is wrong with the file. Lines may end in any way; commas, semicolons or tabs; UTF-8 with or without BOM. */
export function readLookup(name: string, file: string, key: string): Lookup | string {
  try {
    const { size } = statSync(file);
    if (size > lookupMax.bytes) return `${file} has ${size} bytes, expected at most ${lookupMax.bytes}`;
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
    return tableOf(name, file, text, key);
  } catch (error) {
    if (error instanceof CsvError) return `${file} is no CSV: ${error.message}, expected a quote that is closed`;
    return `${file} cannot be read (${messageOf(error)}), expected a CSV file in UTF-8`;
  }
}

function tableOf(name: string, file: string, text: string, key: string): Lookup | string {
  const header = /^[^\r\n]*/.exec(text)![0];
  const delimiter = [';', '\t'].find((sign) => header.includes(sign)) ?? ',';
  const options = { delimiter, trim: true, skip_empty_lines: true, relax_column_count: true };
  const [names = [], ...rows] = parse(text, { ...options, to: lookupMax.rows + 2 });
  if (rows.length > lookupMax.rows) return `${file} has more than ${lookupMax.rows} rows, expected fewer`;
  const at = names.indexOf(key);
  if (at < 0) return `${file} has no column "${key}", expected one of ${names.join(', ') || 'none: the file is empty'}`;
  const lines = new Map<string, number>();
  for (const [index, row] of rows.entries()) {
    if (row.length > names.length)
      return `${file}, row ${index + 2}: has ${row.length} values, expected ${names.length}`;
    const value = (row[at] ?? '').toLowerCase();
    if (value === '') return `${file}, row ${index + 2}: the key is empty, expected a ${key}`;
    const before = lines.get(value);
    if (before !== undefined)
      return `${file}, row ${index + 2}: "${row[at]}" stands in row ${before} already, expected it once`;
    lines.set(value, index + 2);
  }
  const records = rows.map((row) => Object.fromEntries(names.map((column, place) => [column, row[place] ?? ''])));
  return lookupOf(name, key, names, records);
}
