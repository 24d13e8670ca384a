// Trees of conditions, of records and of calls alike: a node's own conditions, all of `and`, one of `or` and not `not` must hold.
export type Tree<Conditions> = Conditions & {
  and?: readonly Tree<Conditions>[];
  or?: readonly Tree<Conditions>[];
  not?: Tree<Conditions>;
};

/** One predicate for each condition. */
export type Readings<Facts, Conditions> = {
  [Name in keyof Conditions]-?: (facts: Facts, value: NonNullable<Conditions[Name]>) => boolean;
};

/**
 * @param forgotten - conditions that look at what erased facts have no longer
 * @param unknown - what is said of those; so a reader is rather told once too often that a record is gone
 */
export function holds<Facts extends { erased?: true }, Conditions extends object>(
  facts: Facts,
  filter: Tree<Conditions>,
  readings: Readings<Facts, Conditions>,
  forgotten: ReadonlySet<keyof Conditions>,
  unknown = true,
): boolean {
  for (const name of Object.keys(readings) as (keyof Conditions)[]) {
    const value = filter[name];
    if (value === undefined) continue;
    const isHeld = facts.erased && forgotten.has(name) ? unknown : readings[name](facts, value as never);
    if (!isHeld) return false;
  }
  const isSo = (part: Tree<Conditions>, said = unknown) => holds(facts, part, readings, forgotten, said);
  if (filter.and?.every((part) => isSo(part)) === false) return false;
  if (filter.or?.some((part) => isSo(part)) === false) return false;
  return filter.not === undefined || !isSo(filter.not, !unknown);
}
