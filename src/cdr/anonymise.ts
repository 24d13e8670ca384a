// A call without the people in it: their numbers become zeros with a count at the end, the same in all of its records, so that it is the
// same call to whoever looks at its legs, outcome, times, extensions and trunks. Nobody keeps which number was which. Pure.
//
//   goes    numbers outside, names, user fields, notes, custom values, what a client kept with the record, the words of the sources
//   stays   times, disposition, applications, company, extensions, trunks, listed DIDs, ids of channels and calls, tags
//
// Of one number notes and tags with it go, whatever it is to the record: nothing is counted by them.
import { isDeepStrictEqual } from 'node:util';
import type { StoredCdr } from './cdr.ts';
import { texts } from './fields.ts';
import type { Contradictions } from './merge.ts';
import type { Overlay } from './overlay.ts';
import { deviceOf, localHalf } from './parties.ts';
import type { Sight } from './sight.ts';
import { wordsOf } from './words.ts';

export interface Erasure {
  /** Digits only; `all`: whatever is not ours. */
  numbers: 'all' | ReadonlySet<string>;
  /** Digits of listed DIDs. */
  ours: ReadonlySet<string>;
}

export interface Person {
  cdr: StoredCdr;
  overlay: Overlay | undefined;
  /** What each source said, also where it was not believed or says otherwise by now. */
  sights: readonly Sight[];
  contradictions: Contradictions;
}

/** Shorter numbers are extensions, queues and codes, unless the record itself says that they are outside. */
const longNumber = 7;
/** Of what a text may be replaced by itself, where it is no number: SIP users. */
const shortestName = 3;
/** Extensions of the dialplan itself. */
const special = /^([sithoaTe]|fax|failed|anonymous\d*|0{4,}\d*)$/;
/** What events of channels tell (live/facts.ts), and the number of the outside line. */
const keptCustom = /^(ami_|did$)/;

/** The numbers of a text, without `+`. */
export function numbersIn(text: string): string[] {
  return text.match(/\d+/g) ?? [];
}

/** Digits of a number as people write it. */
export function digitsOf(number: string): string {
  return number.replace(/[^\d]/g, '');
}

/** All records of a call, in the order given; the very same object where nothing of it goes. */
export function anonymised(people: readonly Person[], erasure: Erasure): Person[] {
  const masks = masksOf(people, erasure);
  return people.map((person) => masked(person, masks, erasure));
}

/** Whether the number stands anywhere in the record, beside it, or in what a source said of it. */
export function mentions(person: Person, numbers: ReadonlySet<string>): boolean {
  const { cdr, overlay } = person;
  const { src, dst, clid, dcontext, channel, dstchannel, lastdata, userfield, accountcode, peeraccount } = cdr;
  const words = [src, dst, clid, dcontext, channel, dstchannel, lastdata, userfield, accountcode, peeraccount];
  const extensions = [cdr.extension, cdr.peerExtension];
  const more = [cdr.custom, cdr.properties, cdr.inCall, overlay?.note, overlay?.tags, overlay?.said, overlay?.told];
  const all = [...words, ...extensions, ...wordsOfSources(person), JSON.stringify(more)];
  return all.some((text) => text && numbersIn(text).some((number) => numbers.has(number)));
}

/** Whether one of the numbers stands in what somebody wrote, a note or a tag: it goes as a whole. By age none does. */
export function tells(text: string, { numbers, ours }: Erasure): boolean {
  return numbers !== 'all' && numbersIn(text).some((number) => numbers.has(number) && !ours.has(number));
}

const textFields: ReadonlySet<string> = new Set(texts.map(({ name }) => name));

/** Of texts and custom values only: what they said of times, durations and ids is nobody's number. */
function wordsOfSources({ sights, contradictions }: Person): string[] {
  const said = Object.entries(contradictions).map(([field, words]) => ({ field, words: Object.values(words) }));
  const did = sights.flatMap(({ effects }) => effects ?? []);
  return [...said, ...did.map(({ field, said: word, before }) => ({ field, words: [word, before] }))]
    .filter(({ field }) => textFields.has(field) || field.startsWith('custom.'))
    .flatMap(({ words }) => words.filter((word) => typeof word === 'string'));
}

type Masks = ReadonlyMap<string, string>;

function masksOf(people: readonly Person[], { numbers, ours }: Erasure): Masks {
  const kept = new Set([...ours, ...people.flatMap(({ cdr }) => ownNumbers(cdr))]);
  const found = new Set<string>();
  const wanted = (number: string) => !kept.has(number) && !special.test(number);
  for (const person of people) {
    const { cdr, overlay } = person;
    // What is beneath a correction stays in the store, too.
    const laid = [overlay?.told, overlay?.said];
    const beside = [overlay?.note, JSON.stringify(overlay?.said.metadata), ...wordsOfSources(person)];
    for (const word of [
      ...textsOf(cdr),
      ...laid.flatMap((some) => [some?.src, some?.dst, some?.userfield]),
      ...(numbers === 'all' ? [] : beside),
    ]) {
      for (const number of numbersIn(word ?? '')) {
        if (!wanted(number)) continue;
        if (numbers === 'all' ? number.length >= longNumber : numbers.has(number)) found.add(number);
      }
    }
    if (numbers !== 'all') continue;
    const { direction } = cdr;
    const outside = [
      ...(direction === 'inbound' || direction === 'transit' ? [cdr.src, ...laid.map((some) => some?.src)] : []),
      ...(direction === 'outbound' || direction === 'transit' ? [cdr.dst, ...laid.map((some) => some?.dst)] : []),
    ];
    for (const word of outside) {
      if (!word) continue;
      const digits = /^\+?\d+$/.test(word) ? digitsOf(word) : null;
      if (digits !== null ? wanted(digits) : word.length >= shortestName && wanted(word)) found.add(digits ?? word);
    }
  }
  return named([...found]);
}

/** A number that ends as another one does goes on doing so: prefixes for lines are told by that. */
function named(found: readonly string[]): Masks {
  const masks = new Map<string, string>();
  const byLength = found.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));
  let count = 0;
  for (const word of byLength) {
    const isNumber = /^\d+$/.test(word);
    const end = isNumber
      ? byLength.find((other) => other.length >= 4 && other !== word && word.endsWith(other))
      : undefined;
    const tail = end === undefined ? String(++count) : masks.get(end)!;
    masks.set(word, isNumber ? tail.padStart(word.length, '0') : `anonymous${tail}`);
  }
  return masks;
}

/** Extensions, and the names of devices: of trunks, by which statistics count, and of phones. */
function ownNumbers(cdr: StoredCdr): string[] {
  const devices = [cdr.channel, cdr.dstchannel].filter((channel) => channel && !localHalf(channel)) as string[];
  const { trunk, trunk_out: out } = cdr.properties;
  const names = [cdr.extension, cdr.peerExtension, trunk, out, ...devices.map(deviceOf)];
  return names.flatMap((name) => (typeof name === 'string' ? numbersIn(name) : []));
}

/** Where numbers of people stand; of channels only Local ones, whose names are what was dialled. */
function textsOf(cdr: StoredCdr): string[] {
  const channels = [cdr.channel, cdr.dstchannel].map((channel) => localName(channel)?.[1] ?? null);
  const properties = [...Object.values(cdr.properties), ...Object.values(cdr.inCall)].filter((word) => word !== true);
  const { src, dst, clid, lastdata, userfield, accountcode, peeraccount, custom } = cdr;
  const words = [src, dst, clid, lastdata, userfield, accountcode, peeraccount, ...channels];
  return [...words, ...properties, ...Object.values(custom)].filter((text) => typeof text === 'string');
}

function localName(channel: string | null): [before: string, name: string, after: string] | null {
  const [, before, name, after] = /^(Local\/)(.+?)(@.+)$/i.exec(channel ?? '') ?? [];
  return before === undefined ? null : [before, name!, after!];
}

function masked(person: Person, masks: Masks, erasure: Erasure): Person {
  const { cdr, overlay } = person;
  const isAll = erasure.numbers === 'all';
  const over = (text: string) => masks.get(text) ?? text.replace(/\d+/g, (number) => masks.get(number) ?? number);
  const word = <T extends string | null>(text: T) => (text === null ? text : (over(text) as T));
  const channel = (text: string | null) => {
    const local = localName(text);
    return local ? `${local[0]}${over(local[1])}${local[2]}` : text;
  };
  const lastdata = (text: string | null) => {
    if (text === null) return null;
    const names = [...masks].filter(([name]) => !/^\d+$/.test(name));
    return names.reduce((some, [name, mask]) => some.replaceAll(name, mask), over(text));
  };
  const each = <T extends object>(words: T, isKept: (name: string) => boolean = () => true): T =>
    Object.fromEntries(
      Object.entries(words)
        .filter(([name]) => isKept(name))
        .map(([name, value]) => [name, typeof value === 'string' ? over(value) : (value as unknown)]),
    ) as T;
  const src = word(cdr.src);
  const isNamed = cdr.clid !== null && (isAll || over(cdr.clid) !== cdr.clid);
  const text = (value: string | null) => (isAll ? value && '' : word(value));
  const next: StoredCdr = {
    ...cdr,
    ...{ src, dst: word(cdr.dst), clid: isNamed ? (src ? `<${src}>` : '') : cdr.clid, userfield: text(cdr.userfield) },
    ...{ channel: channel(cdr.channel), dstchannel: channel(cdr.dstchannel), lastdata: lastdata(cdr.lastdata) },
    ...{ accountcode: word(cdr.accountcode), peeraccount: word(cdr.peeraccount) },
    custom: each(cdr.custom, (name) => !isAll || keptCustom.test(name)),
    properties: each(cdr.properties, (name) => !isAll || name !== 'auth'),
    inCall: each(cdr.inCall),
  };
  const laid = overlay && maskedOverlay(overlay, { word, text, isAll, over, erasure });
  const note = laid?.note ?? null;
  Object.assign(
    next,
    { note, words: wordsOf(next, note) },
    laid && { tags: laid.tags },
    laid && Object.keys(laid.said).length > 0 ? { said: laid.said } : {},
  );
  const isSame = isDeepStrictEqual([next, laid], [{ ...cdr, words: next.words }, overlay]);
  const isSaid = wordsOfSources(person).some((said) => over(said) !== said);
  if (isSame && !isSaid && !isAll) return person;
  const sights = person.sights.map(({ effects, dropped, ...sight }) => {
    return { ...sight, effects: effects && [], dropped: dropped + (effects?.length ?? 0) };
  });
  return { cdr: next, overlay: laid, sights, contradictions: {} };
}

interface Pens {
  word: <T extends string | null>(text: T) => T;
  text: (value: string | null) => string | null;
  over: (text: string) => string;
  isAll: boolean;
  erasure: Erasure;
}

function maskedOverlay(overlay: Overlay, { word, text, over, isAll, erasure }: Pens): Overlay {
  const words = <T extends { src?: string | null; dst?: string | null; userfield?: string | null }>(some: T): T => ({
    ...some,
    ...(some.src === undefined ? {} : { src: word(some.src) }),
    ...(some.dst === undefined ? {} : { dst: word(some.dst) }),
    ...(some.userfield === undefined ? {} : { userfield: text(some.userfield) }),
  });
  const { metadata, ...said } = overlay.said;
  const isMetadataKept =
    metadata !== undefined && !isAll && over(JSON.stringify(metadata)) === JSON.stringify(metadata);
  const isNoteKept = overlay.note !== null && !isAll && !tells(overlay.note, erasure);
  return {
    ...overlay,
    note: isNoteKept ? overlay.note : null,
    tags: overlay.tags.filter((tag) => !tells(tag, erasure)),
    said: { ...words(said), ...(isMetadataKept ? { metadata } : {}) },
    told: words(overlay.told),
  };
}
