// From what a driver returns to plain cells: no Buffer, Date, bigint or object leaves this room. Pure.
import type { Column, TableRow } from './reader.ts';

type Cell = TableRow[string];

/** The rows of one answer: the driver's own objects where nothing is to be made of them. Nobody else may hold these. */
export function toRows(raws: readonly Record<string, unknown>[], types: ReadonlyMap<string, string>): TableRow[] {
  const [first] = raws;
  if (first === undefined) return [];
  const names = Object.keys(first);
  const isBare =
    hasNothing(Object.getPrototypeOf(first) as object | null) && names.every((name) => name === name.toLowerCase());
  return raws.map((raw) => (isBare && isPlain(raw, names) ? raw : toRow(raw, types)));
}

/** Rows of mysql2 have an empty prototype of their own: no name is there that no column has. */
function hasNothing(prototype: object | null): boolean {
  return prototype === null || (Object.getPrototypeOf(prototype) === null && Reflect.ownKeys(prototype).length === 0);
}

function isPlain(raw: Record<string, unknown>, names: readonly string[]): raw is TableRow {
  for (const name of names) {
    const value = raw[name];
    const isCell = typeof value === 'string' || value === null || (typeof value === 'number' && Number.isFinite(value));
    if (!isCell) return false;
  }
  return true;
}

function toRow(raw: Record<string, unknown>, types: ReadonlyMap<string, string>): TableRow {
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
