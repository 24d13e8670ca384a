// Which rule gives each fact of a stored record, and from what: the rules of now, run again on what its sources told.
import type { Life } from '../cdr/explain.ts';
import { classify, type FactTrace } from '../rules/classify.ts';
import type { RuleSet } from '../rules/compile.ts';
import type { Store } from '../store/store.ts';

export type Trace = (life: Pick<Life, 'raw' | 'isErased'>) => Promise<FactTrace[] | null>;

/** null for an anonymised record, and for one of a system that has no rules here. */
export function tracer(systems: ReadonlyMap<string, RuleSet>, store: Pick<Store, 'tables'>): Trace {
  return async ({ raw, isErased }) => {
    const rules = systems.get(raw.system);
    if (!rules || isErased) return null;
    const facts: FactTrace[] = [];
    classify(rules, raw, await store.tables(), facts);
    return facts;
  };
}
