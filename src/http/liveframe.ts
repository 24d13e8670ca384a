// A change as one client is told it: what it is to that client, and its bytes, made once for all who are told the same.
import { matches, type CdrFilter, type Within } from '../cdr/query.ts';
import type { Change } from '../store/read.ts';
import { toNative } from './dialects/native/shape.ts';

type Op = 'created' | 'updated' | 'deleted';

/** null when the change is nothing to this client. */
export function frameFor(change: Change, filter: CdrFilter, within: Within): Buffer | null {
  const op = opFor(change, filter, within);
  return op && frameOf(change, op);
}

/** A record that left the client's view is `deleted` to it, one that came into it `created`. */
function opFor({ op, cdr, was }: Change, filter: CdrFilter, within: Within): Op | null {
  const isIn = matches(cdr, filter, within);
  if (was === null) return isIn ? op : null;
  const wasIn = matches(was, filter, within);
  if (isIn) return wasIn ? op : 'created';
  return wasIn ? 'deleted' : null;
}

const frames = new WeakMap<Change, Map<Op, Buffer>>();

function frameOf(change: Change, op: Op): Buffer {
  const ofChange = frames.get(change) ?? new Map<Op, Buffer>();
  frames.set(change, ofChange);
  const known = ofChange.get(op);
  if (known) return known;
  // Of a record that it may no longer see, a client is told nothing but the id.
  const cdr = op === 'deleted' ? { id: change.cdr.id } : toNative(change.cdr);
  const frame = Buffer.from(JSON.stringify({ type: 'cdr', op, seq: change.seq, cdr }));
  ofChange.set(op, frame);
  return frame;
}
