// A call as our own API, feed and exports show it, and the shape of that.
import { Type, type Static } from 'typebox';
import type { StoredCall } from '../../../cdr/call.ts';
import { directions, type Micros } from '../../../cdr/cdr.ts';
import type { Leg } from '../../../cdr/legs.ts';
import { outcomes } from '../../../cdr/outcome.ts';
import { isoOf, type Clock } from '../../../cdr/time.ts';
import { transferKinds } from '../../../cdr/transfers.ts';
import { Cdr, Change, count, generation, orNull, seq, text, time, timeOrNull } from './answers.ts';
import { toNative } from './shape.ts';
import type { CallInFull } from '../../../store/calllist.ts';

const closed = { additionalProperties: false };
const texts = (description: string) => Type.Unsafe<readonly string[]>({ ...Type.Array(Type.String()), description });
const spanOrNull = (description: string) => orNull(Type.Number({ minimum: 0 }), description);

const Transfer = Type.Object(
  {
    kind: Type.Enum([...transferKinds], { description: 'how' }),
    by: text('who did it'),
    from: text('whose place was taken'),
    to: text('whom it reached; null: nobody, or not known'),
  },
  { ...closed, title: 'Transfer' },
);

export const callProperties = {
  id: count('of the call; never used again', 1),
  system: Type.String({ description: 'the Asterisk' }),
  company: text('handle of the calling company'),
  target: text('handle of the called company'),
  caller: text('who called'),
  called: text('what was dialled: the number of the outside line where a record has it (did), else the first dst'),
  wanted: texts('phones that rang, extensions that forward, targets of transfers, in order'),
  answered_by: text('the person or device that answered first; null: nobody, or only a menu, a conference, a mailbox'),
  extensions: texts('extensions that took part, were rung, or were meant and could not be'),
  companies: texts('all companies that its records concern, as they are compared'),
  trunks: texts('trunks it came or went over'),
  direction: orNull(Type.Enum([...directions]), 'null where the side of a party is not known'),
  outcome: Type.Enum([...outcomes], {
    description:
      'what became of it; abandoned: it ended in a queue; cancelled: the caller hung up while it rang, where the records tell it',
  }),
  start: time('start of the first record, UTC'),
  answer: timeOrNull('when somebody answered'),
  end: time('end of the last record'),
  duration: count('whole seconds from start to end'),
  ring_seconds: spanOrNull(
    'from the first ringing to the answer or the end of it; null: nothing rang (a menu, a conference, a mailbox), or records cannot tell',
  ),
  queue_seconds: spanOrNull(
    'from the entry into a queue to the answer or the end (after a menu: from the ringing of its phones); null: no queue, or records cannot tell',
  ),
  talk_seconds: Type.Number({ minimum: 0, description: 'while somebody talked; two at once count once' }),
  hangup_side: orNull(
    Type.Enum(['caller', 'callee']),
    'whose phone ended the last leg; null: neither did, or not told (ami.events "calls" tells it)',
  ),
  hangup_cause: orNull(Type.Integer({ minimum: 1, maximum: 127 }), 'Q.850 of the last leg; null: not told'),
  sip_code: text('SIP status beside that cause; null: not told'),
  hold_seconds: spanOrNull('while one held the other; null: nobody did, or not told'),
  transfers: Type.Unsafe<readonly Static<typeof Transfer>[]>({
    ...Type.Array(Transfer),
    description: 'how it was handed on, in order',
  }),
  recordings: texts('names of recordings (recordingfile)'),
  linkedids: texts('of its records'),
  uniqueids: texts('of its records'),
  records: count('records it is made of', 1),
  legs: count('phones that were tried and talks, at least one', 1),
  created: time('when cdrd first saw it'),
  updated: time('when it last changed'),
};
export const Call = Type.Object(callProperties, {
  ...closed,
  title: 'Call',
  description:
    'One conversation, however many records it left. To a reader bound to companies: as its records tell it.',
});
export type Call = Static<typeof Call>;

const op = (words: ('created' | 'updated' | 'deleted')[]) => Type.Enum(words, { description: 'what became of it' });

/** What a change of a call says, beside the type of a message. */
export const shownCall = { op: op(['created', 'updated']), seq, call: Call };
export const goneCall = {
  op: op(['deleted']),
  seq,
  call: Type.Object({ id: callProperties.id }, closed),
  into: Type.Optional(count('the call that has swallowed it: what was told of this one is part of that one', 1)),
};

const ofCall = { type: Type.Literal('call') };
const CallChange = Type.Union(
  [Type.Object({ ...ofCall, ...shownCall }, closed), Type.Object({ ...ofCall, ...goneCall }, closed)],
  {
    title: 'CallChange',
  },
);
export const ChangePage = Type.Object(
  {
    generation,
    changes: Type.Array(Type.Union([Change, CallChange])),
    after: count('ask again with this "after" and the generation'),
    more: Type.Boolean({ description: 'asking again would be answered at once' }),
  },
  { ...closed, title: 'ChangePage' },
);

const Leg = Type.Object(
  {
    cdrs: Type.Array(Type.Integer({ minimum: 1 }), { description: 'ids of its records' }),
    from: text('who was put through'),
    to: text('to whom; null: to an application, or nobody was there'),
    wanted: texts('who was rung by it'),
    result: Type.Enum(['connected', 'voicemail', 'system', 'queued', 'rang', 'busy', 'cancelled', 'failed'], {
      description: 'connected: with somebody; system: an application answered; rang: nobody did',
    }),
    app: text('last application'),
    dst: text('number that was called'),
    channel: text("party A's channel"),
    dstchannel: text("party B's channel; behind a Local channel, the one it reached"),
    uniqueid: Type.String({ description: 'of its record' }),
    linkedid: text('of its record'),
    start: time('when it began'),
    answer: timeOrNull('when it was answered'),
    end: time('when it ended'),
  },
  {
    ...closed,
    title: 'Leg',
    description: 'A record as a part of its call; records of Local channels tell of the leg behind.',
  },
);
export const WholeCall = Type.Object(
  {
    ...callProperties,
    path: Type.Array(Leg, { description: 'its legs, in the order of their beginning' }),
    cdrs: Type.Array(Cdr, { description: 'its records; of a call of more than 1,000 the first' }),
  },
  { ...closed, title: 'WholeCall' },
);
export type WholeCall = Static<typeof WholeCall>;

export function toNativeCall(call: StoredCall, clock: Clock = isoOf): Call {
  return {
    id: call.id,
    system: call.system,
    company: call.company,
    target: call.target,
    caller: call.caller,
    called: call.called,
    wanted: call.wanted,
    answered_by: call.answeredBy,
    extensions: call.extensions,
    companies: companiesIn(call.walls),
    trunks: call.trunks,
    direction: call.direction,
    outcome: call.outcome,
    start: clock(call.start),
    answer: call.answer === null ? null : clock(call.answer),
    end: clock(call.end),
    duration: Math.floor((call.end - call.start) / 1e6),
    ring_seconds: spanOf(call.ring),
    queue_seconds: spanOf(call.queue),
    talk_seconds: spanOf(call.talk) ?? 0,
    hangup_side: call.signals?.hangupSide ?? null,
    hangup_cause: call.signals?.hangupCause ?? null,
    sip_code: call.signals?.sipCode ?? null,
    hold_seconds: spanOf(call.signals?.held ?? null),
    transfers: call.transfers,
    recordings: call.recordings,
    linkedids: call.linkedids,
    uniqueids: call.uniqueids,
    records: call.records,
    legs: call.legs,
    created: clock(call.created),
    updated: clock(call.updated),
  };
}

/** Seconds with milliseconds: what sources tell is no finer. */
function spanOf(span: Micros): number;
function spanOf(span: Micros | null): number | null;
function spanOf(span: Micros | null): number | null {
  return span === null ? null : Math.round(span / 1000) / 1000;
}

export function toWholeCall(call: CallInFull): Static<typeof WholeCall> {
  return { ...toNativeCall(call), path: call.path.map(toNativeLeg), cdrs: call.cdrs.map((cdr) => toNative(cdr)) };
}

function toNativeLeg(leg: Leg): Static<typeof Leg> {
  return {
    cdrs: [...leg.cdrs],
    from: leg.from.number,
    to: leg.to?.number ?? null,
    wanted: leg.wanted.flatMap(({ number }) => number ?? []),
    result: leg.result,
    app: leg.app,
    dst: leg.dst,
    channel: leg.channel,
    dstchannel: leg.dstchannel,
    uniqueid: leg.uniqueid,
    linkedid: leg.linkedid,
    start: isoOf(leg.start),
    answer: leg.answer === null ? null : isoOf(leg.answer),
    end: isoOf(leg.end),
  };
}

/** Each once, in the order of their letters. */
function companiesIn(walls: StoredCall['walls']): string[] {
  const handles = walls.flatMap(({ company, target }) => [company, target]).filter((handle) => handle !== null);
  return [...new Set(handles)].sort();
}

/** What an export of calls has as columns, in this order. */
export const callColumns = Object.keys(callProperties);
