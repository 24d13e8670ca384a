// The changes of calls: in the one change sequence, after those of the records that made them.
import type { CallFacts } from '../cdr/callquery.ts';
import type { Micros } from '../cdr/cdr.ts';
import type { Op } from './changes.ts';
import { allot } from './names.ts';
import { chunks, placeholders, type Sql, type Value } from './sql.ts';

export interface NewCallChange {
  id: number;
  op: Op;
  /** The call that has swallowed it. */
  into: number | null;
  /** The facts before it, when it moved any of them. */
  was: CallFacts | null;
}

/** One place each, in this order. */
export async function writeCallChanges(sql: Sql, changes: readonly NewCallChange[], now: Micros): Promise<void> {
  if (changes.length === 0) return;
  let seq = await allot(sql, 'change', changes.length);
  for (const some of chunks(changes)) {
    const values = some.flatMap(({ id, op, into, was }): Value[] => [
      ...[seq++, 0, id, op, now],
      ...[was === null ? null : JSON.stringify(was), into],
    ]);
    await sql.run(
      'INSERT INTO `change` (`seq`, `cdr_id`, `call_id`, `op`, `at`, `was`, `into`) VALUES ' +
        placeholders(some.length, 7),
      values,
    );
  }
}
