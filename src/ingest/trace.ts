// Which rule gives each fact of a stored record, and from what: the rules of now, run again on what its sources told.
import type { Cdr } from '../cdr/cdr.ts';
import { classify, type FactTrace } from '../rules/classify.ts';
import type { RuleSet } from '../rules/compile.ts';
import type { Store } from '../store/store.ts';

export type Trace = (cdr: Cdr) => Promise<FactTrace[] | null>;

/** null for a record of a system that has no rules here. */
export function tracer(systems: ReadonlyMap<string, RuleSet>, store: Pick<Store, 'tables'>): Trace {
  return async (cdr) => {
    const rules = systems.get(cdr.system);
    if (!rules) return null;
    const facts: FactTrace[] = [];
    classify(rules, cdr, await store.tables(), facts);
    return facts;
  };
}
