// A change as one client is told it: what it is to that client, and its words, made once for all who are told the same.
import type { CallChange, Change } from '../store/changelist.ts';
import { toNativeCall } from './dialects/native/callshape.ts';
import { toNative } from './dialects/native/shape.ts';
import type { Op } from './livewish.ts';

/**
 * What is told of a change, in its words. A call is told before the record that it changed with, at the place before it: who hangs
 * up between the two and resumes hears the call again, and misses nothing.
 */
export interface Telling {
  type: 'cdr' | 'call';
  op: Op | 'ended';
  /** How far a client has come when it has this; null for a live call, which has no place. */
  seq: number | null;
  /** One object for all who are told the same of it. */
  change: object;
  body: () => object;
}

/** Of a record that it may no longer see, a client is told nothing but the id. */
export function tellingOf(change: Change, op: Op): Telling {
  const cdr = () => (op === 'deleted' ? { id: change.cdr.id } : toNative(change.cdr));
  return { type: 'cdr', op, seq: change.seq, change, body: () => ({ cdr: cdr() }) };
}

/** `change` as the client sees it, of the place `seq`. */
export function tellingOfCall(change: CallChange, op: Op, seq: number): Telling {
  const { id, call, into } = change;
  const gone = () => ({ call: { id }, ...(into === null ? {} : { into }) });
  const body = () => (op === 'deleted' || !call ? gone() : { call: toNativeCall(call) });
  return { type: 'call', op, seq: seq - 1, change, body };
}

const headOf = ({ type }: Telling): string => `{"type":"${type}",`;

/** A WebSocket message; `ids` are the subscriptions it is for, null for the one without an id. */
export function messageOf(telling: Telling, ids: readonly string[] | null): Buffer {
  const { type, op, seq, body } = telling;
  const message = kept(messages, telling, () =>
    Buffer.from(JSON.stringify({ type, op, seq: seq ?? undefined, ...body() })),
  );
  if (ids === null) return message;
  const head = headOf(telling);
  return Buffer.concat([Buffer.from(`${head}"ids":${JSON.stringify(ids)},`), message.subarray(head.length)]);
}

/** The change as an element of a JSON list; that of a call says so, that of a record does not. */
export function elementOf(telling: Telling): string {
  const message = messageOf(telling, null);
  return telling.type === 'call' ? message.toString('utf8') : `{${message.toString('utf8', headOf(telling).length)}`;
}

/** A server-sent event; all who are told of this change read the same store, so its generation is theirs. */
export function eventOfTelling(telling: Telling, generation: string): Buffer {
  const id = telling.seq === null ? null : `${generation}:${telling.seq}`;
  return kept(events, telling, () => eventOf(telling.type, id, messageOf(telling, null)));
}

/** One event of a `text/event-stream` (WHATWG HTML §9.2); JSON has no line breaks. Without an id, the one before stays the client's place. */
export function eventOf(type: string, id: string | null, data: Buffer): Buffer {
  const named = id === null ? '' : `id: ${id}\n`;
  return Buffer.concat([Buffer.from(`event: ${type}\n${named}data: `), data, Buffer.from('\n\n')]);
}

type Kept = WeakMap<object, Map<Telling['op'], Buffer>>;
const messages: Kept = new WeakMap();
const events: Kept = new WeakMap();

function kept(frames: Kept, { change, op }: Telling, make: () => Buffer): Buffer {
  const ofChange = frames.get(change) ?? new Map<Telling['op'], Buffer>();
  frames.set(change, ofChange);
  const known = ofChange.get(op);
  if (known) return known;
  const made = make();
  ofChange.set(op, made);
  return made;
}
