// A rule as people write it, and what is wrong with one that cannot be read.
/** Where something stands in the configuration. */
export type At = readonly (string | number)[];

export interface RuleFault {
  at: At;
  message: string;
}

/** Holds when the field has one of these texts, begins so, matches, is a number from … to …, is a key of a look-up table; `not` turns it round. */
export type Condition =
  | string
  | readonly string[]
  | { prefix: string }
  | { match: string }
  | { from?: number; to?: number }
  | { in: string }
  | { not: Exclude<Condition, { not: unknown }> };

export interface GivenRule {
  name?: string;
  when?: Record<string, Condition>;
  set: Record<string, string>;
}

/** The rules of another list, at this place. */
export interface Include {
  include: string;
}

/** A list as it stands in a file. */
export interface RuleList {
  /** `systems[0].rules`, `preset freepbx` */
  origin: string;
  at: At;
  rules: unknown;
}

/** A rule and where it stands. */
export interface PlacedRule {
  /** Its name, or its place. */
  name: string;
  origin: string;
  at: At;
  when: ReadonlyMap<string, unknown>;
  set: ReadonlyMap<string, unknown>;
}

export const rulesMax = 1000;
const depthMax = 5;
const keys = ['name', 'when', 'set'];
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 100);
}

/** The rules of a list in their order, includes put in; what is no rule is a fault and left out. */
export function placeRules(
  { origin, at, rules }: RuleList,
  presets: ReadonlyMap<string, readonly unknown[]>,
  fault: (at: At, message: string) => void,
  depth = 0,
): PlacedRule[] {
  if (!Array.isArray(rules)) {
    fault(at, `found ${shown(rules)}, expected a list of rules`);
    return [];
  }
  if (rules.length > rulesMax) {
    fault(at, `has ${rules.length} rules, expected at most ${rulesMax}`);
    return [];
  }
  return rules.flatMap((given: unknown, index): PlacedRule[] => {
    const here = [...at, index];
    if (!isObject(given)) return none(fault(here, `found ${shown(given)}, expected a rule: name, when, set`));
    if ('include' in given) {
      const list = presets.get(String(given['include']));
      if (Object.keys(given).length > 1) fault(here, 'has more than "include", expected it alone');
      if (!list || depth >= depthMax) {
        const expected = `expected one of ${[...presets.keys()].join(', ')}`;
        return none(fault([...here, 'include'], `found ${shown(given['include'])}, ${expected}`));
      }
      return placeRules(
        { origin: `preset ${String(given['include'])}`, at: [], rules: list },
        presets,
        fault,
        depth + 1,
      );
    }
    for (const key of Object.keys(given).filter((name) => !keys.includes(name)))
      fault([...here, key], `is not a key of a rule, expected one of ${keys.join(', ')}, or include`);
    const { name, when = {}, set } = given;
    if (name !== undefined && (typeof name !== 'string' || name === '' || name.length > 255))
      fault([...here, 'name'], `found ${shown(name)}, expected a text of at most 255 characters`);
    if (!isObject(when)) return none(fault([...here, 'when'], `found ${shown(when)}, expected fields and conditions`));
    if (!isObject(set) || Object.keys(set).length === 0)
      return none(fault([...here, 'set'], `found ${shown(set)}, expected facts and their values`));
    const place = `${origin}[${index}]`;
    return [
      {
        name: typeof name === 'string' ? name : place,
        ...{ origin, at: here },
        when: new Map(Object.entries(when)),
        set: new Map(Object.entries(set)),
      },
    ];
  });
}

function none(_fault: void): [] {
  return [];
}
