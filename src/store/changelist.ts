// Pages of the change sequence with the calls that changed along. Each change comes with what it is about as it is now.
import type { StoredCall } from '../cdr/call.ts';
import type { CallFacts } from '../cdr/callquery.ts';
import type { Micros, StoredCdr } from '../cdr/cdr.ts';
import type { Facts } from '../cdr/query.ts';
import { insertCall, type CallRow } from './callrow.ts';
import type { Op } from './changes.ts';
import type { Reader } from './read.ts';
import { selectColumns, type Row } from './row.ts';
import { chunks, placeholders, type Sql } from './sql.ts';

/** A committed change of a record. `was` holds the facts before it, when it moved any of them. */
export interface Change {
  seq: number;
  op: Op;
  at: Micros;
  /** As it is now, hidden or not. */
  cdr: StoredCdr;
  was: Facts | null;
  /** Calls that changed with it, and with what was committed together with it just before; for who asks (`allChanges`). */
  calls: readonly CallChange[];
}

/** A committed change of a call. */
export interface CallChange {
  op: Op;
  id: number;
  /** As it is now, hidden or not; null: another has swallowed it, or it is gone. */
  call: StoredCall | null;
  /** Its records as everyone sees them, where they stand behind different walls; else empty. */
  records: readonly StoredCdr[];
  /** The call that has swallowed it. */
  into: number | null;
  was: CallFacts | null;
}

/** Changes with after < seq <= upTo in their order, with those of calls. */
export async function allChanges(
  sql: Sql,
  reader: Reader,
  after: number,
  upTo: number,
  limit: number,
): Promise<Change[]> {
  const changes = await reader.changes(sql, after, upTo, limit);
  const [first, last] = [changes[0], changes.at(-1)];
  if (!first || !last) return [];
  type Told = { seq: number; call_id: number; op: Op; into: number | null; was: string | null };
  const told = await sql.all<Told>(
    'SELECT `seq`, `call_id`, `op`, `into`, `was` FROM `call_change` WHERE `seq` >= ? AND `seq` <= ? ORDER BY `seq`, `part`',
    [first.seq, last.seq],
  );
  if (told.length === 0) return changes;
  const calls = await callsById(sql, reader, [...new Set(told.map(({ call_id }) => call_id))]);
  const many = [...calls.values()].filter(({ walls }) => walls.length > 1).map(({ id }) => id);
  const records = await recordsByCall(sql, reader, many);
  const bySeq = Map.groupBy(told, ({ seq }) => seq);
  const callOf = ({ call_id: id, op, into, was }: Told): CallChange => ({
    ...{ op, id, into, call: calls.get(id) ?? null, records: records.get(id) ?? [] },
    was: was === null ? null : (JSON.parse(was) as CallFacts),
  });
  return changes.map((change) => ({ ...change, calls: (bySeq.get(change.seq) ?? []).map(callOf) }));
}

export async function callsById(sql: Sql, reader: Reader, ids: readonly number[]): Promise<Map<number, StoredCall>> {
  const calls = new Map<number, StoredCall>();
  for (const some of chunks(ids)) {
    const where = placeholders(1, some.length);
    const rows = await sql.all<CallRow>(`SELECT ${insertCall} FROM \`call\` WHERE \`id\` IN ${where}`, some);
    for (const call of await reader.toCalls(sql, rows)) calls.set(call.id, call);
  }
  return calls;
}

/** Records that everyone sees, by call, in the order of their ids; at most so many of each as a call is made of. */
export async function recordsByCall(
  sql: Sql,
  reader: Reader,
  ids: readonly number[],
): Promise<Map<number, StoredCdr[]>> {
  const records = new Map<number, StoredCdr[]>();
  for (const id of ids) {
    const select = `SELECT ${selectColumns} FROM \`cdr\` WHERE \`call_id\` = ? AND \`hidden\` = 0 ORDER BY \`id\` LIMIT 1000`;
    records.set(id, await reader.toCdrs(sql, await sql.all<Row>(select, [id])));
  }
  return records;
}
