// Which sources have shown a record, when, as which of their rows, which of its fields they told and what that did. Pure.
import type { Cdr, Micros } from './cdr.ts';
import { texts } from './fields.ts';

/** How a row was found to be its record (identity.ts); `new`: it was the first; `unknown`: before this was kept. */
export const rules = ['new', 'row', 'sequence', 'content', 'hour', 'zone', 'changed', 'former', 'unknown'] as const;
export type Rule = (typeof rules)[number];

/** How a source names one of its rows. */
export interface RowMark {
  /** `EPOCH:ID` by the id column of a table; the epoch counts how often the table was made anew. */
  key?: string;
  /** This is the n-th (from 0) of the rows that are equal in everything, in a file that may be read again. */
  nth?: number;
  /** Digest of the text that the row is in a file, as 32 hex digits: a reject of it is known by it, a record never. */
  line?: string;
}

/**
 * What a word of a further sight did: the first, its kind was unknown; cut; told by nobody else; a surer clock's; more trusted; of
 * equals the newer; not believed, and kept beside the record; its source had said otherwise. See merge.ts.
 */
export const ways = ['filled', 'whole', 'changed', 'surer', 'trusted', 'newer', 'kept', 'agreed'] as const;
export type Way = (typeof ways)[number];

export type Word = string | number | null;

export interface Effect {
  /** `custom.NAME` for a custom one. */
  field: string;
  way: Way;
  /** What the source says. The record has it since, unless the way is `kept`; `agreed`: it had it before. */
  said: Word;
  /** What the record had; `agreed`: what the source said before. Times in Micros. */
  before: Word;
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
  /** What its rows did to the record after the first sight of all, oldest first; null: before this was kept. */
  effects: readonly (Effect & { at: Micros })[] | null;
  /** Older effects that had no room. */
  dropped: number;
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
  if (cdr.isBillsecMade) told -= bitOf.get('billsec')!;
  for (const name in cdr.custom) if (cdr.custom[name] !== '') return told + customBit;
  return told;
}

/** Longest word kept with an effect, in characters; what is left out stands as "…". */
const wordMax = 255;
/** Longest list of effects of one source, in characters as stored: MariaDB's TEXT holds 64 KiB, all sources of a record together. */
const effectsMax = 4000;

/** The sight with more effects; of too many the oldest are dropped. */
export function withEffects(sight: Sight, effects: readonly Effect[], at: Micros): Sight {
  if (effects.length === 0) return sight;
  const kept = [...(sight.effects ?? []), ...effects.map((effect) => ({ ...effect, ...shortened(effect), at }))];
  if (kept.reduce((sum, effect) => sum + mostOf(effect), 0) <= effectsMax) return { ...sight, effects: kept };
  const sizes = kept.map((effect) => JSON.stringify(toKept(effect, sight.at)).length + 1);
  let [size, first] = [sizes.reduce((sum, one) => sum + one, 0), 0];
  while (size > effectsMax && first < kept.length - 1) size -= sizes[first++]!;
  return { ...sight, effects: kept.slice(first), dropped: sight.dropped + first };
}

/** No effect is longer as stored: a character takes six at most. */
function mostOf({ field, said, before }: Effect): number {
  const lengthOf = (word: Word) => (typeof word === 'string' ? 6 * word.length : 20);
  return 60 + 6 * field.length + lengthOf(said) + lengthOf(before);
}

function shortened({ said, before }: Effect): Pick<Effect, 'said' | 'before'> {
  const short = (word: Word) =>
    typeof word === 'string' && word.length > wordMax ? `${word.slice(0, wordMax - 1).toWellFormed()}…` : word;
  return { said: short(said), before: short(before) };
}

/** The kind of a source, which is the end of its name: `pbx1/table`. */
export function kindIn(source: string): string {
  return source.slice(source.lastIndexOf('/') + 1);
}

export function sightOf({ sights }: { sights: readonly Sight[] }, source: string): Sight | undefined {
  return sights.find((sight) => sight.source === source);
}

/** Whether its last sight had a value of the field; of a custom one, whether of any. */
export function hasTold({ told }: Sight, field: string): boolean {
  return (told & (bitOf.get(field.startsWith('custom.') ? 'custom' : field) ?? 0)) !== 0;
}

/** Whose word the record has of a field: who set it last, or the first of all; undefined where that was not kept. */
export function tellerOf(sights: readonly Sight[], field: string): Sight | undefined {
  if (sights.some(({ effects, dropped }) => effects === null || dropped > 0)) return undefined;
  const isSet = (did: Effect) => did.field === field && did.way !== 'kept' && did.way !== 'agreed';
  const setters = sights.flatMap((sight) => (sight.effects ?? []).filter(isSet).map(({ at }) => ({ sight, at })));
  return setters.sort((a, b) => a.at - b.at).at(-1)?.sight ?? sights.find(({ rule }) => rule === 'new');
}

type KeptEffect = [after: Micros, field: string, way: Way, said: Word, before?: Word];
type Kept = [string, Micros, Rule, number, string | null, number | null, KeptEffect[]?, number?];

/** Its time is that since the first sight of the source; what was unknown before is most often null. */
function toKept({ field, way, said, before, at }: Effect & { at: Micros }, first: Micros): KeptEffect {
  return before === null ? [at - first, field, way, said] : [at - first, field, way, said, before];
}

/** As a store keeps them, in the order of their coming. */
export function writeSights(sights: readonly Sight[]): string {
  const kept = sights.map(({ source, at, rule, told, key, nth, effects, dropped }): Kept => {
    const head: Kept = [source, at, rule, told, key, nth];
    if (effects === null) return head;
    head.push(effects.map((effect) => toKept(effect, at)));
    if (dropped > 0) head.push(dropped);
    return head;
  });
  return JSON.stringify(kept);
}

/** Until migration 0005 there were only the names, between spaces: nobody knows what each had told. */
export function readSights(text: string): Sight[] {
  if (!text.startsWith('[')) {
    const names = text.split(' ').filter(Boolean);
    return names.map((source) => ({
      ...{ source, at: 0, rule: 'unknown', told: everyBit, key: null, nth: null },
      ...{ effects: null, dropped: 0 },
    }));
  }
  return (JSON.parse(text) as Kept[]).map(([source, at, rule, told, key, nth, effects, dropped = 0]) => ({
    ...{ source, at, rule, told, key, nth, dropped },
    effects:
      effects?.map(([after, field, way, said, before = null]) => ({ at: at + after, field, way, said, before })) ??
      null,
  }));
}
