// Calls kept up to date with their records, in the transaction of whatever changed those. Its caller holds the lock of ingest.
//
//   touched records ─▶ gather: the calls they may be of, with all their records ─▶ groupsOf ─▶ callOf each group
//                   ─▶ assign: the oldest id stays, others become aliases ─▶ save writes records ─▶ saveCalls writes what differs
import { callOf, wallsOf, type StoredCall } from '../cdr/call.ts';
import { isMixed } from '../cdr/wall.ts';
import { callKeyOf, callFactsOf, type CallFacts } from '../cdr/callquery.ts';
import type { Micros, StoredCdr } from '../cdr/cdr.ts';
import { groupsOf } from '../cdr/groups.ts';
import { endOf } from '../cdr/parties.ts';
import { allot } from './names.ts';
import { chunks, inserting, placeholders, rowsOf, type Sql, type Value } from './sql.ts';
import { gather, type Member, type Rooms } from './callgather.ts';
import { settleCompanies, settleInCall, tellInCall, type Refreshed } from './incall.ts';
import { writeCallChanges, type NewCallChange } from './callchanges.ts';
import { isEmptyCall } from './forget.ts';
import { countCalls } from './rollups.ts';
import { callColumns, toCallValues, type CallIds } from './callrow.ts';

export { type Member, type Rooms } from './callgather.ts';

/**
 * Most records that a call is made of. A conversation that has more (a linkedid that some program uses for all it does)
 * stays as its first ones made it; further ones belong to it, are counted, and move its end.
 */
export const callRecordsMax = 1000;

/** What `save` must write of calls once the records are written. */
export interface CallPlan {
  changed: readonly Planned[];
  /** Stored records that are of another call now, by its id. */
  moved: ReadonlyMap<number, readonly number[]>;
  /** Ids that were swallowed, and by which call. */
  swallowed: readonly { id: number; into: number; was: StoredCall }[];
  /** Stored records of which their calls say something else now. */
  refreshed: readonly Refreshed[];
  /** Calls of which companies see different parts, with the records that everyone sees. */
  mixed: readonly { call: StoredCall; cdrs: readonly StoredCdr[] }[];
}

interface Planned {
  call: StoredCall;
  was: StoredCall | null;
}

/** Decides which calls the records are of, and what these are now; sets `callId` of each. `removed` were deleted just now; in a dry run new calls have ids that none has. */
export async function planCalls(
  sql: Sql,
  rooms: Rooms,
  touched: readonly Member[],
  now: Micros,
  removed: readonly { id: number; callId: number | null }[] = [],
  isDryRun = false,
): Promise<CallPlan> {
  const gone = new Set(removed.map(({ id }) => id));
  const { members, known } = await gather(sql, rooms, touched, callRecordsMax, [
    ...new Set(removed.flatMap(({ callId }) => callId ?? [])),
  ]);
  const there = [...members.values()].filter(({ cdr }) => !gone.has(cdr.id));
  const groups = groupsOf(there.map(({ cdr }) => cdr))
    .map((group) => group.map(({ id }) => members.get(id)!).sort(byId))
    .sort((a, b) => byId(a[0]!, b[0]!));
  const claimed = new Set<number>();
  const ids = groups.map((group) => claim(group, known, claimed));
  const fresh = ids.filter((id) => id === null).length;
  let next = fresh === 0 || isDryRun ? -fresh : await allot(sql, 'call', fresh);
  const changed: Planned[] = [];
  const moved = new Map<number, number[]>();
  const mixed: CallPlan['mixed'][number][] = [];
  const refreshed: Refreshed[] = [];
  const into = new Map<number, number>();
  for (const [at, group] of groups.entries()) {
    const id = ids[at] ?? next++;
    for (const member of group) {
      if (member.callId !== null && member.callId !== id) into.set(member.callId, into.get(member.callId) ?? id);
    }
    const was = known.get(id) ?? null;
    const isOpen = !was || !isFull(was);
    const before = group.map(({ cdr }) => cdr);
    if (isOpen) settleCompanies(group);
    const cdrs = group.map(({ cdr }) => cdr);
    const call = isOpen ? callOfGroup(cdrs, id, was, now) : grown(was, group, now);
    if (was === null || differs(call, was)) changed.push({ call, was });
    if (isOpen) refreshed.push(...settleInCall(group, before, call, now));
    if (call.isMixed && isOpen) mixed.push({ call, cdrs: seenOf(group.map(({ cdr }) => cdr)) });
    for (const member of group) {
      if (member.callId === id) continue;
      if (member.isStored) moved.set(id, [...(moved.get(id) ?? []), member.cdr.id]);
      member.callId = id;
    }
  }
  const swallowed: CallPlan['swallowed'][number][] = [];
  for (const [id, was] of known) {
    if (claimed.has(id) || (isFull(was) && !(removed.length > 0 && (await isEmptyCall(sql, id))))) continue;
    const by = into.get(id);
    if (by !== undefined) swallowed.push({ id, into: by, was });
    // All of its records are gone.
    else if (!was.hidden) changed.push({ call: { ...was, hidden: true, updated: now }, was });
  }
  return { changed, moved, swallowed, refreshed, mixed };
}

const byId = (a: Member, b: Member) => a.cdr.id - b.cdr.id;

const isFull = ({ records }: StoredCall) => records >= callRecordsMax;

/** The oldest id that its records had, or may join; null for a new one. */
function claim(group: readonly Member[], known: ReadonlyMap<number, StoredCall>, claimed: Set<number>): number | null {
  const full = group.flatMap(({ full }) => full).sort((a, b) => a - b)[0];
  if (full !== undefined) {
    claimed.add(full);
    return full;
  }
  const former = group.map(({ callId }) => callId).filter((id) => id !== null && known.has(id) && !claimed.has(id));
  if (former.length === 0) return null;
  const id = (former as number[]).reduce((least, one) => Math.min(least, one));
  claimed.add(id);
  return id;
}

/** The records that a call is made of: those that everyone sees, or all when there are none. */
function seenOf(all: readonly StoredCdr[]): readonly StoredCdr[] {
  const seen = all.filter(({ hidden }) => !hidden);
  return (seen.length > 0 ? seen : all).slice(0, callRecordsMax);
}

function callOfGroup(all: readonly StoredCdr[], id: number, was: StoredCall | null, now: Micros): StoredCall {
  const some = seenOf(all);
  const call = callOf(some);
  const walls = wallsOf(some);
  const hidden = some[0]!.hidden;
  return {
    ...call,
    // One batch may bring more than a call is made of.
    records: hidden ? call.records : all.reduce((count, cdr) => count + (cdr.hidden ? 0 : 1), 0),
    id,
    firstCdr: all[0]!.id,
    walls,
    isMixed: isMixed(walls),
    hidden,
    created: was?.created ?? now,
    updated: now,
  };
}

/** A call that takes no more records in: only what costs nothing follows. */
function grown(was: StoredCall, group: readonly Member[], now: Micros): StoredCall {
  const added = group.filter(({ callId, cdr }) => callId !== was.id && !cdr.hidden).map(({ cdr }) => cdr);
  if (added.length === 0) return was;
  const end = added.reduce((last, cdr) => Math.max(last, endOf(cdr)), was.end);
  return { ...was, end, records: was.records + added.length, updated: now };
}

function differs(call: StoredCall, was: StoredCall): boolean {
  return textOf(call) !== textOf(was);
}

/** All of a call but when it was written; companies are compared without case. */
function textOf(call: StoredCall): string {
  return JSON.stringify(toCallValues({ ...call, created: 0, updated: 0 }, keysOf(call) as unknown as CallIds));
}

function keysOf({ system, company, target }: StoredCall) {
  return { system, company: company?.toLowerCase() ?? null, target: target?.toLowerCase() ?? null };
}

const insert = inserting('call', callColumns);
const update = `UPDATE \`call\` SET ${callColumns
  .slice(1)
  .map((column) => `\`${column}\` = ?`)
  .join(', ')} WHERE \`id\` = ?`;

/** Follows what people did to one stored record, which is `cdr` now. */
export async function refreshCall(
  sql: Sql,
  rooms: Rooms,
  { cdr, callId }: Pick<Member, 'cdr' | 'callId'>,
  now: Micros,
): Promise<void> {
  const member = { cdr, callId, isStored: true, full: [] };
  await saveCalls(sql, rooms, await planCalls(sql, rooms, [member], now));
}

/** Looks at the calls of these records again; `gone` are deleted by now. */
export async function refreshCalls(
  sql: Sql,
  rooms: Rooms,
  gone: readonly { id: number; callId: number | null }[],
  now: Micros,
): Promise<void> {
  await saveCalls(sql, rooms, await planCalls(sql, rooms, [], now, gone));
}

/** Writes what differs, and tells it at the place of the last change of a record, which must be written by now. The names of systems and companies are in the store by now. */
export async function saveCalls(
  sql: Sql,
  rooms: Rooms,
  plan: CallPlan,
  told: 'told' | 'untold' = 'told',
): Promise<void> {
  const { systems, companies } = rooms;
  const { changed, moved, swallowed } = plan;
  for (const [id, cdrs] of moved) {
    for (const some of chunks(cdrs)) {
      const where = placeholders(1, some.length);
      await sql.run(`UPDATE \`cdr\` SET \`call_id\` = ? WHERE \`id\` IN ${where}`, [id, ...some]);
    }
  }
  await tellInCall(sql, companies, plan.refreshed, told);
  const calls = changed.map(({ call }) => call);
  const handles = new Set(
    calls.flatMap(({ company, target }) => [company, target]).filter((handle) => handle !== null),
  );
  const systemIds = await systems.toIds(sql, new Set(calls.map(({ system }) => system)));
  const companyIds = await companies.toIds(sql, handles);
  const companyId = (handle: string | null) => (handle === null ? null : companyIds.get(companies.key(handle))!);
  const valuesOf = (call: StoredCall): Value[] => {
    const ids = { company: companyId(call.company), target: companyId(call.target) };
    return toCallValues(call, { system: systemIds.get(call.system)!, ...ids });
  };
  const made = changed.filter(({ was }) => was === null);
  const rows = rowsOf(made, ({ call }) => valuesOf(call));
  await insert(sql, rows);
  for (const { call, was } of changed) {
    if (was !== null) await sql.run(update, [...valuesOf(call).slice(1), call.id]);
  }
  for (const { id, into } of swallowed) {
    await sql.run('DELETE FROM `call` WHERE `id` = ?', [id]);
    await sql.run('UPDATE `call_alias` SET `call_id` = ? WHERE `call_id` = ?', [into, id]);
    await sql.run('INSERT INTO `call_alias` (`id`, `call_id`) VALUES (?, ?)', [id, into]);
  }
  await countCalls(sql, rooms, plan);
  if (told === 'told') await writeCallChanges(sql, callChangesOf(plan));
}

/** What readers are told of a plan: nothing of calls that nobody saw before and nobody sees then. */
export function callChangesOf({ changed, swallowed }: Pick<CallPlan, 'changed' | 'swallowed'>): NewCallChange[] {
  const changes = changed.flatMap(({ call, was }): NewCallChange[] => {
    if (call.hidden && (was === null || was.hidden)) return [];
    const facts = was && callKeyOf(was) !== callKeyOf(call) ? callFactsOf(was) : null;
    const op = call.hidden ? 'deleted' : was === null || was.hidden ? 'created' : 'updated';
    return [{ id: call.id, op, into: null, was: facts }];
  });
  const ends = swallowed.map(({ id, into, was }): NewCallChange => {
    const facts: CallFacts = callFactsOf(was);
    return { id, op: 'deleted', into, was: facts };
  });
  return [...ends, ...changes];
}
