// What webhooks post, for the section `webhooks` of OpenAPI 3.1: the shapes of webhooks/message.ts, which is further right than this room.
import { Type, type TSchema } from 'typebox';
import { generation, gone, seq, shown } from '../dialects/native/answers.ts';
import { goneCall, shownCall } from '../dialects/native/callshape.ts';

const closed = { additionalProperties: false };
const timestamp = Type.String({ format: 'date-time', description: 'when the message was made' });
const one = (type: string, of: object, description?: string) =>
  Type.Object(
    { type: Type.Literal(type), ...of },
    {
      ...closed,
      ...(description ? { description } : {}),
    },
  );

const Change = Type.Union([one('cdr', shown), one('cdr', gone), one('call', shownCall), one('call', goneCall)], {
  title: 'WebhookChange',
  description:
    'A change as the feed tells it: the record or the call as it is when it is sent; of what is gone, its id.',
});
const ResyncData = one(
  'resync',
  {
    reason: Type.Literal('generation', { description: 'the store was restored from a backup' }),
    seq,
  },
  'of which store, and from where',
);
const PingData = one('ping', {}, 'nothing more');

const word = (type: string) => Type.Literal(type, { description: 'what the message is' });
const message = (title: string, type: TSchema, data: TSchema) =>
  Type.Object({ type, timestamp, generation, data }, { ...closed, title });
const changeTypes = ['cdr', 'call'].flatMap((type) => ['created', 'updated', 'deleted'].map((op) => `${type}.${op}`));

const header = (name: string, description: string) => ({
  ...{ name, in: 'header', required: true, description },
  schema: { type: 'string' },
});
const parameters = [
  header('webhook-id', 'of the message, the same at every try: pass over those that you have had'),
  header('webhook-timestamp', 'of this try, in seconds since 1970: refuse what is older than five minutes'),
  header(
    'webhook-signature',
    'one for each secret: v1, and the HMAC-SHA256 of ID.TIMESTAMP.BODY in base64 (Standard Webhooks)',
  ),
];
const responses = {
  '2XX': { description: 'Taken. What the answer says beside that means nothing.' },
  '4XX': { description: 'Refused, redirects too: a dead letter after 5 tries. 408, 425 and 429 count as away.' },
  '5XX': {
    description: 'Away, as is no answer in time: tried again, and what comes after it waits. Retry-After counts.',
  },
};

function posted(operationId: string, summary: string, schema: TSchema): object {
  const requestBody = { required: true, content: { 'application/json': { schema } } };
  // The receiver knows us by the signature.
  const description = 'Signed as Standard Webhooks has it; the README has a check in a few lines.';
  return {
    post: { operationId, summary, description, tags: ['feed'], security: [], parameters, requestBody, responses },
  };
}

/** By what they are about; which of them a receiver gets is set in `webhooks` of the configuration. */
export const webhooks = {
  change: posted(
    'webhookChange',
    'A record or a call was created, updated or deleted',
    message('WebhookMessage', Type.Enum(changeTypes, { description: 'of the change' }), Change),
  ),
  batch: posted(
    'webhookBatch',
    'Several changes at once, in their order (batch above 1)',
    message(
      'WebhookBatch',
      word('batch'),
      Type.Array(Change, { minItems: 1, maxItems: 100, description: 'the oldest first' }),
    ),
  ),
  resync: posted(
    'webhookResync',
    'The store is another one now: read the lists again',
    message('WebhookResync', word('resync'), ResyncData),
  ),
  ping: posted(
    'webhookPing',
    'Somebody tries the way; it tells nothing',
    message('WebhookPing', word('ping'), PingData),
  ),
} as const;
