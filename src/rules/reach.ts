// Rules that can never hit: what they ask for cannot be, or a rule before them has set all they would set. Only what is certain is told.
import type { Dead, Said } from './compile.ts';
import type { Test, World } from './condition.ts';
import { dispositions } from '../cdr/cdr.ts';
import { contrary } from './contrary.ts';
import { factAt, valueOf, wordsOf } from './facts.ts';
import { givenFields, neverAsked } from './never.ts';
import type { Run } from './run.ts';
import { noTables, storeTables, type StoreTable } from './tables.ts';

/** All rules in the order in which they are tried, once for each step; `unread`: facts that a rule with a fault sets. */
export function unreachable(said: readonly Said[], world: World, unread: ReadonlySet<string>): Dead[] {
  return said.flatMap((one, at) => {
    const { rule, step } = one;
    const before = said.slice(0, at);
    const why = impossible(one, world.systems ?? []) ?? shadow(one, before, unread) ?? contrary(one, before, unread);
    const isElsewhere = isOfOthers(one, world);
    return why === null && !isElsewhere ? [] : [{ rule, step, at: rule.at, why, isElsewhere }];
  });
}

/** Whether it asks for other systems than the one whose rules these are. */
export function isOfOthers({ rule, tests }: Pick<Said, 'rule' | 'tests'>, { system }: World): boolean {
  const test = tests.get('system');
  if (system === undefined || !test || asksStore(rule.when.get('system'))) return false;
  return !test(runWith('system', system));
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
  const told = { properties: known, pairs: known, peer: text ?? null, dstpeer: text ?? null, dialled: text ?? null };
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

/** Every fact it sets is set by a rule before it, wherever it would be. */
function shadow(later: Said, before: readonly Said[], unread: ReadonlySet<string>): string | null {
  const { sets } = later;
  const names = new Set<string>();
  for (const fact of sets.keys()) {
    const earlier = before.find((one, at) => {
      // A fact may come in between.
      const isSettled = (name: string) =>
        factAt(name) === undefined || !(unread.has(name) || before.slice(at).some(({ sets }) => sets.has(name)));
      return (
        isImplied(one, later, isSettled) && (surelySets(one, fact, later) || setsTheSame(one, fact, later, isSettled))
      );
    });
    if (!earlier) return null;
    names.add(`"${earlier.rule.name}"`);
  }
  return `${[...names].join(' and ')} before it ${names.size > 1 ? 'have' : 'has'} set ${[...sets.keys()].join(', ')} wherever this one would`;
}

/** A constant is always there, and so is a field that either rule asks to be one of some texts. */
function surelySets({ sets, rule }: Said, fact: string, later: Said): boolean {
  const template = sets.get(fact);
  if (!template) return false;
  if (template.constant !== null) return true;
  const { alone } = template;
  if (alone === null) return false;
  const texts =
    textsOf(rule.when.get(alone)) ?? (isField(alone, rule.when) ? textsOf(later.rule.when.get(alone)) : null);
  return texts?.every((text) => typeof text === 'string' && valueOf(fact, text) !== null) === true;
}

/** Whether both make the same text: of one field, or word for word of the same conditions. Where one gives none, so does the other. */
function setsTheSame({ sets, rule }: Said, fact: string, later: Said, isSettled: Settled): boolean {
  const template = sets.get(fact);
  if (!template || rule.set.get(fact) !== later.rule.set.get(fact)) return false;
  if (!template.reads.every(isSettled)) return false;
  const isOfOneField = [rule, later.rule].every(({ when }) => template.alone !== null && isField(template.alone, when));
  return isOfOneField || JSON.stringify([...rule.when]) === JSON.stringify([...later.rule.when]);
}

/** Whether a template's name is the field itself, not a group that a pattern on it has named alike. */
function isField(name: string, when: ReadonlyMap<string, unknown>): boolean {
  return factAt(name) === undefined && (!when.has(name) || textsOf(when.get(name)) !== null);
}

/** Whether what has this name is the same when the later rule is tried. */
type Settled = (name: string) => boolean;

/** Whether the conditions of `later` hold only where those of the earlier one did. */
function isImplied({ rule, tests }: Said, later: Said, isSettled: Settled): boolean {
  const { when } = later.rule;
  return [...rule.when].every(
    ([name, given]) =>
      when.has(name) &&
      isSettled(name) &&
      covers({ name, given, test: tests.get(name) }, { name, given: when.get(name), test: later.tests.get(name) }),
  );
}

interface Asked {
  name: string;
  given: unknown;
  test: Test | undefined;
}

function covers({ name, given: wide, test }: Asked, narrow: Asked): boolean {
  if (JSON.stringify(wide) === JSON.stringify(narrow.given)) return true;
  const tried = triedOf(narrow.given);
  if (tried) return test !== undefined && !asksStore(wide) && tried.every((text) => test(runWith(name, text)));
  const { not } = wide as { not?: unknown };
  if (not !== undefined) return excludes(narrow, not);
  const beginning = beginningOf(wide);
  if (beginning !== null) return beginningOf(narrow.given)?.startsWith(beginning) === true;
  const [a, b] = [rangeOf(wide), rangeOf(narrow.given)];
  return a !== null && b !== null && a.from <= b.from && a.to >= b.to;
}

/** Whether it never holds for what another condition asks not to be. */
function excludes({ name, given, test }: Asked, not: unknown): boolean {
  const tried = triedOf(not);
  // A table that changes may have any text but an empty one.
  if (tried)
    return test !== undefined && tried.every((text) => !(text && asksStore(given)) && !test(runWith(name, text)));
  const [one, other] = [beginningOf(not), beginningOf(given)];
  if (one !== null && other !== null) return !one.startsWith(other) && !other.startsWith(one);
  const [a, b] = [rangeOf(not), rangeOf(given)];
  return a !== null && b !== null && (a.to < b.from || b.to < a.from);
}

/** The few texts that it may be; an empty one may also not be there. null: it asks for something else. */
function triedOf(given: unknown): (string | undefined)[] | null {
  return textsOf(given)?.flatMap((text) => (text === '' ? ['', undefined] : [String(text)])) ?? null;
}

/** null: it is no range. */
function rangeOf(given: unknown): { from: number; to: number } | null {
  const { from, to } = given as { from?: number; to?: number };
  return from === undefined && to === undefined ? null : { from: from ?? -Infinity, to: to ?? Infinity };
}

/** What it asks every text to begin with, and nothing else; `^` and plain letters are that, too. null: it asks for more, or for other things. */
function beginningOf(given: unknown): string | null {
  const { prefix, match } = given as { prefix?: unknown; match?: unknown };
  if (typeof prefix === 'string') return prefix;
  return typeof match === 'string' ? (/^\^([\w/ -]+)$/.exec(match)?.[1] ?? null) : null;
}

/** null: it asks for something else than one of some texts. */
export function textsOf(given: unknown): readonly unknown[] | null {
  if (typeof given === 'string') return [given];
  return Array.isArray(given) ? (given as unknown[]) : null;
}
