// Reading the parts of a body: what is null counts as not there, and faults are told by field.
import { found } from '../../validate.ts';

/** Faults are added to; what was read of a field that has one means nothing. */
export type Tell = (field: string, message: string) => void;

export const textMax = 255;

export function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function listOf(value: unknown, field: string, most: number, tell: Tell): unknown[] {
  if (!isThere(value)) return [];
  if (!Array.isArray(value)) tell(field, `${found(value)} is not a list`);
  else if (value.length > most) tell(field, `a list of ${value.length} is not a list of up to ${most}`);
  else return value;
  return [];
}

/** '' where nothing is there. */
export function textOf(value: unknown, field: string, tell: Tell): string {
  if (!isThere(value)) return '';
  if (typeof value === 'string' && value.length <= textMax) return value;
  tell(field, `${found(value)} is not a text of up to ${textMax} characters`);
  return '';
}

/** The first of `known` where nothing is there. */
export function wordOf<Word extends string>(value: unknown, field: string, known: readonly Word[], tell: Tell): Word {
  const word = isThere(value) && value !== '' ? known.find((one) => one === value) : known[0];
  if (word === undefined) tell(field, `${found(value)} is not one of ${known.join(', ')}`);
  return word ?? known[0]!;
}
