// What rules may set: the facts of a record, the three steps in which they are worked out, and the words some of them are bound to.
import { directions, type PropertyName } from '../cdr/cdr.ts';

/**
 * First who stands on either side, then whose call it is, then the properties of IPCortex's records. A rule may look at facts of
 * earlier steps, and at those of its own step that a rule before it sets.
 */
export const steps = [
  [
    ...['caller_number', 'caller_kind', 'caller_ext', 'caller_company', 'caller_trunk'],
    ...['called_number', 'called_kind', 'called_ext', 'called_company', 'called_trunk'],
  ],
  ['company', 'target', 'extension', 'peer_extension', 'direction', 'trunk', 'trunk_out'],
  [
    ...['src_ext', 'dial_short', 'dial_full', 'bill_to', 'xfer', 'auth'],
    ...['is_ivr', 'is_park', 'is_pick', 'is_auth', 'is_bounce'],
  ],
] as const;

/** Every fact by its place in a run. */
export const factNames: readonly string[] = steps.flat();
const places = new Map(factNames.map((name, place) => [name, place]));

/** undefined: there is no such fact. */
export function factAt(name: string): number | undefined {
  return places.get(name);
}

/** 0 to 2. */
export function stepOf(name: string): number {
  return steps.findIndex((names: readonly string[]) => names.includes(name));
}

/**
 * Where a party stands. extension: inside; trunk: outside, or the line there; local: a Local channel, of which nobody knows more;
 * app: the PBX itself.
 */
export const kinds = ['extension', 'trunk', 'local', 'app'] as const;

/** All values that a fact can have; null: any text. */
export function wordsOf(fact: string): readonly string[] | null {
  if (fact === 'direction') return directions;
  if (fact.endsWith('_kind')) return kinds;
  return fact.startsWith('is_') ? ['true'] : null;
}

/** As an account code (channel.h, AST_MAX_ACCOUNT_CODE is 80) or a table's column has it; a longer text is no fact. */
export const factMax = 255;

/** The value as it is kept; null: this is no value of that fact. */
export function valueOf(fact: string, text: string): string | null {
  const value = text.trim();
  if (value === '' || value.length > factMax) return null;
  if (fact.startsWith('is_')) return /^(1|true|yes|on)$/i.test(value) ? 'true' : null;
  const words = wordsOf(fact);
  return words === null || words.includes(value) ? value : null;
}

/** Facts that are properties of the same name. */
export const propertyFacts: readonly PropertyName[] = ['trunk', 'trunk_out', ...steps[2]] as readonly PropertyName[];
