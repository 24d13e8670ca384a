// Reading calls: pages by keyset, one with its legs. What a bound reader sees of a call is made of the records it may see.
import { callOf, isMixed, wallsOf, type CallWithPath, type StoredCall } from '../cdr/call.ts';
import { callMatches, type CallFilter } from '../cdr/callquery.ts';
import type { StoredCdr } from '../cdr/cdr.ts';
import type { Order, Place } from '../cdr/query.ts';
import { isVisible, type Within } from '../cdr/wall.ts';
import { callsById, recordsByCall } from './changelist.ts';
import type { Rooms } from './calls.ts';
import type { Database, Sql } from './sql.ts';

export interface CallQuery extends CallFilter {
  within: Within;
  order?: Order;
  after?: Place;
  before?: Place;
  limit: number;
}

/** A call with its legs and the records it is made of. */
export type CallInFull = StoredCall & Pick<CallWithPath, 'path'> & { cdrs: readonly StoredCdr[] };

export interface Calls {
  /** The call of this id, or the one that has swallowed it; undefined when there is none behind the wall. */
  call(id: number, within: Within): Promise<CallInFull | undefined>;
}

export function callsOn(database: Database, rooms: Rooms): Calls {
  return {
    call: (id, within) => database.read((sql) => oneCall(sql, rooms, id, within)),
  };
}

async function oneCall(sql: Sql, { read }: Rooms, id: number, within: Within): Promise<CallInFull | undefined> {
  const [alias] = await sql.all<{ call_id: number }>('SELECT `call_id` FROM `call_alias` WHERE `id` = ?', [id]);
  const call = (await callsById(sql, read, [alias?.call_id ?? id])).get(alias?.call_id ?? id);
  if (!call || call.hidden) return undefined;
  const cdrs = (await recordsByCall(sql, read, [call.id])).get(call.id)!;
  const seen = cdrs.filter((cdr) => isVisible(cdr, within));
  if (seen.length === 0) return undefined;
  return { ...seenCall(call, seen, cdrs.length), path: callOf(seen).path, cdrs: seen };
}

/** The call as it is to a reader who may see these of its records. */
export function seenCall(call: StoredCall, seen: readonly StoredCdr[], all: number): StoredCall {
  if (seen.length === all) return call;
  const { path: _path, ...part } = callOf(seen);
  const walls = wallsOf(seen);
  return { ...call, ...part, walls, isMixed: isMixed(walls), firstCdr: Math.min(...seen.map(({ id }) => id)) };
}

/** As `seenCall`, null when it is no part of what the reader asked for. */
export function seenMatch(
  call: StoredCall,
  records: readonly StoredCdr[],
  filter: CallFilter,
  within: Within,
): StoredCall | null {
  const seen = records.filter((cdr) => isVisible(cdr, within));
  if (seen.length === 0) return null;
  const part = seenCall(call, seen, records.length);
  return callMatches(part, filter, within) ? part : null;
}
