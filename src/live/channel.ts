// The shapes of the live model: a channel of Asterisk, and a pair of two of them (one dialled the other, or both met in a bridge).
import type { Micros } from '../cdr/cdr.ts';
import { localHalf } from '../cdr/parties.ts';

/** Why a channel ended. */
export interface Cleared {
  at: Micros;
  /** Q.850; null when Asterisk tells none (0). */
  cause: number | null;
  /** SIP status that PJSIP was told (`TechCause`, Asterisk 22 of autumn 2025 and newer). */
  sip: string | null;
}

/** A channel, while it lives and a little longer. */
export interface Channel {
  readonly uniqueid: string;
  name: string;
  linkedid: string;
  /** CallerIDNum: the number of who is at it; of a trunk that was dialled, the number dialled. */
  number: string;
  /** What it dialled first, or was sent to; of one that was met on its way, where it stood then. */
  exten: string;
  context: string;
  accountcode: string;
  born: Micros;
  /** Its Newchannel was not heard: what it dialled nobody knows. */
  readonly isMet: boolean;
  /** Last event of it. */
  seen: Micros;
  upAt: Micros | null;
  /** Since when it rings; kept when it is answered. */
  ringAt: Micros | null;
  bridge: string | null;
  /** It is a bridge for two: who is left alone in it is put out of it. False for a room, a park, a queue's music. */
  isPaired: boolean;
  heldAt: Micros | null;
  /** Its own side asked for the end. */
  request: Cleared | null;
  hangup: Cleared | null;
  isDialed: boolean;
  pairs: Pair[];
  /** Number of who sent it on by a transfer. */
  transferrer: string | null;
  /** Number of the phone whose ringing call it took. */
  picked: string | null;
  /** hangup, cdr or unknown once it is no live channel any more. */
  over: Over | null;
  /** It has transferred: what it dialled may go on without it. */
  hasSentOn: boolean;
  /** A record of its own was stored. */
  isRecorded: boolean;
  /** A record of its own, or of who it was with, was stored: it has ended, or ends now. */
  settledAt: Micros | null;
  /** Who it was with has ended, and nothing was heard of it since: nobody knows. */
  doubtedAt: Micros | null;
  /** How many events had been dropped when it was last heard of. */
  losses: number;
}

/** How we know that it is over: its Hangup, its record, or not at all (the line was away, or nothing was heard for a day). */
export const overs = ['hangup', 'cdr', 'unknown'] as const;
export type Over = (typeof overs)[number];

export interface Pair {
  readonly a: Channel;
  readonly b: Channel;
  /** The number that `a` dialled, and what Dial was told, as `PJSIP/102`. */
  exten: string;
  data: string;
  began: Micros;
  ringAt: Micros | null;
  /** null: not yet, or nobody knows when. */
  answerAt: Micros | null;
  /** When the two were found to talk, of whom nobody heard the answer. */
  foundAt: Micros | null;
  overAt: Micros | null;
  /** Who of the two ended it; null: neither did (a transfer, the time of Dial, the dialplan), or nobody knows. */
  ender: { side: 'caller' | 'callee'; cleared: Cleared } | null;
  /** Who of the two holds, since when; the sum of what is over. */
  holders: Set<string>;
  heldAt: Micros | null;
  held: Micros | null;
  transferrer: string | null;
  picked: string | null;
}

/** Most pairs remembered of one channel: a caller in a queue tries its members again and again. */
export const pairsMax = 200;

export function otherOf(pair: Pair, channel: Channel): Channel {
  return pair.a === channel ? pair.b : pair.a;
}

export function isOpen(pair: Pair): boolean {
  return pair.overAt === null;
}

export function isAnswered({ answerAt, foundAt }: Pair): boolean {
  return answerAt !== null || foundAt !== null;
}

export function pairOf(a: Channel, b: Channel): Pair | undefined {
  return a.pairs.findLast((pair) => pair.a === a && pair.b === b);
}

/** Who of two that met in a bridge called: nobody is at a Local channel, the other end of which calls on (a consultation by keys). */
export function inOrder(one: Channel, other: Channel): [Channel, Channel] {
  const [near, far] = [one, other].map(({ name }) => localHalf(name)?.half === '1');
  const isCaller =
    near === far ? (one.isDialed === other.isDialed ? elder(one, other) === one : !one.isDialed) : far === true;
  return isCaller ? [one, other] : [other, one];
}

/**
 * Who of two was born first: Asterisk counts its channels in their uniqueids, behind the second (main/channel.c, `oldest_linkedid`).
 * Uniqueids that somebody else has made say nothing.
 */
export function elder(one: Channel, other: Channel): Channel {
  const [first, second] = [one, other].map(({ uniqueid }) => /(\d+)\.(\d+)$/.exec(uniqueid));
  const counted = first && second ? Number(first[1]) - Number(second[1]) || Number(first[2]) - Number(second[2]) : 0;
  return (counted || one.born - other.born) <= 0 ? one : other;
}

/** A channel of Asterisk's own, at which nobody is. */
export function isLocal({ name }: Channel): boolean {
  return name.startsWith('Local/');
}

export function newPair(a: Channel, b: Channel, began: Micros, exten: string, data: string): Pair {
  const pair: Pair = {
    ...{ a, b, exten, data, began },
    ...{ ringAt: null, answerAt: null, foundAt: null, overAt: null, ender: null },
    ...{ holders: new Set(), heldAt: null, held: null },
    ...{ transferrer: a.transferrer ?? null, picked: b.picked },
  };
  for (const channel of new Set([a, b])) {
    channel.pairs.push(pair);
    if (channel.pairs.length > pairsMax) channel.pairs.shift();
  }
  return pair;
}

/** The pair is no more; who ended it is who asked for it, if anybody has. */
export function endPair(pair: Pair, at: Micros): void {
  if (pair.overAt !== null) return;
  pair.overAt = at;
  endHold(pair, at);
  pair.ender ??= enderOf(pair);
}

/** Nobody is at a Local channel, so it ends nothing by itself: it goes when it is optimised away, too. */
export function enderOf({ a, b }: { a: Channel; b: Channel | null }): Pair['ender'] {
  const asked = [
    ...(a.request && !isLocal(a) && !isRefused(a) ? [{ side: 'caller', cleared: a.request } as const] : []),
    ...(b?.request && !isLocal(b) ? [{ side: 'callee', cleared: b.request } as const] : []),
  ];
  return asked.sort((one, other) => one.cleared.at - other.cleared.at)[0] ?? null;
}

/** Q.850 of a caller who gives up while it rings: PJSIP tells 19, with SIP 487; others 16. */
const givenUp = new Set<number | null>([null, 16, 19]);

/** The dialplan turned this caller down (Busy, Congestion): his own phone asks for the end then, too. */
export function isRefused({ request, upAt }: Channel): boolean {
  return request !== null && upAt === null && !givenUp.has(request.cause);
}

export function startHold(pair: Pair, by: string, at: Micros): void {
  pair.holders.add(by);
  pair.heldAt ??= at;
  pair.held ??= 0;
}

/** `by` lets go; the pair is held as long as the other one does. Without `by`: nobody holds any more. */
export function endHold(pair: Pair, at: Micros, by?: string): void {
  if (by === undefined) pair.holders.clear();
  else pair.holders.delete(by);
  if (pair.heldAt === null || pair.holders.size > 0) return;
  pair.held = (pair.held ?? 0) + Math.max(0, at - pair.heldAt);
  pair.heldAt = null;
}
