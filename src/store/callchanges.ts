// The changes of calls. They have no places of their own: each stands at that of the last record of its transaction, which changed it, or
// changed with it. So who asks for records alone sees the very same sequence, and whoever has come to a place has all that is there.
import type { CallFacts } from '../cdr/callquery.ts';
import type { Op } from './changes.ts';
import { allot } from './names.ts';
import { inserting, type Sql, type Value } from './sql.ts';

export interface NewCallChange {
  id: number;
  op: Op;
  /** The call that has swallowed it. */
  into: number | null;
  /** The facts before it, when it moved any of them. */
  was: CallFacts | null;
}

const insert = inserting('call_change', ['seq', 'part', 'call_id', 'op', 'into', 'was']);

/** In this order, at the place of the change that was written last: that of a record of this very transaction. */
export async function writeCallChanges(sql: Sql, changes: readonly NewCallChange[]): Promise<void> {
  if (changes.length === 0) return;
  const seq = (await allot(sql, 'change', 0)) - 1;
  const rows = changes.map(({ id, op, into, was }, part): Value[] => [
    ...[seq, part, id, op, into],
    was === null ? null : JSON.stringify(was),
  ]);
  await insert(sql, rows);
}
