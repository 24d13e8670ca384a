// Cells by the names of their columns: a mapping, or the first line of the file.
import { columnNames, texts } from '../../cdr/fields.ts';
import type { RowOf } from './csv.ts';
import { fieldsFrom } from './item.ts';
import { passed } from './mapping.ts';

/** As columns of a table are named; a custom value may have any such name. */
export function isFieldName(name: string): boolean {
  return /^[a-z_][a-z0-9_.-]{0,63}$/.test(name);
}

const known = new Set<string>([...Object.values(columnNames).flat(), ...texts.map(({ name }) => name)]);

/** Whether a first line names the columns: a row of values never holds these words. */
export function isHead(cells: readonly string[]): boolean {
  const names = cells.map(nameOf);
  const hasNeeded = names.includes('uniqueid') && columnNames.start.some((name) => names.includes(name));
  return hasNeeded && names.filter((name) => known.has(name)).length >= 4;
}

/** What our own exports add to a record and work out again. */
const derived = new Set([
  ...['company', 'target', 'extension', 'peer_extension', 'direction', 'properties', 'created', 'updated'],
  ...['note', 'tags', 'edited', 'hidden', 'custom'],
]);

/** The names in a first line; what stands in a file twice counts once, and of an export of ours only what sources told. */
export function namesIn(cells: readonly string[]): string[] {
  const names = cells.map(nameOf);
  const isOurs = isExport(cells);
  return names.map((name, at) =>
    !isFieldName(name) || names.indexOf(name) !== at || (isOurs && derived.has(name)) ? passed : name,
  );
}

const exported = new Set(['id', 'system', ...Object.keys(columnNames), ...texts.map(({ name }) => name), ...derived]);

/** Whether a first line is that of an export of ours: a column of nobody else's, or with `id` and `system` none but ours. */
export function isExport(cells: readonly string[]): boolean {
  const names = cells.map(nameOf);
  const isCut = names.includes('id') && names.includes('system') && names.every((name) => exported.has(name));
  return isCut || names.includes('peer_extension');
}

/** What exports put before a cell that a spreadsheet would run as a formula (csv-stringify, `escape_formulas`). */
const guard = /^'(?=[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20])/;

const nameOf = (cell: string) => cell.trim().toLowerCase();

const times = new Set<string>([...columnNames.start, ...columnNames.answer, ...columnNames.end]);

export interface Naming {
  /** `NULL` and `\N` stand for no value, as databases export it. */
  isTable: boolean;
  /** An export of ours: cells may be guarded, and `system` names the system. */
  isOurs: boolean;
}

export function namedRows(columns: readonly string[], timezone: string, { isTable, isOurs }: Naming): RowOf {
  return (cells) => {
    if (cells.length !== columns.length) return null;
    const entries = columns.flatMap((name, at): [string, string][] => {
      const value = isOurs ? cells[at]!.replace(guard, '') : cells[at]!;
      if (name === passed || (isTable && (value === 'NULL' || value === '\\N'))) return [];
      return [[name, times.has(name) ? zoned(value) : value]];
    });
    const fields = fieldsFrom(entries.filter(([name]) => !isOurs || name !== 'system'));
    const system = (isOurs && entries.find(([name]) => name === 'system')?.[1]) || null;
    return { system, row: { kind: 'table', timezone, fields } };
  };
}

/** strftime's `%z` writes `+0100`, RFC 3339 `+01:00`. */
export function zoned(time: string): string {
  return time.replace(/([+-]\d\d)(\d\d)$/, (all, hours: string, minutes: string) =>
    /\d\d:\d\d/.test(time) ? `${hours}:${minutes}` : all,
  );
}
