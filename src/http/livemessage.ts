// What a client of the feed may say: its token, once, and what it wants to hear.
import { Type, type Static } from 'typebox';
import type { RawData } from 'ws';
import { dispositions } from '../cdr/cdr.ts';
import { found, faultsOf, newValidator, sentenceOf } from './validate.ts';

const text = Type.Optional(Type.String({ minLength: 1, maxLength: 255 }));

const Auth = Type.Object({ type: Type.Literal('auth'), token: Type.String() }, { additionalProperties: false });

const Subscribe = Type.Object(
  {
    type: Type.Literal('subscribe'),
    /** Everything after this place; null or absent = from now on. */
    after: Type.Optional(Type.Union([Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), Type.Null()])),
    /** Of the store that `after` is from. */
    generation: Type.Optional(Type.String({ maxLength: 64 })),
    filter: Type.Optional(
      Type.Object(
        { company: text, extension: text, system: text, disposition: Type.Optional(Type.Enum([...dispositions])) },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
export type Subscribe = Static<typeof Subscribe>;
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
  return check(message) ? (message as Message) : sentenceOf(faultsOf(check.errors ?? []));
}

function parse(data: RawData): unknown {
  try {
    return JSON.parse((data as Buffer).toString('utf8'));
  } catch {
    return undefined;
  }
}
