// The values of an id column: whole numbers of up to 64 bits, which no double can hold. Pure.
import { Unavailable } from '../../errors.ts';
import type { TableRow } from './reader.ts';

/** SQLite keeps a text or a fraction in an integer column if it is told to. @throws Unavailable */
export function idIn(row: TableRow, column: string): bigint {
  const cell = row[column];
  if (/^-?\d+$/.test(String(cell))) return BigInt(cell!);
  throw new Unavailable(`${column}: ${JSON.stringify(cell)} is not a whole number, it cannot be the id column`);
}

/** As text where a double is too small: both databases compare it as a number. knex cannot tell errors with a bigint. */
export function bound(id: bigint): number | string {
  const number = Number(id);
  return Number.isSafeInteger(number) ? number : String(id);
}

export function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
