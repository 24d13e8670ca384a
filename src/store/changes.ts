// Writing the change sequence: part of the transaction of whatever changed, under the lock that was taken first.
import type { Micros } from '../cdr/cdr.ts';
import { companyKey, factsOf, type Facts } from '../cdr/query.ts';
import { allot } from './names.ts';
import { inserting, type Sql, type Value } from './sql.ts';

export const ops = ['created', 'updated', 'deleted'] as const;
/** To whom the record is in view; what it is to one client, http/liveframe.ts says. */
export type Op = (typeof ops)[number];

export interface NewChange {
  id: number;
  op: Op;
  /** The facts before it, null when there were none. */
  was: Facts | null;
  /** The facts after it. */
  is: Facts;
}

const insert = inserting('change', ['seq', 'cdr_id', 'op', 'at', 'was']);

/** One place each, in this order. */
export async function writeChanges(sql: Sql, changes: readonly NewChange[], now: Micros): Promise<void> {
  if (changes.length === 0) return;
  const first = await allot(sql, 'change', changes.length);
  const rows = changes.map(({ id, op, was, is }, at): Value[] => {
    const hasMoved = was !== null && keyOfFacts(was) !== keyOfFacts(is);
    return [first + at, id, op, now, hasMoved ? JSON.stringify(factsOf(was)) : null];
  });
  await insert(sql, rows);
}

/** Equal for facts that no filter can tell apart; a company has many spellings. */
function keyOfFacts(facts: Facts): string {
  const { company, target, ...others } = factsOf(facts);
  return JSON.stringify([company && companyKey(company), target && companyKey(target), others]);
}
