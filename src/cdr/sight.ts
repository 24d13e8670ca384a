// Which sources have shown a record, when, as which of their rows, and which of its fields they told. Pure.
import type { Cdr, Micros } from './cdr.ts';
import { texts } from './fields.ts';

/** How a row was found to be its record (identity.ts); `new`: it was the first; `unknown`: before this was kept. */
export const rules = ['new', 'row', 'sequence', 'content', 'hour', 'zone', 'changed', 'unknown'] as const;
export type Rule = (typeof rules)[number];

/** How a source names one of its rows. */
export interface RowMark {
  /** `EPOCH:ID` by the id column of a table; the epoch counts how often the table was made anew. */
  key?: string;
  /** This is the n-th (from 0) of the rows that are equal in everything, in a file that may be read again. */
  nth?: number;
}

export interface Sight {
  source: string;
  /** When it first showed the record. */
  at: Micros;
  rule: Rule;
  /** The fields of which it told a value that is not empty, a bit each in the order of `toldFields`. */
  told: number;
  key: string | null;
  nth: number | null;
}

/** The fields whose values sources may tell differently; `custom` stands for all of them. */
export const toldFields = [
  ...['sequence', 'linkedid', 'start', 'answer', 'end', 'duration', 'billsec', 'disposition', 'amaflags'],
  ...texts.map(({ name }) => name),
  'custom',
] as readonly ('custom' | keyof Cdr)[];

const bits = toldFields.map((_, at) => 2 ** at);
/** The bit of a field in `told`. */
export const bitOf: ReadonlyMap<string, number> = new Map(toldFields.map((name, at) => [name, bits[at]!]));
const everyBit = 2 ** toldFields.length - 1;
const customBit = bitOf.get('custom')!;

export function toldBy(cdr: Cdr): number {
  let told = 0;
  for (let at = 0; at < toldFields.length - 1; at += 1) {
    const value = cdr[toldFields[at]!];
    if (value !== null && value !== '') told += bits[at]!;
  }
  for (const name in cdr.custom) if (cdr.custom[name] !== '') return told + customBit;
  return told;
}

export function sightOf({ sights }: { sights: readonly Sight[] }, source: string): Sight | undefined {
  return sights.find((sight) => sight.source === source);
}

/** As a store keeps them, in the order of their coming. */
export function writeSights(sights: readonly Sight[]): string {
  return JSON.stringify(sights.map(({ source, at, rule, told, key, nth }) => [source, at, rule, told, key, nth]));
}

/** Until migration 0005 there were only the names, between spaces: nobody knows what each had told. */
export function readSights(text: string): Sight[] {
  if (!text.startsWith('[')) {
    const names = text.split(' ').filter(Boolean);
    return names.map((source) => ({ source, at: 0, rule: 'unknown', told: everyBit, key: null, nth: null }));
  }
  type Kept = [string, Micros, Rule, number, string | null, number | null];
  return (JSON.parse(text) as Kept[]).map(([source, at, rule, told, key, nth]) => ({
    source,
    at,
    rule,
    told,
    key,
    nth,
  }));
}
