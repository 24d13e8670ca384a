// What a client of the feed may say: its token, once, and what it wants to hear.
import { Type, type Static } from 'typebox';
import type { RawData } from 'ws';
import { ClientError } from '../errors.ts';
import { AnyCallFilter, readCallFilter } from './callfilter.ts';
import { AnyFilter, checkText, readFilter } from './filter.ts';
import { changeTypes, liveNeedsCalls, type ChangeType, type Wish } from './livewish.ts';
import type { Nonsense } from './livewords.ts';
import { found, faultsOf, newValidator, sentenceOf } from './validate.ts';

const id = Type.String({ minLength: 1, maxLength: 64, description: "the client's own name for the subscription" });

export const Auth = Type.Object(
  { type: Type.Literal('auth'), token: Type.String({ description: 'an API token' }) },
  {
    additionalProperties: false,
    title: 'Auth',
    description: 'The first message of a client that has shown no token in a header, a subprotocol or a session.',
  },
);

export const Subscribe = Type.Object(
  {
    type: Type.Literal('subscribe'),
    id: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description:
          "the client's own name for it; absent: the one subscription without a name, which cannot be replaced",
      }),
    ),
    after: Type.Optional(
      Type.Union([Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), Type.Null()], {
        description:
          'everything after this place; null or absent: from now on, or from where the replaced subscription stands',
      }),
    ),
    generation: Type.Optional(Type.String({ maxLength: 64, description: 'of the store that "after" is from' })),
    types: Type.Optional(
      Type.Array(Type.Enum([...changeTypes]), {
        ...{ minItems: 1, maxItems: changeTypes.length, uniqueItems: true },
        description: 'what is told: records (cdr), calls (call), or both; records when absent',
      }),
    ),
    live: Type.Optional(
      Type.Boolean({
        description:
          'with calls: those that go on now, too; all there are at once, then as they change. Only systems with ami.events "calls" tell them',
      }),
    ),
    filter: Type.Optional(
      Type.Union([AnyFilter, AnyCallFilter], {
        description: 'with both types, of conditions that records and calls know alike',
      }),
    ),
  },
  {
    additionalProperties: false,
    title: 'Subscribe',
    description: 'What the client wants to hear. Said again under the same id, it replaces the filter.',
  },
);

export const Unsubscribe = Type.Object(
  { type: Type.Literal('unsubscribe'), id },
  { additionalProperties: false, title: 'Unsubscribe', description: 'Ends a subscription that has an id.' },
);

export const Ping = Type.Object(
  { type: Type.Literal('ping') },
  {
    additionalProperties: false,
    title: 'Ping',
    description: 'Asks for a pong: a browser cannot see the heartbeat of the protocol.',
  },
);

/** In the order a client says them. */
export const said = [Auth, Subscribe, Unsubscribe, Ping] as const;

export type Subscribe = Omit<Static<typeof Subscribe>, 'filter' | 'types' | 'live'> & { wish: Wish };
export type Message = Static<typeof Auth> | Subscribe | Static<typeof Unsubscribe> | Static<typeof Ping>;

const validator = newValidator({ coerceTypes: false });
const isShaped = {
  auth: validator.compile(Auth),
  subscribe: validator.compile(Subscribe),
  unsubscribe: validator.compile(Unsubscribe),
  ping: validator.compile(Ping),
};
const types = Object.keys(isShaped).join(', ');

export function readMessage(data: RawData, isBinary: boolean): Message | Nonsense {
  const message = isBinary ? undefined : parse(data);
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    return nonsense('expected a JSON object as text');
  const { type, id } = message as { type?: unknown; id?: unknown };
  if (typeof type !== 'string' || !Object.hasOwn(isShaped, type))
    return nonsense(`type: ${found(type)} is not one of ${types}`);
  const check = isShaped[type as keyof typeof isShaped];
  return check(message)
    ? withFilter(message as Parameters<typeof withFilter>[0])
    : nonsense(sentenceOf(faultsOf(check.errors ?? [])), id);
}

/** With its filter read; or what is wrong with it. */
function withFilter(message: Exclude<Message, Subscribe> | Static<typeof Subscribe>): Message | Nonsense {
  if (message.type !== 'subscribe') return message;
  const { filter = {}, types = ['cdr'], live = false, ...rest } = message;
  const wants = (type: ChangeType) => types.includes(type);
  if (live && !wants('call')) return nonsense(liveNeedsCalls, message.id);
  try {
    const call = wants('call') ? readCallFilter(filter) : null;
    const wish = { cdr: wants('cdr') ? readFilter(filter) : null, call, live };
    if (wish.cdr) checkText(wish.cdr);
    return { ...rest, wish };
  } catch (error) {
    if (error instanceof ClientError) return nonsense(error.message, message.id);
    throw error;
  }
}

/** What is wrong with a message, and the subscription it speaks of, where it names one. */
export function nonsense(message: string, id?: unknown): Nonsense {
  return { type: 'error', ...(typeof id === 'string' && id.length <= 64 ? { id } : {}), message };
}

function parse(data: RawData): unknown {
  try {
    return JSON.parse((data as Buffer).toString('utf8'));
  } catch {
    return undefined;
  }
}
