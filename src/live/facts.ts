// What the events told of one record, as custom values that are kept, merged, exported and explained like any other. Pure.
//
//   ami_ring_seconds   from the first ringing of party B to its answer, or to the end of the attempt
//   ami_hangup_side    caller or callee: whose phone (or line) ended it; absent where neither did: a transfer, the time of Dial, the dialplan
//   ami_hangup_cause   Q.850, of who ended it, else as party B (without one, the channel) was cleared
//   ami_sip_code       SIP status beside that cause, where Asterisk tells it (TechCause)
//   ami_transferrer    number of who sent the call on into this leg
//   ami_pickup         number of the phone whose ringing call this party B took
//   ami_hold_seconds   while one of the two held the other; absent when nobody did
//
// What was not heard is absent.
import type { Micros } from '../cdr/cdr.ts';
import { enderOf, isAnswered, isRefused, type Channel, type Cleared, type Pair } from './channel.ts';

export const factNames = [
  ...['ami_ring_seconds', 'ami_hangup_side', 'ami_hangup_cause', 'ami_sip_code'],
  ...['ami_transferrer', 'ami_pickup', 'ami_hold_seconds'],
] as const;

export interface Told {
  facts: Readonly<Record<string, string>>;
  /** Nothing more can come: the channels are gone, or who hung up is known. */
  isWhole: boolean;
}

/** A record without party B says by its end which part of its channel's life it is; the clocks may differ by so much. */
const nearMicros = 2e6;

/** `channel` is that of the record's uniqueid; `end` of the record, null when it is not known finely. */
export function factsOf(channel: Channel, dstchannel: string | null, end: Micros | null): Told {
  if (!dstchannel) return factsAlone(channel, end);
  const pair = channel.pairs.findLast(({ a, b }) => (a === channel ? b : a).name === dstchannel);
  if (!pair) return { facts: {}, isWhole: channel.over !== null };
  const { ender, a, b, picked, transferrer } = pair;
  const stopped = isAnswered(pair) ? pair.answerAt : pair.overAt;
  const other = a === channel ? b : a;
  const cleared = ender?.cleared ?? (other.hangup?.cause != null ? other.hangup : null);
  const side = ender === null || a === channel ? ender?.side : ender.side === 'caller' ? 'callee' : 'caller';
  const facts = {
    ...(pair.ringAt !== null && stopped !== null && { ami_ring_seconds: secondsOf(stopped - pair.ringAt) }),
    ...(side !== undefined && { ami_hangup_side: side }),
    ...clearingOf(ender === null && pair.overAt === null ? null : cleared),
    ...(transferrer !== null && { ami_transferrer: transferrer }),
    ...(picked !== null && { ami_pickup: picked }),
    ...(pair.held !== null && { ami_hold_seconds: secondsOf(heldOf(pair)) }),
  };
  return { facts, isWhole: ender !== null || (pair.overAt !== null && (cleared !== null || other.over !== null)) };
}

function factsAlone(channel: Channel, end: Micros | null): Told {
  const { request, hangup } = channel;
  const cleared = request ?? hangup;
  const isItsEnd =
    channel.pairs.length === 0 || (end !== null && cleared !== null && Math.abs(cleared.at - end) <= nearMicros);
  if (cleared === null || !isItsEnd) return { facts: {}, isWhole: channel.over !== null };
  return {
    facts: { ...(request && !isRefused(channel) && { ami_hangup_side: 'caller' }), ...clearingOf(cleared) },
    isWhole: true,
  };
}

/** How a call ended whose last leg was between these two; what lay between them does not matter. */
export function endingFacts(a: Channel, b: Channel | null): Readonly<Record<string, string>> {
  const ender = enderOf({ a, b });
  const cleared = ender?.cleared ?? [b?.hangup, a.hangup].find((hangup) => hangup?.cause != null) ?? null;
  return { ...(ender && { ami_hangup_side: ender.side }), ...clearingOf(cleared) };
}

function clearingOf(cleared: Cleared | null): Record<string, string> {
  return {
    ...(cleared?.cause != null && { ami_hangup_cause: String(cleared.cause) }),
    ...(cleared?.sip != null && { ami_sip_code: cleared.sip }),
  };
}

function heldOf({ held, heldAt, overAt }: Pair): Micros {
  return (held ?? 0) + (heldAt !== null && overAt !== null ? Math.max(0, overAt - heldAt) : 0);
}

/** Seconds with milliseconds: events come no finer. */
function secondsOf(span: Micros): string {
  return (Math.max(0, span) / 1e6).toFixed(3);
}
