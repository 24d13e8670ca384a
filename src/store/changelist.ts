// Pages of the change sequence with all that is in it: records and calls. Each change comes with what it is about as it is now.
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
export interface CdrChange {
  kind: 'cdr';
  seq: number;
  op: Op;
  at: Micros;
  /** As it is now, hidden or not. */
  cdr: StoredCdr;
  was: Facts | null;
}

/** A committed change of a call. */
export interface CallChange {
  kind: 'call';
  seq: number;
  op: Op;
  at: Micros;
  id: number;
  /** As it is now, hidden or not; null: another has swallowed it, or it is gone. */
  call: StoredCall | null;
  /** Its records as everyone sees them, where they stand behind different walls; else empty. */
  records: readonly StoredCdr[];
  /** The call that has swallowed it. */
  into: number | null;
  was: CallFacts | null;
}

export type Change = CdrChange | CallChange;

/** Changes with after < seq <= upTo in their order. */
export async function allChanges(
  sql: Sql,
  reader: Reader,
  after: number,
  upTo: number,
  limit: number,
): Promise<Change[]> {
  type Told = { seq: number; call_id: number; op: Op; at: Micros; into: number | null; was: string | null };
  const told = await sql.all<Told>(
    'SELECT `seq`, `call_id`, `op`, `at`, `into`, `was` FROM `change` ' +
      'WHERE `seq` > ? AND `seq` <= ? ORDER BY `seq` LIMIT ?',
    [after, upTo, limit],
  );
  const last = told.length === limit ? told.at(-1)!.seq : upTo;
  const ofCalls = told.filter(({ call_id }) => call_id !== null);
  const cdrs = ofCalls.length === told.length ? [] : await reader.changes(sql, after, last, limit);
  if (ofCalls.length === 0) return cdrs;
  const calls = await callsById(sql, reader, [...new Set(ofCalls.map(({ call_id }) => call_id))]);
  const many = [...calls.values()].filter(({ walls }) => walls.length > 1).map(({ id }) => id);
  const records = await recordsByCall(sql, reader, many);
  const changes = ofCalls.map(({ call_id: id, was, ...rest }): CallChange => ({
    ...{ kind: 'call', ...rest, id, call: calls.get(id) ?? null, records: records.get(id) ?? [] },
    was: was === null ? null : (JSON.parse(was) as CallFacts),
  }));
  return [...cdrs, ...changes].sort((a, b) => a.seq - b.seq);
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
