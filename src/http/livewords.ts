// What a client of the feed is told, message by message: the code sends these, /asyncapi.json describes them, the client reads them.
import { Type, type Static } from 'typebox';
import { generation, gone, seq, shown } from './dialects/native/answers.ts';
import { goneCall, shownCall } from './dialects/native/callshape.ts';
import { endedLive, shownLive } from './dialects/native/liveshape.ts';

const closed = { additionalProperties: false };
const type = <Word extends string>(word: Word) => Type.Literal(word);
const id = Type.String({ maxLength: 64, description: "the client's own name for the subscription" });
const maybeId = Type.Optional(id);
const ids = Type.Optional(
  Type.Array(id, { minItems: 1, description: 'the subscriptions it is for; absent: the one without a name' }),
);

export const Hello = Type.Object(
  { type: type('hello'), generation, seq },
  { ...closed, title: 'Hello', description: 'Once, when one is let in: the store, and how far it has come.' },
);

export const Told = Type.Union(
  [Type.Object({ type: type('cdr'), ids, ...shown }, closed), Type.Object({ type: type('cdr'), ids, ...gone }, closed)],
  {
    title: 'Told',
    description:
      'A record was created, updated, or left what one may see or asked for. In order. A replay tells it at each place of its changes as it is now: created may come of one that one has, deleted of one that one never had.',
  },
);

export const ToldCall = Type.Union(
  [
    Type.Object({ type: type('call'), ids, ...shownCall }, closed),
    Type.Object({ type: type('call'), ids, ...goneCall }, closed),
  ],
  {
    title: 'ToldCall',
    description:
      'To who asks for it with "types": a call was created, updated (it grows with its records), or left what one may see or asked for.',
  },
);

export const ToldLive = Type.Union(
  [
    Type.Object({ type: type('call'), ids, ...shownLive }, closed),
    Type.Object({ type: type('call'), ids, ...endedLive }, closed),
  ],
  {
    title: 'ToldLive',
    description:
      'To who asks for it with "live": a call of now began, changed or ended. It is not told again; its records follow in the sequence.',
  },
);

export const LiveWhole = Type.Object(
  { type: type('live_calls'), id: maybeId, calls: Type.Integer({ minimum: 0, description: 'how many there were' }) },
  {
    ...closed,
    title: 'LiveWhole',
    description:
      'All live calls that there were when one subscribed have been told (as created): what one still has of earlier is over.',
  },
);

export const Live = Type.Object(
  { type: type('live'), id: maybeId, seq },
  { ...closed, title: 'Live', description: 'The past is over: everything up to seq was told.' },
);

export const Progress = Type.Object(
  { type: type('progress'), id: maybeId, seq },
  {
    ...closed,
    title: 'Progress',
    description: 'Everything up to seq was told, when the filter let nothing through for a while.',
  },
);

export const Replaced = Type.Object(
  { type: type('replaced'), id, seq },
  {
    ...closed,
    title: 'Replaced',
    description: 'Up to seq the old filter told, after it the new one does. Then comes live.',
  },
);

export const Unsubscribed = Type.Object(
  { type: type('unsubscribed'), id, seq },
  { ...closed, title: 'Unsubscribed', description: 'The subscription is over; it had reached seq.' },
);

export const Resync = Type.Object(
  {
    type: type('resync'),
    id: maybeId,
    reason: Type.Enum(['generation', 'place'], { description: 'what is not of this store' }),
    generation,
    seq,
  },
  {
    ...closed,
    title: 'Resync',
    description:
      'The place asked for does not exist here: read the list again, then subscribe with this seq and generation.',
  },
);

export const Nonsense = Type.Object(
  { type: type('error'), id: maybeId, message: Type.String({ description: 'what was found and what was expected' }) },
  {
    ...closed,
    title: 'Nonsense',
    description: 'A message was not understood, or asks for too much. The socket stays open.',
  },
);
export type Nonsense = Static<typeof Nonsense>;

export const Pong = Type.Object(
  { type: type('pong') },
  { ...closed, title: 'Pong', description: 'The answer to ping: the line is alive, both ways.' },
);

export const End = Type.Object(
  {
    type: type('end'),
    code: Type.Integer({ description: 'as a WebSocket is closed: 1001 the server stops, 1008 the rights are lost' }),
    reason: Type.String({ description: 'in words' }),
  },
  { ...closed, title: 'End', description: 'The last word of an event stream; the client may come back.' },
);

/** In the order one meets them. */
export const told = [
  ...([Hello, Told, ToldCall, ToldLive, LiveWhole, Live] as const),
  ...([Progress, Replaced, Unsubscribed, Resync, Nonsense, Pong] as const),
] as const;
/** What an event stream tells of these. */
export const streamed = [Hello, Told, ToldCall, ToldLive, LiveWhole, Live, Progress, Resync, End] as const;

export type ToldMessage = Static<(typeof told | typeof streamed)[number]>;
