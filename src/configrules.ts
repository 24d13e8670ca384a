// The rules of a configuration made ready: per system its own, then the shared ones, then its preset's. Every fault by its path.
import { pathText, type Path } from './configfile.ts';
import { ConfigError } from './errors.ts';
import { compileRules, type Compiled, type RuleSet } from './rules/compile.ts';
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
  const dead: Compiled['dead'][] = [];
  const names = list.flatMap((system) =>
    isObject(system) && typeof system['name'] === 'string' ? system['name'] : [],
  );
  // Without a system the shared rules are judged before the usual preset.
  for (const [index, found] of (list.length > 0 ? list : [usual]).entries()) {
    const system = isObject(found) ? found : {};
    const at: Path = list.length > 0 ? ['systems', index] : [];
    const extensionNumbers = patternOf(system['extension_pattern'] ?? usual.extension_pattern, at, complaints);
    if (!extensionNumbers) continue;
    const world = { lookups, extensionNumbers, systems: names };
    const compiled = compileRules(listsOf(system, at, given.rules), presetRules(), world);
    for (const fault of compiled.faults) complaints.push([[...fault.at], fault.message]);
    if (typeof system['name'] === 'string') systems.set(system['name'], compiled.rules);
    dead.push(compiled.dead);
    const own = compiled.dead.filter(({ origin }) => origin === 'systems' || origin.startsWith('systems['));
    for (const { at: place, message } of own) complaints.push([[...place], message]);
  }
  complaints.push(...deadEverywhere(dead));
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

/** A shared rule that is dead for one system may live for another. */
function deadEverywhere(dead: readonly Compiled['dead'][]): RuleComplaint[] {
  const [first = [], ...others] = dead;
  const shared = first.filter(({ origin }) => origin === 'rules');
  return shared
    .filter(({ at }) => others.every((some) => some.some((one) => JSON.stringify(one.at) === JSON.stringify(at))))
    .map(({ at, message }): RuleComplaint => [[...at], message]);
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
