// What a slice of classify.ts changes, told record by record: what the rules say otherwise, and what their calls say otherwise because
// of it. Below what people corrected. Pure.
import type { Cdr, Derived, InCall, StoredCdr } from '../cdr/cdr.ts';
import { restOf, withCallCompany } from '../cdr/callcompany.ts';
import { propertiesInCall } from '../cdr/properties.ts';
import { companyKey } from '../cdr/query.ts';

type Word = string | true | null;
export type FactChanges = Record<string, { before: Word; after: Word }>;

/** A record that changes, as it is then, and each of its facts that does; at least one. */
export interface Reclassified {
  cdr: StoredCdr;
  changes: FactChanges;
}

/** What the rules say of a record (`own`), and its call. */
export interface Told {
  own: Derived;
  inCall: InCall;
  custom: Cdr['custom'];
}

/** By the facts that readers see; what only lies beneath them counts where none of these changes. */
export function changesOf(was: Told, is: Told): FactChanges {
  const seen = differences(seenIn(was), seenIn(is));
  if (Object.keys(seen).length > 0) return seen;
  return { ...differences(wordsIn(was.inCall), wordsIn(is.inCall)), ...ownChanges(was.own, is.own) };
}

/** What the rules alone say otherwise. */
export function ownChanges(was: Derived, is: Derived): FactChanges {
  return differences(factsIn(was), factsIn(is));
}

type Facts = Readonly<Record<string, Word | undefined>>;

/** Properties of the record's own, or where it has none, or an empty one, those of its call. */
function seenIn({ own, inCall, custom }: Told): Facts {
  const sides = withCallCompany({ ...own, inCall });
  const ownWords = Object.entries(own.properties).filter(([name, value]) => value || !(name in inCall));
  const told = (inCall.told?.split(' ') ?? []).map((name) => [name, custom[name] ?? null] as const);
  const properties = { ...propertiesInCall(restOf(inCall)), ...Object.fromEntries(ownWords) };
  return { ...factsIn({ ...sides, properties }), ...Object.fromEntries(told) };
}

function wordsIn({ told, ...words }: InCall): Facts {
  return { ...words, told };
}

function factsIn({ company, target, extension, peerExtension, direction, properties }: Derived): Facts {
  return { company, target, extension, peer_extension: peerExtension, direction, ...restOf(properties) };
}

function differences(was: Facts, is: Facts): FactChanges {
  const changes: FactChanges = {};
  for (const name of new Set([...Object.keys(is), ...Object.keys(was)])) {
    const [before, after] = [was[name] ?? null, is[name] ?? null];
    if (keyOf(name, before) !== keyOf(name, after)) changes[name] = { before, after };
  }
  return changes;
}

/** A company is known by its key; its spelling is the store's. */
function keyOf(name: string, word: Word): Word {
  return typeof word === 'string' && (name === 'company' || name === 'target') ? companyKey(word) : word;
}
