// Whose record is it, which way did it go, and what else is to be said of it: a record and a set of rules to its facts. Pure.
import type { Cdr, Derived, Direction, Properties } from '../cdr/cdr.ts';
import type { ReadyRule, RuleSet } from './compile.ts';
import { factAt, factNames, propertyFacts, valueOf } from './facts.ts';
import { fieldNamed, Run } from './run.ts';
import type { Tables } from './tables.ts';

/** Which rule gave a fact, and from what. */
export interface FactTrace {
  fact: string;
  value: string;
  rule: string;
  /** Where the rule stands: `systems[0].rules`, `preset freepbx`. */
  origin: string;
  /** What it looked at, by the names it has for it. */
  from: Record<string, string | null>;
}

/** The first rule that has a value for a fact gives it. */
export function classify(rules: RuleSet, cdr: Cdr, tables: Tables, trace?: FactTrace[]): Derived {
  const run = new Run(cdr, tables);
  const { isMute } = run;
  for (const step of rules.steps) {
    for (const rule of step) {
      if ((run.known & rule.mask) === rule.mask || (isMute && rule.isOfProperties)) continue;
      if (holds(rule, run)) apply(rule, run, trace);
    }
  }
  return derivedOf(run);
}

function holds({ tests }: ReadyRule, run: Run): boolean {
  for (const test of tests) if (!test(run)) return false;
  return true;
}

function apply(rule: ReadyRule, run: Run, trace: FactTrace[] | undefined): void {
  // What it sets itself is not what it looked at.
  const from = trace && Object.fromEntries(rule.reads.map((name) => [name, fieldNamed(name).get(run)]));
  for (const { fact, place, bit, make } of rule.sets) {
    if ((run.known & bit) !== 0) continue;
    const text = make(run);
    const value = text === null ? null : valueOf(fact, text);
    if (value === null) continue;
    run.facts[place] = value;
    run.known |= bit;
    trace?.push({ fact, value, rule: rule.name, origin: rule.origin, from: from! });
  }
}

const [company, target, extension, peerExtension, direction] = [
  ...['company', 'target', 'extension', 'peer_extension', 'direction'].map((name) => factAt(name)!),
] as [number, number, number, number, number];
const properties = propertyFacts.map((name) => ({ name, place: factAt(name)!, isFlag: name.startsWith('is_') }));

const propertyBits = properties.reduce((bits, { place }) => bits | (1 << place), 0);

function derivedOf(run: Run): Derived {
  const { facts } = run;
  return {
    properties: propertiesOf(run),
    company: facts[company] ?? null,
    target: facts[target] ?? null,
    extension: facts[extension] ?? null,
    peerExtension: facts[peerExtension] ?? null,
    direction: (facts[direction] as Direction | undefined) ?? null,
  };
}

/** What the record says itself, the facts on top; what it says of its companies follows the facts. */
function propertiesOf(run: Run): Properties {
  const { facts } = run;
  const told: Properties = run.properties;
  for (const [name, place] of [
    ['company', company],
    ['target', target],
  ] as const) {
    if (told[name] !== undefined && facts[place] !== undefined) told[name] = facts[place];
  }
  if ((run.known & propertyBits) === 0) return told;
  for (const { name, place, isFlag } of properties) {
    const fact = facts[place];
    if (fact !== undefined) told[name] = isFlag ? true : fact;
  }
  return told;
}

/** All facts there are, for whoever tells of them. */
export const allFacts = factNames;
