// What a client of the feed may say: its token, once, and what it wants to hear.
import { Type, type Static } from 'typebox';
import type { RawData } from 'ws';
import type { CdrFilter } from '../cdr/query.ts';
import { ClientError } from '../errors.ts';
import { checkText, readFilter } from './filter.ts';
import { found, faultsOf, newValidator, sentenceOf } from './validate.ts';

const Auth = Type.Object({ type: Type.Literal('auth'), token: Type.String() }, { additionalProperties: false });

const Subscribe = Type.Object(
  {
    type: Type.Literal('subscribe'),
    /** Everything after this place; null or absent = from now on. */
    after: Type.Optional(Type.Union([Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), Type.Null()])),
    /** Of the store that `after` is from. */
    generation: Type.Optional(Type.String({ maxLength: 64 })),
    /** As everywhere; see filter.ts. */
    filter: Type.Optional(Type.Unknown()),
  },
  { additionalProperties: false },
);
export type Subscribe = Omit<Static<typeof Subscribe>, 'filter'> & { filter?: CdrFilter };
export type Message = Static<typeof Auth> | Subscribe;

const validator = newValidator({ coerceTypes: false });
const isShaped = { auth: validator.compile(Auth), subscribe: validator.compile(Subscribe) };

/** The message, or what is wrong with it. */
export function readMessage(data: RawData, isBinary: boolean): Message | string {
  const message = isBinary ? undefined : parse(data);
  if (typeof message !== 'object' || message === null) return 'expected a JSON object as text';
  const { type } = message as { type?: unknown };
  if (type !== 'auth' && type !== 'subscribe') return `type: ${found(type)} is not one of auth, subscribe`;
  const check = isShaped[type];
  if (!check(message)) return sentenceOf(faultsOf(check.errors ?? []));
  return withFilter(message as Message);
}

/** With its filter read; or what is wrong with it. */
function withFilter(message: Message): Message | string {
  if (message.type !== 'subscribe' || message.filter === undefined) return message;
  try {
    const filter = readFilter(message.filter);
    checkText(filter);
    return { ...message, filter };
  } catch (error) {
    if (error instanceof ClientError) return error.message;
    throw error;
  }
}

function parse(data: RawData): unknown {
  try {
    return JSON.parse((data as Buffer).toString('utf8'));
  } catch {
    return undefined;
  }
}
