// One condition of a rule, made ready: a test of a run. What cannot be read is told with what was expected.
import { fieldNamed, type Run } from './run.ts';
import { Pattern, PatternFault, type Groups } from './pattern.ts';
import { shown, type At } from './rule.ts';
import { storeColumns, storeTables, type Lookup, type LookupRow, type StoreTable } from './tables.ts';

export type Test = (run: Run) => boolean;

/** What the conditions of a rule found, for its templates: of the run in hand. */
export interface Finds {
  groups: Map<string, { at: { groups: Groups | null }; field: string }>;
  rows: Map<string, { at: { row: LookupRow | null }; columns: readonly string[] | null }>;
}

/** What a rule may refer to. */
export interface World {
  /** Look-up tables of files; null: of what is wrong with it was told already. */
  lookups: ReadonlyMap<string, Lookup | null>;
  /** What the numbers of extensions look like; `in: extension_numbers`. */
  extensionNumbers: Pattern;
  /** Names of all systems; none: not known. */
  systems?: readonly string[];
  /** Whose rules these are; none: not known. */
  system?: string;
}

/** The largest number that a range looks at. */
export const numberMax = 999_999_999_999_999;

export const numbersName = 'extension_numbers';
const forms = 'a text, a list of texts, {prefix}, {match}, {from, to}, {in} or {not}';

type Complain = (at: At, message: string) => void;

/** null when it cannot be read; then it was complained of, or of the look-up table. */
export function testOf(
  name: string,
  given: unknown,
  at: At,
  world: World,
  finds: Finds,
  complain: Complain,
): Test | null {
  const { get, isRepeated } = fieldNamed(name);
  return build(given, at, complain);

  function build(condition: unknown, here: At, tell: Complain, isInside = false): Test | null {
    // An empty text asks for nothing there: sources differ in whether they tell an empty field or leave it out.
    if (typeof condition === 'string') return (run) => (get(run) ?? '') === condition;
    if (typeof condition === 'number' || typeof condition === 'boolean')
      return fail(here, `found ${shown(condition)}, expected a text: put it in quotes`);
    if (Array.isArray(condition)) return listOf(condition, here);
    if (typeof condition !== 'object' || condition === null)
      return fail(here, `found ${shown(condition)}, expected ${forms}`);
    const keys = Object.keys(condition);
    const form = condition as Record<string, unknown>;
    if (keys.length > 0 && keys.every((key) => key === 'from' || key === 'to')) return rangeOf(form, here);
    if (keys.length !== 1) return fail(here, `found ${shown(condition)}, expected ${forms}`);
    const [key] = keys as [string];
    const value = form[key];
    if (key === 'not') {
      if (isInside) return fail(here, 'found "not" within "not", expected it once');
      const inner = build(value, [...here, 'not'], tell, true);
      return inner && ((run) => !inner(run));
    }
    if (!['prefix', 'match', 'in'].includes(key)) return fail(here, `found ${shown(condition)}, expected ${forms}`);
    if (typeof value !== 'string' || value === '')
      return fail([...here, key], `found ${shown(value)}, expected a text`);
    if (key === 'prefix') return (run) => get(run)?.startsWith(value) === true;
    return key === 'match' ? matchOf(value, [...here, key], isInside) : inOf(value, [...here, key], isInside);

    function fail(place: At, message: string): null {
      tell(place, message);
      return null;
    }
  }

  function listOf(list: readonly unknown[], here: At): Test | null {
    const strange = list.findIndex((one) => typeof one !== 'string');
    if (strange >= 0) {
      complain([...here, strange], `found ${shown(list[strange])}, expected a text: put it in quotes`);
      return null;
    }
    const texts = new Set(list as string[]);
    return (run) => texts.has(get(run) ?? '');
  }

  function rangeOf({ from = -Infinity, to = Infinity }: Record<string, unknown>, here: At): Test | null {
    for (const [key, bound] of [
      ['from', from],
      ['to', to],
    ] as const) {
      if (typeof bound === 'number' && !Number.isNaN(bound)) continue;
      complain([...here, key], `found ${shown(bound)}, expected a number`);
      return null;
    }
    if (from! > to!) {
      complain(here, `can never hold: from ${String(from)} is above to ${String(to)}`);
      return null;
    }
    if (Math.ceil(from as number) > Math.min(Math.floor(to as number), numberMax)) {
      complain(here, `can never hold: no whole number of at most 15 digits is from ${String(from)} to ${String(to)}`);
      return null;
    }
    return (run) => {
      const text = get(run);
      if (text === null || !/^[+-]?\d{1,15}$/.test(text)) return false;
      const number = Number(text);
      return number >= (from as number) && number <= (to as number);
    };
  }

  function matchOf(source: string, here: At, isNot: boolean): Test | null {
    try {
      const pattern = new Pattern(source, isRepeated);
      const found: { groups: Groups | null } = { groups: null };
      // What did not match has no groups, so a `not` brings none.
      for (const group of isNot ? [] : pattern.groups) {
        if (finds.groups.has(group)) complain(here, `has a group "${group}", and so has another pattern of this rule`);
        finds.groups.set(group, { at: found, field: name });
      }
      return (run) => {
        const text = get(run);
        return (found.groups = text === null ? null : pattern.find(text)) !== null;
      };
    } catch (error) {
      if (!(error instanceof PatternFault)) throw error;
      complain(here, error.message);
      return null;
    }
  }

  function inOf(table: string, here: At, isNot: boolean): Test | null {
    if (table === numbersName) {
      return (run) => {
        const text = get(run);
        return text !== null && text !== '' && world.extensionNumbers.find(text) !== null;
      };
    }
    const isStored = storeTables.includes(table as StoreTable);
    const lookup = world.lookups.get(table);
    if (lookup === undefined && !isStored) {
      const known = [...storeTables, numbersName, ...world.lookups.keys()].join(', ');
      complain(here, `found ${shown(table)}, expected a look-up table: one of ${known}`);
      return null;
    }
    const found: { row: LookupRow | null } = { row: null };
    if (!isNot) {
      if (finds.rows.has(table)) complain(here, `"${table}" stands twice in this rule: make it two rules`);
      finds.rows.set(table, { at: found, columns: columnsOf(table as StoreTable, lookup) });
    }
    if (lookup === null) return null;
    return (run) => {
      const text = get(run);
      const from = lookup ?? run.tables[table as StoreTable];
      return (found.row = text === null || text === '' ? null : from.find(text)) !== null;
    };
  }
}

/** null: not known. */
function columnsOf(table: StoreTable, lookup: Lookup | null | undefined): readonly string[] | null {
  return lookup === null ? null : (lookup?.columns ?? storeColumns[table]);
}
