// The rules of a configuration made ready: per system its own, then the shared ones, then its preset's. Every fault by its path.
import { pathText, type Path } from './configfile.ts';
import { ConfigError } from './errors.ts';
import { compileRules, type Dead, type RuleSet } from './rules/compile.ts';
import { lookupMax, readLookup } from './rules/lookupfile.ts';
import { Pattern, PatternFault } from './rules/pattern.ts';
import { presetRules, presets } from './rules/presets.ts';
import { shown, type RuleList } from './rules/rule.ts';
import { storeTables, type Lookup } from './rules/tables.ts';
import { numbersName } from './rules/condition.ts';

export type RuleComplaint = [path: Path, message: string];

/** What of a configuration says whose records are; it may be in any shape. */
export interface RulesGiven {
  systems?: unknown;
  rules?: unknown;
  lookups?: unknown;
}

export interface Rulebook {
  /** By system; of faulty rules those that are good. */
  systems: Map<string, RuleSet>;
  complaints: RuleComplaint[];
}

type Loose = Record<string, unknown>;
const isObject = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** Of a system that says nothing. */
const usual = { preset: 'pjsip-prefix', extension_pattern: '^\\d{2,6}$' };

export function rulebookOf(given: RulesGiven): Rulebook {
  const complaints: RuleComplaint[] = [];
  const lookups = readLookups(given.lookups, complaints);
  const systems = new Map<string, RuleSet>();
  const list: unknown[] = Array.isArray(given.systems) ? given.systems : [];
  const judged: Judged[] = [];
  const names = list.flatMap((system) =>
    isObject(system) && typeof system['name'] === 'string' ? system['name'] : [],
  );
  // Without a system the shared rules are judged before the usual preset.
  for (const [index, found] of (list.length > 0 ? list : [usual]).entries()) {
    const system = isObject(found) ? found : {};
    const at: Path = list.length > 0 ? ['systems', index] : [];
    const extensionNumbers = patternOf(system['extension_pattern'] ?? usual.extension_pattern, at, complaints);
    const name = typeof system['name'] === 'string' ? system['name'] : undefined;
    const called = name ?? `systems[${index}]`;
    if (!extensionNumbers) {
      // Of its rules nothing is known.
      judged.push({ called, dead: [] });
      continue;
    }
    const world = { lookups, extensionNumbers, systems: names, ...(name !== undefined && { system: name }) };
    const compiled = compileRules(listsOf(system, at, given.rules), presetRules(), world);
    for (const fault of compiled.faults) complaints.push([[...fault.at], fault.message]);
    if (name !== undefined) systems.set(name, compiled.rules);
    judged.push({ called, dead: compiled.dead });
    const own = compiled.dead.filter(({ rule }) => rule.origin.startsWith('systems['));
    for (const { at: place, why } of own) if (why !== null) complaints.push([[...place], `can never hit: ${why}`]);
  }
  complaints.push(...deadEverywhere(judged));
  const unique = new Map(complaints.map((complaint) => [JSON.stringify(complaint), complaint]));
  return { systems, complaints: [...unique.values()] };
}

/** @throws ConfigError for the first fault: who has read the whole configuration knows them all */
export function rulesOf(given: RulesGiven): Map<string, RuleSet> {
  const { systems, complaints } = rulebookOf(given);
  const [first] = complaints;
  if (first) throw new ConfigError(`${pathText(first[0])}: ${first[1]}; "cdrd check" says where`);
  return systems;
}

function listsOf(system: Loose, at: Path, shared: unknown): RuleList[] {
  const { preset = usual.preset, rules } = system;
  const name = String(preset);
  const where = `systems[${String(at[1] ?? 0)}].rules`;
  return [
    { origin: where, at: [...at, 'rules'], rules: rules ?? [] },
    { origin: 'rules', at: ['rules'], rules: shared ?? [] },
    { origin: `preset ${name}`, at: [], rules: presets().get(name)?.rules ?? [] },
  ];
}

/** Reasons that are told of one rule, where its systems have different ones. */
const whysMax = 3;

/** What is told of the rules of one system. */
interface Judged {
  called: string;
  dead: readonly Dead[];
}

/** A shared rule that is dead for one system may live for another that it is for. */
function deadEverywhere(judged: readonly Judged[]): RuleComplaint[] {
  const keyOf = ({ rule, step }: Dead) => JSON.stringify([rule.at, step]);
  const bySystem = judged.map(({ called, dead }) => {
    const shared = dead.filter(({ rule }) => rule.origin === 'rules').map((one) => ({ ...one, called }));
    return Map.groupBy(shared, keyOf);
  });
  return [...(bySystem[0]?.keys() ?? [])].flatMap((key) => {
    if (!bySystem.every((dead) => dead.has(key))) return [];
    const all = bySystem.flatMap((dead) => dead.get(key)!);
    const here = all.filter(({ isElsewhere }) => !isElsewhere);
    const told = (here.length > 0 ? here : all).filter(({ why }) => why !== null);
    return [...Map.groupBy(told, ({ at }) => JSON.stringify(at)).values()].map((some): RuleComplaint => {
      const isOfAll = some.length === judged.length;
      const whys = [...Map.groupBy(some, ({ why }) => why)].map(([why, those]) => {
        return isOfAll && those.length === some.length
          ? why
          : `${why} (system ${those.map(({ called }) => called).join(', ')})`;
      });
      const more = whys.length > whysMax ? `; and ${whys.length - whysMax} more reasons in other systems` : '';
      return [[...some[0]!.at], `can never hit: ${whys.slice(0, whysMax).join('; ')}${more}`];
    });
  });
}

function patternOf(source: unknown, at: Path, complaints: RuleComplaint[]): Pattern | null {
  if (typeof source !== 'string') return null;
  try {
    return new Pattern(source, true);
  } catch (error) {
    if (!(error instanceof PatternFault)) throw error;
    complaints.push([[...at, 'extension_pattern'], error.message]);
    return null;
  }
}

/** null for those of which it was complained: rules that look into them are not to blame. */
function readLookups(given: unknown, complaints: RuleComplaint[]): Map<string, Lookup | null> {
  const lookups = new Map<string, Lookup | null>();
  if (given === undefined || given === null) return lookups;
  if (!isObject(given)) {
    complaints.push([['lookups'], `found ${shown(given)}, expected tables by their names: {file, key}`]);
    return lookups;
  }
  const tables = Object.entries(given);
  if (tables.length > lookupMax.tables)
    complaints.push([['lookups'], `has ${tables.length} tables, expected at most ${lookupMax.tables}`]);
  for (const [name] of tables.slice(lookupMax.tables)) lookups.set(name, null);
  for (const [name, table] of tables.slice(0, lookupMax.tables)) {
    const fault = (key: Path, message: string) => complaints.push([['lookups', name, ...key], message]);
    const taken: readonly string[] = [...storeTables, numbersName, 'properties', 'userfield', 'custom'];
    if (!/^[a-z][a-z0-9_]{0,62}$/.test(name) || taken.includes(name)) {
      fault([], `found the name ${shown(name)}, expected small letters, digits and _, and none of ${taken.join(', ')}`);
      if (!taken.includes(name)) lookups.set(name, null);
      continue;
    }
    lookups.set(name, null);
    const { file, key, ...others } = isObject(table) ? table : {};
    for (const other of Object.keys(others)) fault([other], 'is not a key of a look-up table, expected file, key');
    if (typeof file !== 'string' || file === '')
      fault(['file'], `found ${shown(file)}, expected the path of a CSV file`);
    else if (typeof key !== 'string' || key === '')
      fault(['key'], `found ${shown(key)}, expected the name of a column`);
    else {
      const found = readLookup(name, file, key);
      if (typeof found === 'string') fault(['file'], found);
      else lookups.set(name, found);
    }
  }
  return lookups;
}
