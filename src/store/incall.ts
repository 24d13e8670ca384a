// What records are in their calls (cdr/incall.ts), in the transaction that planned these: records in hand are written with it, stored
// ones get it when their call is written, and a change of their own.
import type { Call } from '../cdr/call.ts';
import type { Micros, Properties, StoredCdr } from '../cdr/cdr.ts';
import { inCallOf, nothingInCall } from '../cdr/incall.ts';
import type { Member } from './callgather.ts';
import { writeChanges } from './changes.ts';
import { inCallText } from './row.ts';
import type { Sql } from './sql.ts';

/** A stored record as it was and is. */
export interface Refreshed {
  was: StoredCdr;
  is: StoredCdr;
}

/** Sets `inCall` of the records of one call, as everyone sees it; returns those that are stored and differ. */
export function settleInCall(
  group: readonly Member[],
  { transfers }: Pick<Call, 'transfers'>,
  now: Micros,
): Refreshed[] {
  // Nearly every call: nothing was said, and there is nothing to say.
  if (transfers.length === 0 && group.every(({ cdr }) => cdr.inCall === nothingInCall)) return [];
  const seen = group.map(({ cdr }) => cdr).filter(({ hidden }) => !hidden);
  const said = inCallOf(seen);
  const refreshed: Refreshed[] = [];
  for (const member of group) {
    const was = member.cdr;
    if (was.hidden) continue;
    const inCall = said.get(was.id) ?? nothingInCall;
    if (isAlike(inCall, was.inCall)) continue;
    member.cdr = { ...was, inCall, updated: now };
    if (member.isStored) refreshed.push({ was, is: member.cdr });
  }
  return refreshed;
}

/** In the order of their ids. Their calls have changed with them, and stand at the place of the last of these. */
export async function tellInCall(sql: Sql, refreshed: readonly Refreshed[], told: 'told' | 'untold'): Promise<void> {
  const ordered = refreshed.toSorted((a, b) => a.is.id - b.is.id);
  for (const { is } of ordered) {
    await sql.run('UPDATE `cdr` SET `in_call` = ?, `updated` = ? WHERE `id` = ?', [
      ...[inCallText(is.inCall), is.updated, is.id],
    ]);
  }
  if (told === 'untold' || ordered.length === 0) return;
  const changes = ordered.map(({ was, is }) => ({ id: is.id, op: 'updated', was, is }) as const);
  await writeChanges(sql, changes, ordered[0]!.is.updated);
}

function isAlike(a: Properties, b: Properties): boolean {
  const names = Object.keys(a) as (keyof Properties)[];
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
