// What readers may ask for, and the one predicate that says whether a record is part of an answer. Its twin in SQL is store/where.ts.
import type { Direction, Disposition, Micros, StoredCdr } from './cdr.ts';
import type { ColumnFilter } from './columns.ts';
import { holds, type Readings } from './filtertree.ts';
import { tagKey } from './overlay.ts';
import { concerns, isVisible, type Within } from './wall.ts';
import { splitWords } from './words.ts';

export { companyKey, isVisible, type Within } from './wall.ts';

/** Conditions that all must hold. */
export interface Conditions {
  /** Calling or called company, without case. */
  company?: string;
  /** Either party. */
  extension?: string;
  system?: string;
  disposition?: Disposition;
  direction?: Direction;
  src?: string;
  dst?: string;
  /** What src or dst begins with. */
  prefix?: string;
  linkedid?: string;
  uniqueid?: string;
  /** Start of the record, `from` inclusive, `until` exclusive. */
  from?: Micros;
  until?: Micros;
  /** Whole seconds, both inclusive. */
  minDuration?: number;
  maxDuration?: number;
  /** Without case. */
  tag?: string;
  /** Words, each the beginning of a word of the record (words.ts). */
  text?: string;
}

/** A tree: the node's own conditions, all of `and`, one of `or` and not `not` must hold; an empty node holds for every record. */
export interface CdrFilter extends Conditions {
  and?: readonly CdrFilter[];
  or?: readonly CdrFilter[];
  not?: CdrFilter;
}

export const orders = ['id', '-id', 'start', '-start'] as const;
/** By id, or by start and then id; `-` begins with the newest. */
export type Order = (typeof orders)[number];

/** A place in an order: an id, or where the order is by start, a start and the id that breaks ties. */
export type Place = number | { start: Micros; id: number };

export interface CdrQuery extends CdrFilter {
  within: Within;
  /** Tests of single columns that must hold too; lists only. */
  columns?: ColumnFilter;
  /** `id` when absent. */
  order?: Order;
  /** Only what comes after this place in the order. */
  after?: Place;
  /** Only what comes before it: those nearest to it, in the order too. */
  before?: Place;
  limit: number;
  /** Records as their sources told them, the hidden ones too; filters and the wall still look at what everyone sees. */
  raw?: boolean;
}

/** The facts by which records are filtered and walled; a change that moves them is kept with the change. */
export type Facts = Pick<StoredCdr, (typeof factNames)[number]> & {
  /** Numbers and names are forgotten: a filter by them may have held (`forgotten`). */
  erased?: true;
  /** A tag is forgotten, too: a filter by any tag may have held. */
  untagged?: true;
};
const factNames = [
  'system',
  'company',
  'target',
  'extension',
  'peerExtension',
  'disposition',
  'direction',
  'src',
  'dst',
  'linkedid',
  'uniqueid',
  'start',
  'duration',
  'tags',
  'words',
  'hidden',
] as const satisfies readonly (keyof StoredCdr)[];

export function factsOf(cdr: Facts): Facts {
  return Object.fromEntries(factNames.map((name) => [name, cdr[name]])) as unknown as Facts;
}

/** What stays of the facts of a change when the people in the record are forgotten: who could see it. `isGone`: a tag that goes, too. */
export function erasedFacts<F extends Partial<Facts>>(
  facts: F,
  isGone: (tag: string) => boolean,
): F & { erased: true } {
  const rest: F & { erased: true } = { ...facts, src: null, dst: null, words: null, erased: true };
  if (!facts.tags?.some(isGone)) return rest;
  return { ...rest, tags: facts.tags.filter((tag) => !isGone(tag)), untagged: true };
}

/** Conditions that look at what `erasedFacts` leaves out. */
const forgotten = new Set<keyof Conditions>(['src', 'dst', 'prefix', 'text']);
const forgottenWithTags = new Set<keyof Conditions>([...forgotten, 'tag']);

/** Whether a record is part of what a reader asked for. A hidden one never is. */
export function matches(facts: Facts, filter: CdrFilter, within: Within): boolean {
  return (
    !facts.hidden &&
    isVisible(facts, within) &&
    holds(facts, filter, readings, facts.untagged ? forgottenWithTags : forgotten)
  );
}

/** The compiler asks for every condition; so does its twin in store/where.ts. */
const readings: Readings<Facts, Conditions> = {
  company: (facts, handle) => concerns(facts, handle),
  extension: (facts, extension) => [facts.extension, facts.peerExtension].includes(extension),
  system: (facts, system) => facts.system === system,
  disposition: (facts, disposition) => facts.disposition === disposition,
  direction: (facts, direction) => facts.direction === direction,
  src: (facts, src) => facts.src === src,
  dst: (facts, dst) => facts.dst === dst,
  prefix: ({ src, dst }, prefix) => [src, dst].some((number) => number?.startsWith(prefix)),
  linkedid: (facts, linkedid) => facts.linkedid === linkedid,
  uniqueid: (facts, uniqueid) => facts.uniqueid === uniqueid,
  from: (facts, from) => facts.start >= from,
  until: (facts, until) => facts.start < until,
  minDuration: (facts, seconds) => facts.duration >= seconds,
  maxDuration: (facts, seconds) => facts.duration <= seconds,
  tag: ({ tags }, tag) => tags.some((other) => tagKey(other) === tagKey(tag)),
  text: ({ words }, text) => words !== null && splitWords(text).every((word) => words.includes(` ${word}`)),
};

export const conditionNames = Object.keys(readings) as (keyof Conditions)[];
