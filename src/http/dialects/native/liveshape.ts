// A live call as our own API and the feed show it, and the shape of that.
import { Type, type Static } from 'typebox';
import { directions } from '../../../cdr/cdr.ts';
import { isoOf, type Clock } from '../../../cdr/time.ts';
import type { Ending } from '../../../live/board.ts';
import type { LiveCall, LiveLeg, LiveParty } from '../../../live/call.ts';
import { overs } from '../../../live/channel.ts';
import { liveStates } from '../../../live/legs.ts';
import { orNull, text, time, timeOrNull } from './answers.ts';

const closed = { additionalProperties: false };
const states = Type.Enum([...liveStates], {
  description:
    'talking; held: one holds the other; ringing; system: a menu, a queue, a mailbox or a conference has answered; dialing: nothing rings yet',
});

const Party = Type.Object(
  {
    channel: Type.String({ description: 'of Asterisk' }),
    number: text('who is at it; null: nobody knows its number'),
    extension: text('its number, when it is an extension of this PBX'),
    company: text('its company by the rules of the system'),
  },
  { ...closed, title: 'LiveParty' },
);
const Leg = Type.Object(
  {
    state: states,
    since: time('since when it is known to be in that state'),
    from: Party,
    to: orNull(Party, 'null: the PBX itself, or nobody yet'),
    ring: timeOrNull('when it began to ring'),
    answer: timeOrNull('when it was answered; null: not yet, or nobody heard when'),
  },
  { ...closed, title: 'LiveLeg', description: 'Who rings, talks with, or is held by whom.' },
);

const name = {
  system: Type.String({ description: 'the Asterisk' }),
  linkedid: Type.String({
    description: 'names the call while it lives; its records and the call made of them have it too',
  }),
};

export const NativeLiveCall = Type.Object(
  {
    ...name,
    state: states,
    since: time('since when it is known to be in that state'),
    start: time('when its first channel began'),
    ring: timeOrNull('when a phone rang first, of those that still ring or talk'),
    answer: timeOrNull('since when people talk; null: they do not, or nobody heard when they began'),
    caller: text('who called; null: it has no number, or nobody heard the beginning'),
    called: text('what was dialled; null: nobody heard it'),
    company: text('handle of the calling company'),
    target: text('handle of the called company'),
    direction: orNull(Type.Enum([...directions]), 'null where the side of a party, or the beginning, is not known'),
    extensions: Type.Unsafe<readonly string[]>({
      ...Type.Array(Type.String()),
      description: 'extensions that take part or ring',
    }),
    legs: Type.Array(Leg, { description: 'in the order of their beginning' }),
  },
  {
    ...closed,
    title: 'LiveCall',
    description:
      'A call that goes on now. To a reader bound to companies: the legs that are theirs. Times are those of the PBX where its events tell them.',
  },
);
export type NativeLiveCall = Static<typeof NativeLiveCall>;
/** Of an export, in this order. */
export const liveColumns = Object.keys(NativeLiveCall.properties);

const op = <Word extends string>(words: Word[]) => Type.Enum(words, { description: 'what became of it' });
const live = Type.Literal(true, { description: 'of now: it has no place in the sequence and is not told again' });

/** What a change of a live call says, beside the type of a message. */
export const shownLive = { live, op: op(['created', 'updated']), call: NativeLiveCall };
export const endedLive = {
  live,
  op: op(['ended']),
  call: Type.Object(name, closed),
  reason: Type.Enum([...overs, 'merged', 'left'], {
    description:
      'hangup; cdr: its record came, the hangup was not heard; unknown: the line to the PBX was away, nobody knows; merged: it is part of "into" now; left: it left what one may see or asked for',
  }),
  into: Type.Optional(Type.String({ description: 'linkedid of the call that it is part of now' })),
  hangup_side: Type.Optional(
    Type.Enum(['caller', 'callee'], { description: 'who hung up; absent: neither, or not known' }),
  ),
  hangup_cause: Type.Optional(Type.Integer({ description: 'Q.850; absent: not known' })),
  sip_code: Type.Optional(Type.String({ description: 'SIP status beside that cause, where Asterisk tells it' })),
};

/** Times as RFC 3339. */
export function toNativeLive(call: LiveCall, clock: Clock = isoOf): NativeLiveCall {
  const { system, linkedid, state, caller, called, company, target, direction, extensions } = call;
  return {
    ...{ system, linkedid, state, since: clock(call.since), start: clock(call.start) },
    ...{ ring: timeOf(call.ring, clock), answer: timeOf(call.answer, clock) },
    ...{ caller, called, company, target, direction, extensions },
    legs: call.legs.map((leg) => toNativeLeg(leg, clock)),
  };
}

/** `facts` as live/facts.ts names them; null for a call that goes on elsewhere. */
export function toNativeEnd({ system, linkedid }: LiveCall, ending: Ending | null, isWhole: boolean) {
  const { ami_hangup_side: side, ami_hangup_cause: cause, ami_sip_code: sip } = (isWhole && ending?.facts) || {};
  return {
    call: { system, linkedid },
    reason: ending?.reason ?? 'left',
    ...(ending?.into != null && { into: ending.into }),
    ...(side !== undefined && { hangup_side: side }),
    ...(cause !== undefined && { hangup_cause: Number(cause) }),
    ...(sip !== undefined && { sip_code: sip }),
  };
}

function toNativeLeg({ state, since, from, to, ring, answer }: LiveLeg, clock: Clock): Static<typeof Leg> {
  return {
    ...{ state, since: clock(since), from: toNativeParty(from), to: to && toNativeParty(to) },
    ...{ ring: timeOf(ring, clock), answer: timeOf(answer, clock) },
  };
}

function toNativeParty({ channel, number, isInside, company }: LiveParty): Static<typeof Party> {
  return { channel, number, extension: isInside ? number : null, company };
}

function timeOf(at: number | null, clock: Clock): string | null {
  return at === null ? null : clock(at);
}
