// A change that the feed tells of a call, put into the numbers of Overview. Pure.
import type { LiveEvent } from '../../client/queue.ts';
import type { Call } from '../../http/dialects/native/callshape.ts';
import type { Curve } from './curve.ts';
import type { Earlier } from './earlier.ts';
import type { Span } from './range.ts';
import type { Tally } from './tally.ts';

export interface Change {
  /** Place in the change sequence at which it counts. */
  seq: number;
  /** What was counted of it; null: nothing. */
  before: Call | null;
  /** What counts now; null: it is gone. */
  after: Call | null;
  /** False: what was counted of it is not known. */
  isKnown: boolean;
}

/** null: it changes nothing that is counted. */
export function changeOf(event: LiveEvent, before: Call | null): Change | null {
  if (event.type !== 'call' || !('seq' in event)) return null;
  const { seq, op, call } = event;
  const after = 'start' in call ? call : null;
  // A list that was read knows calls ahead of the feed: then what it said is no word of before.
  const isAhead = before !== null && after !== null && before.updated >= after.updated;
  // A change of a call says the place to go on from, which is the one before its own (http/liveframe.ts).
  return { seq: seq + 1, before, after, isKnown: before === null ? op === 'created' : !isAhead };
}

interface Numbers {
  tally: Tally;
  curve: Curve;
  curveSince: number;
  earlier: Earlier;
}

/** `company`: handle, empty for all. False: it cannot be told what it does to the numbers. */
export function putInto(
  { tally, curve, curveSince, earlier }: Numbers,
  { seq, before, after, isKnown }: Change,
  company: string,
): boolean {
  if (seq <= Math.min(tally.place, curveSince, earlier.place)) return true;
  // Whatever it was before: it is of another time.
  const { frame } = tally;
  const isElsewhere = (call: Call) => !isWithin(call, frame) && !isWithin(call, frame.before);
  if (!isKnown) return after !== null && isElsewhere(after);
  const [old, now] = [before, after].map((call) => (call && concerns(call, company) ? call : null));
  // Of a call that it shares, a company sees and counts its own part; here is the whole.
  const isShared = (call: Call | null | undefined) => call && call.companies.length > 1 && !isElsewhere(call);
  if (company !== '' && [old, now].some(isShared)) return false;
  for (const numbers of [tally, earlier]) {
    if (old) numbers.put(old, -1, seq);
    if (now) numbers.put(now, 1, seq);
  }
  if (seq <= curveSince) return true;
  const taken = old ? curve.put(old, -1) : true;
  const put = now ? curve.put(now, 1) : true;
  return taken && put;
}

function isWithin({ start, end }: Call, { from, to }: Span): boolean {
  return Date.parse(start) < to && Date.parse(end) >= from;
}

/** `company`: handle in any case, empty for all. */
export function concerns({ companies }: Pick<Call, 'companies'>, company: string): boolean {
  return company === '' || companies.some((one) => one.toLowerCase() === company.toLowerCase());
}
