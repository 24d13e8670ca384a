// Rows as the sources hand them over, made from the real capture, and records to compare. Knows nothing of any rule.
import type { Cdr } from '../../src/cdr/cdr.ts';
import { normalise, type RawRow, type RawValue } from '../../src/cdr/normalise.ts';
import { captureEvents, captureRows } from '../simulator/capture.ts';

type Fields = Record<string, RawValue>;

const numbers = ['acctid', 'duration', 'billsec', 'amaflags', 'sequence'];

/** As sources/ami emits it: lower-cased header names, no prototype, neither Event nor Privilege. */
export function amiRow(fields: Fields, timezone = 'UTC'): RawRow {
  return { kind: 'ami', timezone, fields: bare(fields) };
}

/** As sources/table emits it: lower-cased columns, no prototype. */
export function tableRow(fields: Fields, timezone = 'UTC'): RawRow {
  return { kind: 'table', timezone, fields: bare(fields) };
}

export function apiRow(fields: Fields): RawRow {
  return { kind: 'api', timezone: 'UTC', fields: bare(fields) };
}

/** defineProperty, so that a field called `__proto__` is one. */
export function bare(fields: Fields): Fields {
  const made = Object.create(null) as Fields;
  for (const name of Object.keys(fields)) {
    Object.defineProperty(made, name, { value: fields[name], enumerable: true, writable: true, configurable: true });
  }
  return made;
}

/** The 40 events of the capture, in its order. */
export const amiRows: RawRow[] = captureEvents.map((block) => {
  const headers = block.split('\r\n').filter((line) => line !== '' && !/^(Event|Privilege):/.test(line));
  return amiRow(Object.fromEntries(headers.map(headerOf)));
});

/** The 40 rows of the same calls, in the same order; numeric columns are numbers, as mysql2 gives them. */
export const tableRows: RawRow[] = captureRows.map((row) =>
  tableRow(Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, cellOf(name, cell)]))),
);

export function byAcctid(acctid: number): RawRow {
  return tableRows.find(({ fields }) => fields['acctid'] === acctid)!;
}

/** The event of the table's row. */
export function eventOf(acctid: number): RawRow {
  const sequence = String(byAcctid(acctid).fields['sequence']);
  return amiRows.find(({ fields }) => fields['sequence'] === sequence)!;
}

export function without(row: RawRow, ...names: string[]): RawRow {
  const kept = Object.entries(row.fields).filter(([name]) => !names.includes(name));
  return { ...row, fields: bare(Object.fromEntries(kept)) };
}

export function changed(row: RawRow, fields: Fields): RawRow {
  return { ...row, fields: bare({ ...row.fields, ...fields }) };
}

/** A plain answered record, changed as wished. */
export function cdrOf(changes: Partial<Cdr> = {}): Cdr {
  return { ...normalise(byAcctid(81), 'pbx1'), ...changes };
}

function cellOf(name: string, cell: string | null): RawValue {
  return cell !== null && numbers.includes(name) ? Number(cell) : cell;
}

function headerOf(line: string): [string, string] {
  const at = line.indexOf(': ');
  return [line.slice(0, at).toLowerCase(), line.slice(at + 2)];
}
