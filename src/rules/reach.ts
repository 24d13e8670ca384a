// Rules that can never hit: what they ask for cannot be, or a rule before them has set all they would set. Only what is certain is told.
import type { Said } from './compile.ts';
import type { Test } from './condition.ts';
import { dispositions } from '../cdr/cdr.ts';
import { contrary } from './contrary.ts';
import { factAt, valueOf, wordsOf } from './facts.ts';
import { givenFields, neverAsked } from './never.ts';
import type { RuleFault } from './rule.ts';
import type { Run } from './run.ts';
import { noTables, storeTables, type StoreTable } from './tables.ts';

/** All rules in the order in which they are tried, once for each step; `unread`: facts that a rule with a fault sets. */
export function unreachable(
  said: readonly Said[],
  systems: readonly string[],
  unread: ReadonlySet<string>,
): (RuleFault & { origin: string })[] {
  return said.flatMap((one, at) => {
    const before = said.slice(0, at);
    const why = impossible(one, systems) ?? shadow(one, before) ?? contrary(one, before, unread);
    return why === null ? [] : [{ at: one.rule.at, origin: one.rule.origin, message: `can never hit: ${why}` }];
  });
}

function impossible({ rule, tests }: Said, systems: readonly string[]): string | null {
  for (const [name, given] of rule.when) {
    if (Array.isArray(given) && given.length === 0) return `${name} is asked to be one of none`;
    const never = neverAsked(name, given);
    if (never !== null) return `${name} is never ${never}`;
    const words = name === 'disposition' ? dispositions : name === 'system' ? systems : wordsOf(name);
    const test = tests.get(name);
    if (words === null || words.length === 0 || !test || asksStore(given)) continue;
    const absent = givenFields.includes(name) ? [] : [undefined];
    const holds = [...words, ...absent].some((word) => test(runWith(name, word)));
    if (!holds) return `${name} is never ${JSON.stringify(given)}, but one of ${words.join(', ')}`;
  }
  return null;
}

/** A record of which one thing is known, whatever kind of thing the name is of. */
export function runWith(name: string, text: string | undefined): Run {
  const [, key = name] = /^(?:properties|userfield|custom)\.(.*)$/.exec(name) ?? [];
  const known = text === undefined ? {} : { [key]: text };
  const facts: (string | undefined)[] = [];
  const place = factAt(name);
  if (place !== undefined) facts[place] = text;
  const told = { properties: known, pairs: known, peer: text ?? null, dstpeer: text ?? null };
  return { ...told, cdr: { [name]: text ?? null, custom: known }, facts, tables: noTables } as unknown as Run;
}

/** What stands in a table of the store changes while the daemon runs. */
export function asksStore(given: unknown): boolean {
  const { in: table, not } = (typeof given === 'object' && given !== null ? given : {}) as {
    in?: string;
    not?: unknown;
  };
  return not === undefined ? storeTables.includes(table as StoreTable) : asksStore(not);
}

/** Every fact it sets is set for certain by a rule before it, wherever it would hit. */
function shadow({ rule, sets }: Said, before: readonly Said[]): string | null {
  const names = new Set<string>();
  for (const fact of sets.keys()) {
    const earlier = before.find((one) => surelySets(one, fact) && isImplied(one, rule.when));
    if (!earlier) return null;
    names.add(`"${earlier.rule.name}"`);
  }
  return `${[...names].join(' and ')} before it ${names.size > 1 ? 'have' : 'has'} set ${[...sets.keys()].join(', ')} wherever this one would`;
}

/** A constant is always there, and so is a field that the rule asks to be one of some texts. */
function surelySets({ sets, rule }: Said, fact: string): boolean {
  const template = sets.get(fact);
  if (!template) return false;
  if (template.constant !== null) return true;
  const texts = template.alone === null ? null : textsOf(rule.when.get(template.alone));
  return texts?.every((text) => typeof text === 'string' && valueOf(fact, text) !== null) === true;
}

/** Whether the conditions of `later` hold only where those of `earlier` do. */
function isImplied({ rule, tests }: Said, later: ReadonlyMap<string, unknown>): boolean {
  return [...rule.when].every(
    ([name, given]) => later.has(name) && covers(name, given, tests.get(name), later.get(name)),
  );
}

function covers(name: string, wide: unknown, test: Test | undefined, narrow: unknown): boolean {
  if (JSON.stringify(wide) === JSON.stringify(narrow)) return true;
  const texts = textsOf(narrow);
  // Each of the few texts that it may be is tried; an empty one may also not be there.
  const tried = texts?.flatMap((text) => (text === '' ? ['', undefined] : [String(text)]));
  if (tried) return test !== undefined && !asksStore(wide) && tried.every((text) => test(runWith(name, text)));
  const [a, b] = [wide, narrow] as { prefix?: unknown; from?: number; to?: number }[];
  if (typeof a?.prefix === 'string') return typeof b?.prefix === 'string' && b.prefix.startsWith(a.prefix);
  if (a?.from === undefined && a?.to === undefined) return false;
  if (b?.from === undefined && b?.to === undefined) return false;
  return (a.from ?? -Infinity) <= (b.from ?? -Infinity) && (a.to ?? Infinity) >= (b.to ?? Infinity);
}

/** null: it asks for something else than one of some texts. */
export function textsOf(given: unknown): readonly unknown[] | null {
  if (typeof given === 'string') return [given];
  return Array.isArray(given) ? (given as unknown[]) : null;
}
