// Reading calls: pages by keyset, one with its legs. What a bound reader sees of a call is made of the records it may see.
import { callOf, wallsOf, type CallWithPath, type StoredCall } from '../cdr/call.ts';
import { callMatches, isCallVisible, type CallFilter } from '../cdr/callquery.ts';
import type { StoredCdr } from '../cdr/cdr.ts';
import { legsOf } from '../cdr/legs.ts';
import type { Order, Place } from '../cdr/query.ts';
import { isMixed, isVisible, type Within } from '../cdr/wall.ts';
import { callsById, recordsByCall } from './changelist.ts';
import { insertCall, type CallRow } from './callrow.ts';
import type { Rooms } from './calls.ts';
import { fillSlice } from './callfill.ts';
import { callWhereOf } from './callwhere.ts';
import { inStretches, wordsOf } from './callwords.ts';
import { type Steps, usualSteps } from './pages.ts';
import { beyond } from './read.ts';
import { Searches } from './searches.ts';
import type { Database, Sql } from './sql.ts';
import type { Where } from './where.ts';

/** What a list of calls is asked; places and orders as of records, by the start and the id of the whole call. */
export interface CallQuery extends CallFilter {
  within: Within;
  /** Words that one of its records has, as in a filter of records. Of lists only: the feed does not know the words of a call. */
  text?: string;
  order?: Order;
  after?: Place;
  before?: Place;
  /** Only calls with ids up to this one: what there was at some moment. */
  upTo?: number;
  limit: number;
}

/** A call with its legs and the records it is made of. */
export type CallInFull = StoredCall & Pick<CallWithPath, 'path'> & { cdrs: readonly StoredCdr[] };

export interface Calls {
  /** Gives some records from before there were calls theirs; resolves to how many, 0 when all have one. */
  fillCalls(): Promise<number>;
  /** In the order that is asked for. */
  listCalls(query: CallQuery): Promise<ListedCall[]>;
  /** The call of this id, or the one that has swallowed it; undefined when there is none behind the wall. */
  call(id: number, within: Within): Promise<CallInFull | undefined>;
}

/** A call as its reader sees it, and where it stands in the list. */
export type ListedCall = StoredCall & { place: { start: number; id: number } };

export function callsOn(
  database: Database,
  rooms: Rooms,
  searches = new Searches(database),
  steps: Pick<Steps, 'entries' | 'hereMs' | 'sliceMs'> = usualSteps,
): Calls {
  return {
    fillCalls: () => database.write((sql) => fillSlice(sql, rooms, Date.now() * 1000)),
    listCalls: (query) =>
      query.text === undefined
        ? database.read((sql) => listCalls(sql, rooms, query))
        : searches.run(steps.hereMs, (piece) =>
            inStretches(query, piece, (sql, some, end) => listCalls(sql, rooms, some, end), steps),
          ),
    call: (id, within) => database.read((sql) => oneCall(sql, rooms, id, within)),
  };
}

/** Rows read at once for a reader who sees parts of calls: not all of them come through. */
const candidatesMax = 500;

/** `extra`: a condition of ours on the rows, after an AND (callpages.ts, callwords.ts). */
export async function listCalls(
  sql: Sql,
  rooms: Rooms,
  query: CallQuery,
  extra: Where = { sql: '', values: [] },
): Promise<ListedCall[]> {
  await rooms.read.learn(sql, query.within, query);
  const order = query.order ?? 'id';
  const byStart = order.endsWith('start');
  const isBackwards = query.before !== undefined;
  const isRising = order.startsWith('-') === isBackwards;
  const where = boundWhere(query, rooms);
  const way = isRising ? 'ASC' : 'DESC';
  const page: ListedCall[] = [];
  let place = isBackwards ? query.before : query.after;
  while (page.length < query.limit) {
    const from = place === undefined ? { sql: '', values: [] } : beyond(place, byStart, isRising);
    const limit = query.within === null ? query.limit - page.length : candidatesMax;
    const rows = await sql.all<CallRow>(
      // Of two bounds of an index SQLite takes the one that is told first: those of the stretch, or it would look at all of the range.
      `SELECT ${insertCall} FROM \`call\` WHERE 1 = 1${from.sql}${extra.sql}${where.sql} ` +
        `ORDER BY ${byStart ? `\`start\` ${way}, ` : ''}\`id\` ${way} LIMIT ?`,
      [...from.values, ...extra.values, ...where.values, limit],
    );
    const calls = await rooms.read.toCalls(sql, rows);
    const seen = query.within === null ? calls : await seenOf(sql, rooms, calls, query);
    const placeOf = new Map(calls.map(({ id, start }) => [id, { start, id }]));
    page.push(...seen.map((call) => ({ ...call, place: placeOf.get(call.id)! })));
    const last = calls.at(-1);
    if (calls.length < limit || !last) break;
    place = byStart ? { start: last.start, id: last.id } : last.id;
  }
  const wanted = page.slice(0, query.limit);
  return isBackwards ? wanted.reverse() : wanted;
}

/** The conditions of a list, with the bound on its ids. */
export function boundWhere(query: Omit<CallQuery, 'limit'>, rooms: Rooms): Where {
  const where = callWhereOf(query, query.within, rooms);
  const words = wordsOf(query, rooms);
  const own = { sql: `${where.sql}${words.sql}`, values: [...where.values, ...words.values] };
  if (query.upTo === undefined) return own;
  return { sql: `${own.sql} AND \`id\` <= ?`, values: [...own.values, query.upTo] };
}

/** Each as the reader sees it, without those that are no part of the answer then. */
async function seenOf(
  sql: Sql,
  { read }: Rooms,
  calls: readonly StoredCall[],
  { within, ...filter }: CallQuery,
): Promise<StoredCall[]> {
  const isWhole = ({ walls }: StoredCall) => walls.every((wall) => isVisible(wall, within));
  const parts = calls.filter((call) => !isWhole(call) && isCallVisible(call, within)).map(({ id }) => id);
  const records = await recordsByCall(sql, read, parts);
  return calls.flatMap((call) => {
    const own = records.get(call.id);
    if (own) return seenMatch(call, own, filter, within) ?? [];
    return callMatches(call, filter, within) ? call : [];
  });
}

async function oneCall(sql: Sql, { read }: Rooms, id: number, within: Within): Promise<CallInFull | undefined> {
  const [alias] = await sql.all<{ call_id: number }>('SELECT `call_id` FROM `call_alias` WHERE `id` = ?', [id]);
  const call = (await callsById(sql, read, [alias?.call_id ?? id])).get(alias?.call_id ?? id);
  if (!call || call.hidden) return undefined;
  const cdrs = (await recordsByCall(sql, read, [call.id])).get(call.id)!;
  const seen = cdrs.filter((cdr) => isVisible(cdr, within));
  if (seen.length === 0) return undefined;
  return { ...seenCall(call, seen, cdrs.length), path: legsOf(seen), cdrs: seen };
}

/** The call as it is to a reader who may see these of its records. */
export function seenCall(call: StoredCall, seen: readonly StoredCdr[], all: number): StoredCall {
  if (seen.length === all) return call;
  const part = callOf(seen);
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
