// How long records are kept, and when they are anonymised: by company, in days after the end of their call. Pure.
import type { Micros, StoredCdr } from './cdr.ts';
import { companyKey } from './wall.ts';

/** Days; null: never. */
export interface Policy {
  remove: number | null;
  anonymise: number | null;
}

export interface RetentionRules {
  /** Of records without company, and of companies without a policy of their own. */
  usual: Policy;
  /** By company key. */
  companies: ReadonlyMap<string, Policy>;
}

/** Calls that ended before; null: none. */
export interface Cutoffs {
  remove: Micros | null;
  anonymise: Micros | null;
}

const dayMicros = 86_400e6;

/** Of two companies, that which keeps a record for longer decides. */
export function cutoffsOf(
  { company, target }: Pick<StoredCdr, 'company' | 'target'>,
  { usual, companies }: RetentionRules,
  now: Micros,
): Cutoffs {
  const handles = [company, target].filter((handle) => handle !== null);
  const policies = handles.length === 0 ? [usual] : handles.map((handle) => companies.get(companyKey(handle)) ?? usual);
  return { remove: longest(policies, 'remove', now), anonymise: longest(policies, 'anonymise', now) };
}

function longest(policies: readonly Policy[], what: keyof Policy, now: Micros): Micros | null {
  const days = policies.map((policy) => policy[what]);
  return days.includes(null) ? null : now - Math.max(...(days as number[])) * dayMicros;
}

/** The latest instant before which any policy wants anything; null: none does. */
export function lookBefore({ usual, companies }: RetentionRules, now: Micros): Micros | null {
  const days = [usual, ...companies.values()].flatMap(({ remove, anonymise }) => [remove, anonymise]);
  const some = days.filter((count) => count !== null);
  return some.length === 0 ? null : now - Math.min(...some) * dayMicros;
}

/** Before this instant nobody keeps anything; null: somebody keeps records for ever. */
export function nothingBefore({ usual, companies }: RetentionRules, now: Micros): Micros | null {
  return longest([usual, ...companies.values()], 'remove', now);
}
