// From what a driver returns to plain cells: no Buffer, Date, bigint or object leaves this room. Pure.
import type { Column, TableRow } from './reader.ts';

type Cell = TableRow[string];

/** The very object of the driver where nothing is to be made of it: of mysql2, nearly always. Nobody else may hold it. */
export function toRow(raw: Record<string, unknown>, types: ReadonlyMap<string, string>): TableRow {
  if (isPlain(raw)) return raw;
  const row = Object.create(null) as TableRow;
  for (const [name, value] of Object.entries(raw)) {
    const column = name.toLowerCase();
    row[column] = toCell(value, types.get(column));
  }
  return row;
}

export function typesOf(columns: readonly Column[]): Map<string, string> {
  return new Map(columns.map(({ name, type }) => [name, type]));
}

/** Whether it is a row of cells by lower-cased names, without a prototype, as it came. */
function isPlain(raw: Record<string, unknown>): raw is TableRow {
  if (Object.getPrototypeOf(raw) !== null) return false;
  for (const name in raw) {
    const value = raw[name];
    const isCell = typeof value === 'string' || value === null || (typeof value === 'number' && Number.isFinite(value));
    if (!isCell || (upperCase.test(name) && name !== name.toLowerCase())) return false;
  }
  return true;
}

/** What `toLowerCase` may change; most names are plain, and asked quickly. */
const upperCase = /[^a-z0-9_]/;

function toCell(value: unknown, type: string | undefined): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (Buffer.isBuffer(value)) return type?.startsWith('bit') ? bitsOf(value) : value.toString('utf8');
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  return JSON.stringify(value);
}

/** BIT(n) comes as big-endian bytes. */
function bitsOf(value: Buffer): string {
  return value.length === 0 ? '0' : BigInt(`0x${value.toString('hex')}`).toString();
}
