// What records are in their calls (cdr/incall.ts), in the transaction that planned these: records in hand are written with it, stored
// ones get it when their call is written, and a change of their own.
import type { Call } from '../cdr/call.ts';
import type { InCall, Micros, StoredCdr } from '../cdr/cdr.ts';
import { callCompanyOf, companiesOfCall, ownSides, restOf, withCallCompany } from '../cdr/callcompany.ts';
import { inCallOf, namesOthers, nothingInCall } from '../cdr/incall.ts';
import type { Member } from './callgather.ts';
import { writeChanges } from './changes.ts';
import type { Names } from './names.ts';
import { inCallText } from './row.ts';
import type { Sql } from './sql.ts';

/** A stored record as it was and is. */
export interface Refreshed {
  was: StoredCdr;
  is: StoredCdr;
}

/** Gives the records of one call that have no company the company of their call, before it is said what the call is. */
export function settleCompanies(group: readonly Member[]): void {
  const seen = group.filter(({ cdr }) => !cdr.hidden);
  const said = companiesOfCall(seen.map(({ cdr }) => cdr));
  for (const member of seen) {
    const { cdr } = member;
    const [is, was] = [said.get(cdr.id) ?? nothingInCall, callCompanyOf(cdr.inCall)];
    if (isAlike(is, was)) continue;
    const inCall = { ...restOf(cdr.inCall), ...is };
    member.cdr = withCallCompany({ ...cdr, ...ownSides(cdr), inCall });
  }
}

/** Sets the rest of `inCall` of the same records; returns those that are stored and differ from `before`, in the order of the group. */
export function settleInCall(
  group: readonly Member[],
  before: readonly StoredCdr[],
  { transfers }: Pick<Call, 'transfers'>,
  now: Micros,
): Refreshed[] {
  // Nearly every call: nothing was said, and there is nothing to say.
  const isMute = group.every(
    ({ cdr }, at) => cdr.inCall === nothingInCall && before[at]!.inCall === nothingInCall && !namesOthers(cdr),
  );
  if (transfers.length === 0 && isMute) return [];
  const seen = group.map(({ cdr }) => cdr).filter(({ hidden }) => !hidden);
  const said = inCallOf(seen);
  const refreshed: Refreshed[] = [];
  for (const [at, member] of group.entries()) {
    const [was, cdr] = [before[at]!, member.cdr];
    if (was.hidden) continue;
    const inCall = { ...said.get(was.id), ...callCompanyOf(cdr.inCall) };
    if (isAlike(inCall, was.inCall)) continue;
    member.cdr = { ...cdr, inCall: Object.keys(inCall).length === 0 ? nothingInCall : inCall, updated: now };
    if (member.isStored) refreshed.push({ was, is: member.cdr });
  }
  return refreshed;
}

/** In the order of their ids. Their calls have changed with them, and stand at the place of the last of these. */
export async function tellInCall(
  sql: Sql,
  companies: Names,
  refreshed: readonly Refreshed[],
  told: 'told' | 'untold',
): Promise<void> {
  if (refreshed.length === 0) return;
  const ordered = refreshed.toSorted((a, b) => a.is.id - b.is.id);
  const handles = new Set(ordered.flatMap(({ is }) => [is.company, is.target]).filter((handle) => handle !== null));
  const ids = await companies.toIds(sql, handles);
  const idOf = (handle: string | null) => (handle === null ? null : ids.get(companies.key(handle))!);
  for (const { is } of ordered) {
    await sql.run('UPDATE `cdr` SET `in_call` = ?, `company_id` = ?, `target_id` = ?, `updated` = ? WHERE `id` = ?', [
      ...[inCallText(is.inCall), idOf(is.company), idOf(is.target), is.updated, is.id],
    ]);
  }
  if (told === 'untold') return;
  const changes = ordered.map(({ was, is }) => ({ id: is.id, op: 'updated', was, is }) as const);
  await writeChanges(sql, changes, ordered[0]!.is.updated);
}

function isAlike(a: InCall, b: InCall): boolean {
  const names = Object.keys(a) as (keyof InCall)[];
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
