// What an address says and a view cannot read is left out of what is asked. Pure; parts/leftout.ts says it.
import type { Given } from './place.ts';

/** The names that a view reads from the address, and which values it understands. */
export type Rules = Readonly<Record<string, (value: string) => boolean>>;

export interface LeftOut {
  name: string;
  value: string;
}

/** `given`: what is understood of an address. A name that nobody gave, or that has no value, is nothing to speak of. */
export function readBy(rules: Rules, address: Given): { given: Given; leftOut: readonly LeftOut[] } {
  const isRead = ([name, value]: [string, string]) =>
    value === '' || (Object.hasOwn(rules, name) && rules[name]!(value));
  const pairs = Object.entries(address);
  return {
    given: Object.fromEntries(pairs.filter(isRead)),
    leftOut: pairs.filter((pair) => !isRead(pair)).map(([name, value]) => ({ name, value })),
  };
}

export const isAny = (): boolean => true;
export const isId = (value: string): boolean => /^\d{1,15}$/.test(value);
export const isOneOf =
  (words: readonly string[]) =>
  (value: string): boolean =>
    words.includes(value);
