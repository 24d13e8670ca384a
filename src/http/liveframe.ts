// A change as one client is told it: what it is to that client, and its words, made once for all who are told the same.
import { matches, type CdrFilter, type Within } from '../cdr/query.ts';
import type { CdrChange as Change } from '../store/changelist.ts';
import { toNative } from './dialects/native/shape.ts';

export type Op = 'created' | 'updated' | 'deleted';

/** null when the change is nothing to this client. A record that left its view is `deleted` to it, one that came into it `created`. */
export function opFor({ op, cdr, was }: Change, filter: CdrFilter, within: Within): Op | null {
  const isIn = matches(cdr, filter, within);
  if (was === null) return isIn ? op : null;
  const wasIn = matches(was, filter, within);
  if (isIn) return wasIn ? op : 'created';
  return wasIn ? 'deleted' : null;
}

const head = '{"type":"cdr",';

/** A WebSocket message; `ids` are the subscriptions it is for, null for the one without an id. */
export function messageOfChange(change: Change, op: Op, ids: readonly string[] | null): Buffer {
  const message = kept(messages, change, op, () => {
    // Of a record that it may no longer see, a client is told nothing but the id.
    const cdr = op === 'deleted' ? { id: change.cdr.id } : toNative(change.cdr);
    return Buffer.from(JSON.stringify({ type: 'cdr', op, seq: change.seq, cdr }));
  });
  if (ids === null) return message;
  return Buffer.concat([Buffer.from(`${head}"ids":${JSON.stringify(ids)},`), message.subarray(head.length)]);
}

/** The change as an element of a JSON list. */
export function elementOfChange(change: Change, op: Op): string {
  return `{${messageOfChange(change, op, null).toString('utf8', head.length)}`;
}

/** A server-sent event; all who are told of this change read the same store, so its generation is theirs. */
export function eventOfChange(change: Change, op: Op, generation: string): Buffer {
  const id = `${generation}:${change.seq}`;
  return kept(events, change, op, () => eventOf('cdr', id, messageOfChange(change, op, null)));
}

/** One event of a `text/event-stream` (WHATWG HTML §9.2); JSON has no line breaks. */
export function eventOf(type: string, id: string, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`event: ${type}\nid: ${id}\ndata: `), data, Buffer.from('\n\n')]);
}

type Kept = WeakMap<Change, Map<Op, Buffer>>;
const messages: Kept = new WeakMap();
const events: Kept = new WeakMap();

function kept(frames: Kept, change: Change, op: Op, make: () => Buffer): Buffer {
  const ofChange = frames.get(change) ?? new Map<Op, Buffer>();
  frames.set(change, ofChange);
  const known = ofChange.get(op);
  if (known) return known;
  const made = make();
  ofChange.set(op, made);
  return made;
}
