// What a client of the feed wants to hear of, and what a change of a record or a call is to it.
import { callMatches, isCallVisible, type CallFacts, type CallFilter } from '../cdr/callquery.ts';
import { matches, type CdrFilter, type Within } from '../cdr/query.ts';
import { isVisible } from '../cdr/wall.ts';
import { seenCall } from '../store/calllist.ts';
import type { CallChange, Change } from '../store/changelist.ts';

export type Op = 'created' | 'updated' | 'deleted';

export const changeTypes = ['cdr', 'call'] as const;
export type ChangeType = (typeof changeTypes)[number];

/** null: nothing of that kind. */
export interface Wish {
  cdr: CdrFilter | null;
  call: CallFilter | null;
  /** Live calls by the same filter, too. */
  live?: boolean;
}

/** Live calls come beside calls only. */
export const liveNeedsCalls = 'live: expected "call" among "types" beside it';

/** null when the change is nothing to this client. A record that left its view is `deleted` to it, one that came into it `created`. */
export function opFor({ op, cdr, was }: Change, filter: CdrFilter | null, within: Within): Op | null {
  if (filter === null) return null;
  const isIn = matches(cdr, filter, within);
  if (was === null) return isIn ? op : null;
  return moved(matches(was, filter, within), isIn, op);
}

/** The change as a reader behind this wall sees it; the very same one wherever it sees all of it. */
export function viewOf(change: CallChange, within: Within): CallChange {
  if (within === null || change.call === null || change.records.length === 0) return change;
  const seen = change.records.filter((record) => isVisible(record, within));
  if (seen.length === change.records.length) return change;
  return { ...change, call: seen.length === 0 ? null : seenCall(change.call, seen, change.records.length) };
}

/** As `opFor`; the change as `viewOf` gave it. */
export function opForCall({ op, call, was }: CallChange, filter: CallFilter | null, within: Within): Op | null {
  if (filter === null) return null;
  const isIn = call !== null && callMatches(call, filter, within);
  return was === null ? (isIn ? op : null) : moved(wasIn(was, filter, within), isIn, op);
}

/** Whether the call was something to this client before the change; the change as `viewOf` gave it. */
export function hadCall({ op, call, was }: CallChange, filter: CallFilter, within: Within): boolean {
  if (was !== null) return wasIn(was, filter, within);
  return op !== 'created' && call !== null && callMatches(call, filter, within);
}

function wasIn(was: CallFacts, filter: CallFilter, within: Within): boolean {
  // What a reader saw of it then, when it saw a part, nobody knows any more: it is told that the call left, if it did.
  const isPart = within !== null && !was.walls.every((wall) => isVisible(wall, within));
  return isPart ? isCallVisible(was, within) : callMatches(was, filter, within);
}

/** What it comes to that something was in a view, or not, and is in it now, or not. */
export function moved(had: boolean, isIn: boolean, op: Op): Op | null {
  if (isIn) return had ? op : 'created';
  return had ? 'deleted' : null;
}
