// The filter of records as clients write it, as JSON or as single parameters, to a CdrFilter. Every limit names itself when it is reached.
import type { ValidateFunction } from 'ajv';
import { Type, type Static, type TObject, type TProperties } from 'typebox';
import { directions, dispositions, type Micros } from '../cdr/cdr.ts';
import type { CdrFilter, Conditions } from '../cdr/query.ts';
import { boundsOf, isDay, parseIso } from '../cdr/time.ts';
import { splitWords } from '../cdr/words.ts';
import { ClientError, type Fault } from '../errors.ts';
import { faultsOf, found, newValidator, sentenceOf, wellFormed } from './validate.ts';

export const filterLimits = {
  /** Nodes inside each other, the outermost included. */
  depth: 8,
  /** Parts of one `and` or `or`. */
  parts: 50,
  /** Nodes of the whole tree. */
  nodes: 200,
  /** Of a search for words: what it may look through, and for how many words. */
  textDays: 366,
  textWords: 8,
};

export const text = (description: string, maxLength = 255) =>
  Type.Optional(Type.String({ minLength: 1, maxLength, description }));
export const seconds = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description }));

/** `lead`: of what. */
export const words = (lead = '') =>
  text(
    `${lead}beginnings of words of clid, src, dst, userfield and note, at most ${filterLimits.textWords} words; needs from and to, at most ${filterLimits.textDays} days apart`,
  );

/** The conditions by the names clients use; the same in JSON and in a query string. */
export const conditionSchemas = {
  from: text('start of the record not before this time: RFC 3339, or a day (UTC) like 2026-11-22'),
  to: text('start of the record before this time, or before this day'),
  company: text('handle of the calling or the called company, compared without case'),
  extension: text('calling or called extension'),
  system: text('name of the Asterisk'),
  disposition: Type.Optional(Type.Enum([...dispositions], { description: 'how it ended' })),
  direction: Type.Optional(Type.Enum([...directions], { description: 'records of an unknown direction have none' })),
  src: text('src, exactly'),
  dst: text('dst, exactly'),
  prefix: text('what src or dst begins with'),
  linkedid: text('linkedid, exactly'),
  uniqueid: text('uniqueid, exactly'),
  min_duration: seconds('at least so many seconds from start to end'),
  max_duration: seconds('at most so many seconds from start to end'),
  tag: text('one of its tags, compared without case', 64),
  text: words(),
};
type GivenConditions = Static<Type.TObject<typeof conditionSchemas>>;

/** What stands for a filter in a schema: Ajv takes anything there, `readFilter` judges it, the documents show FilterShape. */
export const AnyFilter = Type.Unknown({ title: 'Filter' });

/** For the documents; it stands in itself by its title. */
export const FilterShape = Type.Object(
  {
    ...conditionSchemas,
    and: Type.Optional(partsShape('all of these hold')),
    or: Type.Optional(partsShape('one of these holds')),
    not: Type.Optional(AnyFilter),
  },
  {
    additionalProperties: false,
    title: 'Filter',
    description:
      `What stands in one {…} must all hold; {} holds for every record. At most ${filterLimits.depth} inside each other, ` +
      `${filterLimits.parts} parts of one and/or, ${filterLimits.nodes} in all. A condition on what a record does not know does not hold.`,
  },
);

function partsShape(description: string) {
  return Type.Array(AnyFilter, { minItems: 1, maxItems: filterLimits.parts, description });
}

/** A filter as clients write it. */
export interface GivenFilter extends GivenConditions {
  and?: GivenFilter[];
  or?: GivenFilter[];
  not?: GivenFilter;
}

/** A tree of conditions. */
interface Tree<Conditions> {
  and?: readonly (Conditions & Tree<Conditions>)[];
  or?: readonly (Conditions & Tree<Conditions>)[];
  not?: Conditions & Tree<Conditions>;
}

/** Reads trees of these conditions in JSON, parsed; `read` is told what stands before names in faults. */
export function newFilterReader<Schemas extends TProperties, Read extends object>(
  schemas: Schemas,
  read: (given: Static<TObject<Schemas>>, prefix: string) => Read,
): (given: unknown, field?: string) => Read & Tree<Read> {
  const part = Type.Optional(Type.Unknown());
  const node = Type.Object({ ...schemas, and: part, or: part, not: part }, { additionalProperties: false });
  const isNode = newValidator({ coerceTypes: false }).compile(node);
  return (given, field = 'filter') => readNode({ isNode, read: read as never }, given, field, 1, { nodes: 0 }) as never;
}

/** A filter in JSON, parsed. Call `checkText` on the whole of what is asked for. @throws ClientError 400 */
export const readFilter: (given: unknown, field?: string) => CdrFilter = newFilterReader(
  conditionSchemas,
  toConditions,
);

interface NodeReader {
  isNode: ValidateFunction;
  read: (given: object, prefix: string) => object;
}

function readNode(
  reader: NodeReader,
  given: unknown,
  field: string,
  depth: number,
  count: { nodes: number },
): Tree<object> {
  const { isNode, read } = reader;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw fault(field, `${found(given)} is not a filter like {"company":"acme"}`);
  }
  if (depth > filterLimits.depth)
    throw fault(field, `lies deeper than ${filterLimits.depth} filters inside each other`);
  count.nodes += 1;
  if (count.nodes > filterLimits.nodes)
    throw fault(field, `is one filter more than the ${filterLimits.nodes} that may be inside one`);
  if (!isNode(given)) {
    const faults = faultsOf(isNode.errors ?? []).map(({ field: name, message }) => ({
      field: name ? `${field}.${name}` : field,
      message,
    }));
    throw new ClientError(400, sentenceOf(faults), faults);
  }
  const { and, or, not, ...conditions } = given as Record<string, unknown>;
  const list = (parts: unknown, name: string) => readParts(reader, parts, `${field}.${name}`, depth, count);
  return {
    ...read(conditions, `${field}.`),
    ...(and === undefined ? {} : { and: list(and, 'and') }),
    ...(or === undefined ? {} : { or: list(or, 'or') }),
    ...(not === undefined ? {} : { not: readNode(reader, not, `${field}.not`, depth + 1, count) }),
  };
}

function readParts(
  reader: NodeReader,
  given: unknown,
  field: string,
  depth: number,
  count: { nodes: number },
): Tree<object>[] {
  if (!Array.isArray(given)) throw fault(field, `${found(given)} is not a list of filters`);
  if (given.length === 0) throw fault(field, `has no part, expected 1 to ${filterLimits.parts}`);
  if (given.length > filterLimits.parts) {
    throw fault(field, `has ${given.length} parts, expected 1 to ${filterLimits.parts}`);
  }
  return given.map((part, at) => readNode(reader, part, `${field}.${at}`, depth + 1, count));
}

/** Conditions whose shape is checked already; `prefix` stands before the names in faults. @throws ClientError 400 */
export function toConditions(given: GivenConditions, prefix = ''): Conditions {
  const { from, to, min_duration, max_duration, ...same } = given;
  if (same.text !== undefined) checkWords(same.text, `${prefix}text`);
  const conditions = {
    ...same,
    from: from === undefined ? undefined : instantOf(`${prefix}from`, from),
    until: to === undefined ? undefined : instantOf(`${prefix}to`, to),
    minDuration: min_duration,
    maxDuration: max_duration,
  };
  const known = Object.entries(conditions).filter(([, value]) => value !== undefined);
  return wellFormed(Object.fromEntries(known));
}

/** A time, or the midnight with which a day of UTC begins. @throws ClientError 400 */
export function instantOf(field: string, text: string): Micros {
  if (isDay(text)) return boundsOf(text, 'UTC').from;
  // In a query string a literal + arrives as a space.
  const instant = parseIso(text.replace(/ (\d\d:\d\d)$/, '+$1'));
  if (instant !== undefined) return instant;
  throw fault(
    field,
    `"${text}" is not a time like 2026-11-22T03:15:29Z or 2026-11-22T04:15:29+01:00 (%2B in a URL), or a day like 2026-11-22`,
  );
}

/** Of a search for words. @throws ClientError 400 */
export function checkWords(text: string, field: string): void {
  const { length } = splitWords(text);
  if (length === 0) throw fault(field, `${found(text)} has no word`);
  if (length > filterLimits.textWords)
    throw fault(field, `has ${length} words, expected at most ${filterLimits.textWords}`);
}

interface Range {
  from: Micros;
  until: Micros;
}

/** A search for words must stand beside or inside a bounded range of time. @throws ClientError 400 */
export function checkText(filter: CdrFilter): void {
  checkNode(filter, { from: -Infinity, until: Infinity }, false);
}

function checkNode(filter: CdrFilter, outer: Range, isNegated: boolean): void {
  // Inside a `not` a range bounds nothing: what lies outside it is found too.
  const range = isNegated ? outer : narrowed(outer, filter);
  if (filter.text !== undefined && range.until - range.from > filterLimits.textDays * 86_400 * 1e6) {
    throw fault('text', `a search for words needs from and to, at most ${filterLimits.textDays} days apart`);
  }
  for (const part of [...(filter.and ?? []), ...(filter.or ?? [])]) checkNode(part, range, isNegated);
  if (filter.not) checkNode(filter.not, range, true);
}

function narrowed(range: Range, { from, until, and }: CdrFilter): Range {
  const own = { from: Math.max(range.from, from ?? -Infinity), until: Math.min(range.until, until ?? Infinity) };
  return (and ?? []).reduce(narrowed, own);
}

function fault(field: string, message: string): ClientError {
  const faults: Fault[] = [{ field, message }];
  return new ClientError(400, `${field}: ${message}`, faults);
}
