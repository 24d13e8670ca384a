// Rules that can never hit: what they ask for cannot be, or a rule before them has set all they would set. Only what is certain is told.
import type { Said } from './compile.ts';
import { dispositions, type Cdr } from '../cdr/cdr.ts';
import { factAt, valueOf, wordsOf } from './facts.ts';
import type { RuleFault } from './rule.ts';
import { Run } from './run.ts';
import { noTables } from './tables.ts';

/** All rules in the order in which they are tried, once for each step. */
export function unreachable(said: readonly Said[]): (RuleFault & { origin: string })[] {
  return said.flatMap((one, at) => {
    const why = impossible(one) ?? shadow(one, said.slice(0, at));
    return why === null ? [] : [{ at: one.rule.at, origin: one.rule.origin, message: `can never hit: ${why}` }];
  });
}

function impossible({ rule, tests }: Said): string | null {
  for (const [name, given] of rule.when) {
    if (Array.isArray(given) && given.length === 0) return `${name} is asked to be one of none`;
    const words = name === 'disposition' ? dispositions : wordsOf(name);
    const test = tests.get(name);
    if (words === null || !test) continue;
    const holds = [...words, undefined].some((word) => test(runWith(name, word)));
    if (!holds) return `${name} is never ${JSON.stringify(given)}, but one of ${words.join(', ')}`;
  }
  return null;
}

function runWith(name: string, word: string | undefined): Run {
  const run = new Run({ disposition: word } as unknown as Cdr, noTables);
  const place = factAt(name);
  if (place !== undefined) run.facts[place] = word;
  return run;
}

/** Every fact it sets is set for certain by a rule before it, wherever it would hit. */
function shadow({ rule, sets }: Said, before: readonly Said[]): string | null {
  const names = new Set<string>();
  for (const fact of sets.keys()) {
    const earlier = before.find((one) => surelySets(one, fact) && isImplied(one.rule.when, rule.when));
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
function isImplied(earlier: ReadonlyMap<string, unknown>, later: ReadonlyMap<string, unknown>): boolean {
  return [...earlier].every(([name, given]) => later.has(name) && covers(given, later.get(name)));
}

function covers(wide: unknown, narrow: unknown): boolean {
  if (JSON.stringify(wide) === JSON.stringify(narrow)) return true;
  const texts = textsOf(narrow);
  const all = textsOf(wide);
  if (all && texts) return texts.every((text) => all.includes(text));
  const [a, b] = [wide, narrow] as { prefix?: unknown; from?: number; to?: number }[];
  if (typeof a?.prefix === 'string') {
    const { prefix } = a;
    if (texts) return texts.every((text) => typeof text === 'string' && text.startsWith(prefix));
    return typeof b?.prefix === 'string' && b.prefix.startsWith(prefix);
  }
  if (a?.from === undefined && a?.to === undefined) return false;
  if (b?.from === undefined && b?.to === undefined) return false;
  return (a.from ?? -Infinity) <= (b.from ?? -Infinity) && (a.to ?? Infinity) >= (b.to ?? Infinity);
}

function textsOf(given: unknown): readonly unknown[] | null {
  if (typeof given === 'string') return [given];
  return Array.isArray(given) ? (given as unknown[]) : null;
}
