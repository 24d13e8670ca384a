// What a client of the feed may say: its token, once, and what it wants to hear.
import { Type, type Static } from 'typebox';
import type { RawData } from 'ws';
import type { CdrFilter } from '../cdr/query.ts';
import { ClientError } from '../errors.ts';
import { checkText, readFilter } from './filter.ts';
import { found, faultsOf, newValidator, sentenceOf } from './validate.ts';

/** The client's own name for a subscription. */
const id = Type.String({ minLength: 1, maxLength: 64 });

const Auth = Type.Object({ type: Type.Literal('auth'), token: Type.String() }, { additionalProperties: false });

const Subscribe = Type.Object(
  {
    type: Type.Literal('subscribe'),
    /** Absent: the one subscription without a name, which cannot be replaced. */
    id: Type.Optional(id),
    /** Everything after this place; null or absent = from now on, or from where the replaced subscription stands. */
    after: Type.Optional(Type.Union([Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), Type.Null()])),
    /** Of the store that `after` is from. */
    generation: Type.Optional(Type.String({ maxLength: 64 })),
    /** As everywhere; see filter.ts. */
    filter: Type.Optional(Type.Unknown()),
  },
  { additionalProperties: false },
);

const Unsubscribe = Type.Object({ type: Type.Literal('unsubscribe'), id }, { additionalProperties: false });

export type Subscribe = Omit<Static<typeof Subscribe>, 'filter'> & { filter?: CdrFilter };
export type Message = Static<typeof Auth> | Subscribe | Static<typeof Unsubscribe>;

/** What is wrong with a message, and the subscription it speaks of, where it names one. */
export interface Nonsense {
  type: 'error';
  id?: string;
  message: string;
}

const validator = newValidator({ coerceTypes: false });
const isShaped = {
  auth: validator.compile(Auth),
  subscribe: validator.compile(Subscribe),
  unsubscribe: validator.compile(Unsubscribe),
};
const types = Object.keys(isShaped).join(', ');

export function readMessage(data: RawData, isBinary: boolean): Message | Nonsense {
  const message = isBinary ? undefined : parse(data);
  if (typeof message !== 'object' || message === null) return nonsense('expected a JSON object as text');
  const { type, id } = message as { type?: unknown; id?: unknown };
  if (typeof type !== 'string' || !Object.hasOwn(isShaped, type))
    return nonsense(`type: ${found(type)} is not one of ${types}`);
  const check = isShaped[type as keyof typeof isShaped];
  return check(message) ? withFilter(message as Message) : nonsense(sentenceOf(faultsOf(check.errors ?? [])), id);
}

/** With its filter read; or what is wrong with it. */
function withFilter(message: Message): Message | Nonsense {
  if (message.type !== 'subscribe' || message.filter === undefined) return message;
  try {
    const filter = readFilter(message.filter);
    checkText(filter);
    return { ...message, filter };
  } catch (error) {
    if (error instanceof ClientError) return nonsense(error.message, message.id);
    throw error;
  }
}

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
