// Lists of rules made ready to run, each rule in the steps whose facts it sets; every fault of them told by its place.
import { propertyNames } from '../cdr/cdr.ts';
import { factAt, factNames, steps, stepOf, valueOf, wordsOf } from './facts.ts';
import { testOf, type Finds, type Test, type World } from './condition.ts';
import { isOfOthers, runWith, unreachable } from './reach.ts';
import { placeRules, shown, type At, type PlacedRule, type RuleFault, type RuleList } from './rule.ts';
import { customNames, fieldNames, type Get } from './run.ts';
import { templateOf, type Template } from './template.ts';

/** A rule in one step. */
export interface ReadyRule {
  name: string;
  origin: string;
  /** Bits of the facts it may set. */
  mask: number;
  tests: readonly Test[];
  sets: readonly { fact: string; place: number; bit: number; make: Get }[];
  /** Sets only what records say of themselves, of which most say nothing. */
  isOfProperties: boolean;
  /** What it looked at, to tell of it. */
  reads: readonly string[];
}

export interface RuleSet {
  /** By steps, in the order in which they are tried. */
  steps: readonly (readonly ReadyRule[])[];
}

/** What a rule says, for the question whether it can ever hit. */
export interface Said {
  rule: PlacedRule;
  step: number;
  sets: Map<string, Template>;
  tests: Map<string, Test>;
}

/** A rule that can never hit, in one of its steps, where these lists stand in this order. */
export interface Dead {
  rule: PlacedRule;
  step: number;
  /** The rule, or what of it is to blame. */
  at: At;
  /** null: it is only of other systems. */
  why: string | null;
  /** It asks for other systems than this one. */
  isElsewhere: boolean;
}

export interface Compiled {
  rules: RuleSet;
  faults: RuleFault[];
  dead: Dead[];
}

/** In the order in which rules are tried. */
export function compileRules(
  lists: readonly RuleList[],
  presets: ReadonlyMap<string, readonly unknown[]>,
  world: World,
): Compiled {
  const faults: RuleFault[] = [];
  const complain = (at: At, message: string) => void faults.push({ at, message });
  const placed = lists.flatMap((list) => placeRules(list, presets, complain));
  const ready: ReadyRule[][] = steps.map(() => []);
  const said: Said[] = [];
  const dead: Dead[] = [];
  /** Facts that some rule before sets. */
  const settable = new Set<string>();
  /** Facts that some rule with a fault sets. */
  const unread = new Set<string>();
  for (const step of steps.keys()) {
    for (const rule of placed) {
      const one = readyRule(rule, step, settable, world, complain, dead);
      if (one) {
        ready[step]!.push(one.ready);
        said.push(one.said);
      }
      // A rule with a fault will set them once it is mended.
      for (const fact of rule.set.keys()) {
        if (stepOf(fact) !== step) continue;
        settable.add(fact);
        if (!one) unread.add(fact);
      }
    }
  }
  for (const rule of placed) judgeFacts(rule, complain);
  return { rules: { steps: ready }, faults: unique(faults), dead: [...dead, ...unreachable(said, world, unread)] };
}

function judgeFacts({ set, at }: PlacedRule, complain: (at: At, message: string) => void): void {
  for (const fact of set.keys()) {
    if (factAt(fact) === undefined)
      complain([...at, 'set', fact], `is no fact that a rule can set, expected one of ${factNames.join(', ')}`);
  }
}

/** undefined: it sets nothing in this step, has a fault, or looks at a fact that nobody sets, which `dead` is told. */
function readyRule(
  rule: PlacedRule,
  step: number,
  settable: ReadonlySet<string>,
  world: World,
  complain: (at: At, message: string) => void,
  dead: Dead[],
): { ready: ReadyRule; said: Said } | undefined {
  const own = [...rule.set].filter(([fact]) => stepOf(fact) === step);
  if (own.length === 0) return undefined;
  const finds: Finds = { groups: new Map(), rows: new Map() };
  let isGood = true;
  const fail = (at: At, message: string) => {
    isGood = false;
    complain(at, message);
  };
  const tests = new Map<string, Test>();
  const isUnset = (name: string) => factAt(name) !== undefined && !settable.has(name);
  const unset: [At, string][] = [];
  for (const [name, given] of rule.when) {
    const here = [...rule.at, 'when', name];
    const test = testOf(name, given, here, world, finds, fail);
    if (test) tests.set(name, test);
    else isGood = false;
    const late = lateFact(name, step) ?? misnamed(name);
    if (late) fail(here, late);
    // A rule may ask for just that.
    else if (isUnset(name) && !test?.(runWith(name, undefined))) unset.push([here, name]);
  }
  const asked = new Set(rule.when.keys());
  const reads = new Set(asked);
  const templates = new Map<string, Template>();
  const sets = own.flatMap(([fact, given]) => {
    const here = [...rule.at, 'set', fact];
    const place = factAt(fact)!;
    const text = given === true ? 'true' : given;
    if (typeof text !== 'string' || text === '') {
      fail(here, `found ${shown(given)}, expected a text; numbers in quotes`);
      return [];
    }
    const template = templateOf(text, finds, asked);
    if (typeof template === 'string') fail(here, template);
    else {
      const late = template.reads.map((name) => lateFact(name, step) ?? misnamed(name)).find(Boolean);
      const missing = template.reads.find(isUnset);
      if (late) fail(here, late);
      else if (missing !== undefined) unset.push([here, missing]);
      if (template.constant !== null && valueOf(fact, template.constant) === null) {
        const words = wordsOf(fact)?.join(', ') ?? 'a text of at most 255 characters';
        fail(here, `found ${shown(given)}, expected ${words}`);
      }
      templates.set(fact, template);
      for (const name of template.reads) reads.add(name);
      return [{ fact, place, bit: 1 << place, make: template.make }];
    }
    return [];
  });
  const isElsewhere = isOfOthers({ rule, tests }, world);
  for (const [at, name] of unset)
    dead.push({ rule, step, at, why: `no rule before this one sets ${name}`, isElsewhere });
  if (!isGood || unset.length > 0) return undefined;
  const mask = sets.reduce((bits, { bit }) => bits | bit, 0);
  const { name, origin } = rule;
  const isOfProperties = [...templates.values()].every(({ alone }) => alone?.startsWith('properties.') === true);
  return {
    ready: { name, origin, mask, isOfProperties, tests: [...tests.values()], sets, reads: [...reads] },
    said: { rule, step, sets: templates, tests },
  };
}

/** A fact that nobody can have set when this rule is tried, wherever it stands. */
function lateFact(name: string, step: number): string | undefined {
  if (stepOf(name) <= step) return undefined;
  const sets = steps[step]!.join(', ');
  return `${name} is worked out later than the facts this rule sets (${sets}), expected a fact or field known by then`;
}

/** A name that is none of a record's and none that anybody has as a column: it would ask for what no record has. */
function misnamed(name: string): string | undefined {
  const [, property] = /^properties\.(.*)$/.exec(name) ?? [];
  if (property !== undefined && !(propertyNames as readonly string[]).includes(property))
    return `is no property of IPCortex's records, expected one of ${propertyNames.join(', ')}`;
  const isOwn = factAt(name) !== undefined || fieldNames.includes(name) || customNames.includes(name);
  if (isOwn || name.includes('.')) return undefined;
  const meant = [...fieldNames, ...factNames].find((field) => isMisspelt(name, field));
  return meant && `is no field, expected ${meant}; a column of that name is custom.${name}`;
}

/** Short names are many: of those only letters that are all there, in another order or case, are taken for a slip. */
function isMisspelt(name: string, field: string): boolean {
  const [given, meant] = [name.toLowerCase(), field.toLowerCase()];
  if (given === meant || (given[0] === meant[0] && sorted(given) === sorted(meant))) return true;
  return name.length > 3 && field.length > 3 && isOneOff(given, meant);
}

function sorted(letters: string): string {
  return [...letters].sort().join('');
}

function isOneOff(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 1) return false;
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  const [rest, tail] = [one.slice(at), other.slice(at)];
  const isSwapped = rest[0] === tail[1] && rest[1] === tail[0] && rest.slice(2) === tail.slice(2);
  return isSwapped || rest.slice(1) === tail.slice(1) || rest.slice(1) === tail || rest === tail.slice(1);
}

function unique(faults: readonly RuleFault[]): RuleFault[] {
  return [...new Map(faults.map((fault) => [JSON.stringify([fault.at, fault.message]), fault])).values()];
}
