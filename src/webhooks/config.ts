// What can be set for webhooks: where changes are posted to, which, and how long it is tried.
import { Type, type Static } from 'typebox';

/** Longest wait for one answer: a daemon that sends gives a sign of life between two tries. */
export const timeoutMaxSeconds = 60;

/** Own headers of a webhook. */
const headersMax = 16;

const closed = { additionalProperties: false };
const seconds = (usual: number, maximum: number, description: string) =>
  Type.Number({ exclusiveMinimum: 0, maximum, default: usual, description });
const some = (words: string[], usual: string, description: string) =>
  Type.Array(Type.Enum(words), {
    ...{ minItems: 1, maxItems: words.length, uniqueItems: true, default: [usual], description },
  });

export const WebhookConfig = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z0-9][a-z0-9_-]{0,62}$',
      description: 'its name: how far it has come is kept under it, so a new name begins anew',
    }),
    url: Type.String({ minLength: 1, maxLength: 2048, description: 'where to; https, or http with allow_private' }),
    secret: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'whsec_… ("cdrd webhook secret" makes one), from the environment; several sign each',
      }),
    ),
    secret_file: Type.Optional(
      Type.String({ minLength: 1, description: 'or a file with it that only its owner may read (mode 0600)' }),
    ),
    headers: Type.Unsafe<Readonly<Record<string, string>>>({
      type: 'object',
      additionalProperties: { type: 'string', minLength: 1, maxLength: 4096 },
      ...{ maxProperties: headersMax, default: {} },
      description: 'sent with each request, like {Authorization: Bearer ${CDRD_CRM_TOKEN}}; values are never shown',
    }),
    types: some(['cdr', 'call'], 'cdr', 'what is told: records (cdr), calls (call)'),
    ops: some(
      ['created', 'updated', 'deleted'],
      'created',
      'which changes; a call is created when it is first told, and updated when it has changed since',
    ),
    filter: Type.Unsafe<object>({
      type: 'object',
      default: {},
      description: 'which of them, in the JSON form of the API; with both types, conditions that both know',
    }),
    companies: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
        ...{ minItems: 1, maxItems: 1000 },
        description: 'the receiver sees what a token bound to these companies would see; left out: everything',
      }),
    ),
    from: Type.Union([Type.Literal('now'), Type.Literal('beginning')], {
      default: 'now',
      description: 'where a webhook of a new name begins. beginning: all changes the store has',
    }),
    settle_seconds: Type.Number({
      ...{ minimum: 0, maximum: 3600, default: 5 },
      description:
        'a call is told when none of its records has changed for so long and, where the system has ami.events: calls, nobody of it rings or talks any more; 0: at once',
    }),
    batch: Type.Integer({
      ...{ minimum: 1, maximum: 100, default: 1 },
      description: 'most changes in one request; above 1 the data of a request is a list',
    }),
    timeout_seconds: seconds(10, timeoutMaxSeconds, 'longest wait for an answer'),
    retry_seconds: seconds(5, 3600, 'wait before the second try; each further one is twice as long'),
    retry_max_seconds: seconds(3600, 86_400, 'longest of these waits'),
    give_up_seconds: seconds(
      86_400,
      31_536_000,
      'a delivery that nobody takes for so long becomes a dead letter, and the next one is tried',
    ),
    allow_private: Type.Boolean({
      default: false,
      description: 'whether it may go to private, loopback and link-local addresses, and without TLS',
    }),
  },
  closed,
);
export type WebhookConfig = Static<typeof WebhookConfig>;

export const WebhooksConfig = Type.Array(WebhookConfig, { default: [], maxItems: 50 });
export type WebhooksConfig = Static<typeof WebhooksConfig>;
