// /api/v1/webhooks: where changes are posted to, how that goes, and what could not be delivered. For admins who are bound to nothing.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { isoOf, type Clock } from '../../../cdr/time.ts';
import { ClientError } from '../../../errors.ts';
import { deadAtOnce, deliveryStates, type Delivery as StoredDelivery, type Item } from '../../../store/deliveries.ts';
import { IdParams } from '../../bodies.ts';
import type { HttpContext } from '../../context.ts';
import { done, json, type Operation } from '../../documents/operation.ts';
import { byOfRequest, demandAdmin } from '../../gate.ts';
import { exportList } from '../../export/routes.ts';
import { closeOtherMethods } from '../../methods.ts';
import { deliveryQuery, toDeliveryQuery, WebhookParams, type DeliveryAsk } from '../../webhookbodies.ts';
import type { WebhookState } from '../../webhookdesk.ts';
import { count, orNull, text, time, timeOrNull } from './answers.ts';

const closed = { additionalProperties: false };
const words = (description: string) => Type.Unsafe<readonly string[]>({ ...Type.Array(Type.String()), description });
export const Webhook = Type.Object(
  {
    name: Type.String({ description: 'of the configuration' }),
    to: Type.String({ description: 'the origin of its URL' }),
    types: words('what is told: cdr, call'),
    ops: words('which changes'),
    filter: Type.Unsafe<object>({ type: 'object', description: 'which of them' }),
    companies: orNull(
      Type.Unsafe<readonly string[]>(Type.Array(Type.String())),
      'what the receiver may see; null: all',
    ),
    batch: count('most changes in one request', 1),
    place: orNull(count(''), 'it has come so far in the change sequence; null: it never began'),
    behind: orNull(count(''), 'changes after that'),
    pending: count('deliveries that wait to be taken'),
    dead: count('deliveries that were given up'),
    failing: timeOrNull('since when nothing gets through; null: it does, or nothing was tried'),
    fault: text('why'),
    delivered: timeOrNull('when something was last delivered'),
  },
  { ...closed, title: 'Webhook' },
);
export type Webhook = Static<typeof Webhook>;
export const WebhookList = Type.Object({ webhooks: Type.Array(Webhook) }, { ...closed, title: 'WebhookList' });
export type WebhookList = Static<typeof WebhookList>;

export const Delivery = Type.Object(
  {
    id: count('of the delivery; never used again', 1),
    webhook: Type.String({ description: 'name of the webhook' }),
    message: Type.String({ description: 'its webhook-id, the same at every try' }),
    state: Type.Enum([...deliveryStates], { description: 'pending: it waits; dead: it was given up' }),
    items: Type.Array(Type.Unsafe<Item>({ type: 'object', additionalProperties: true }), {
      description: 'the changes in it: type, op, seq and id; what the records say is not kept',
    }),
    created: time('when it was made'),
    due: timeOrNull('not to be tried before; null: it is over'),
    tries: count('since it was made or replayed'),
    first: timeOrNull('when it was first tried'),
    last: timeOrNull('when it was last tried'),
    seconds: orNull(Type.Number({ minimum: 0 }), 'how long the last try took'),
    status: orNull(Type.Integer(), 'what the last try was answered; null: nothing'),
    detail: text('what was wrong with it'),
  },
  { ...closed, title: 'Delivery' },
);
export type Delivery = Static<typeof Delivery>;
export const DeliveryPage = Type.Object(
  { deliveries: Type.Array(Delivery), more: Type.Boolean({ description: 'whether there is more in that direction' }) },
  { ...closed, title: 'DeliveryPage' },
);
export type DeliveryPage = Static<typeof DeliveryPage>;
export const DeliverySum = Type.Object(
  { deliveries: count('how many'), more: Type.Boolean({ description: 'whether to ask again for the rest' }) },
  { ...closed, title: 'DeliverySum' },
);
export type DeliverySum = Static<typeof DeliverySum>;

const about = { tag: 'feed', needs: 'admin!' } as const;
const noHook = { 404: 'There is no such webhook.' };
const notDead = { 404: 'There is no such delivery, or its webhook is configured no more.', 409: 'It is not dead.' };
const again = `At most ${deadAtOnce} at once, the oldest first.`;
const operations = {
  list: {
    ...{ id: 'listWebhooks', summary: 'All webhooks', ...about },
    answers: { 200: json(WebhookList, 'Those of the configuration.') },
  },
  test: {
    ...{ id: 'testWebhook', summary: 'Sends a message that tells nothing', ...about },
    description: 'Its type is `ping`. It goes before all that waits; look at the delivery to see how it went.',
    answers: { 202: json(Delivery, 'The delivery.', { location: 'path of the delivery' }) },
    errors: noHook,
  },
  deliveries: {
    ...{ id: 'listDeliveries', summary: 'A page of deliveries', ...about },
    description: 'Of those delivered, the newest of each webhook are kept.',
    answers: { 200: json(DeliveryPage, 'The newest first, or with `after` the oldest.') },
  },
  one: {
    ...{ id: 'getDelivery', summary: 'One delivery', ...about },
    answers: { 200: json(Delivery, 'The delivery.') },
    errors: { 404: 'There is no such delivery.' },
  },
  replay: {
    ...{ id: 'replayDelivery', summary: 'Sends a dead delivery again', ...about },
    answers: { 202: json(Delivery, 'It waits again.', { location: 'path of the delivery' }) },
    errors: notDead,
  },
  discard: {
    ...{ id: 'discardDelivery', summary: 'Discards a dead delivery', ...about },
    answers: { 204: done('It is gone.') },
    errors: { ...notDead, 404: 'There is no such delivery.' },
  },
  replayAll: {
    ...{ id: 'replayDeliveries', summary: 'Sends all dead deliveries of a webhook again', ...about },
    description: again,
    answers: { 200: json(DeliverySum, 'How many wait again.') },
    errors: noHook,
  },
  discardAll: {
    ...{ id: 'discardDeliveries', summary: 'Discards all dead deliveries of a webhook', ...about },
    description: `${again} Also of one that is configured no more.`,
    answers: { 200: json(DeliverySum, 'How many went.') },
  },
} satisfies Record<string, Operation>;

const now = () => Date.now() * 1000;
const nameOf = (params: unknown) => (params as Static<typeof WebhookParams>).name;
const idOf = (params: unknown) => (params as Static<typeof IdParams>).id;
const hookSchema = { params: WebhookParams };
const idSchema = { params: IdParams };

export function registerWebhooks(api: FastifyInstance, context: HttpContext): void {
  const { webhooks, auth, limits } = context;
  const onRequest = demandAdmin(auth);
  const with_ = (operation: Operation, schema = {}) => ({ onRequest, schema, config: { operation } });
  const one = async (id: number) => {
    const delivery = await webhooks.delivery(id);
    if (!delivery) throw new ClientError(404, `there is no delivery ${id}`);
    return toNativeDelivery(delivery);
  };
  const query = deliveryQuery(limits.page_rows);

  api.get('/webhooks', with_(operations.list), async () => ({
    webhooks: (await webhooks.list()).map((hook) => toNativeWebhook(hook)),
  }));
  api.post('/webhooks/:name/test', with_(operations.test, hookSchema), async (request, reply) => {
    const id = await webhooks.test(nameOf(request.params), byOfRequest(request), now());
    return reply
      .code(202)
      .header('location', `/api/v1/deliveries/${id}`)
      .send(await one(id));
  });
  api.post('/webhooks/:name/replay', with_(operations.replayAll, hookSchema), async (request) =>
    sumOf(await webhooks.replay({ webhook: nameOf(request.params) }, byOfRequest(request), now())),
  );
  api.delete('/webhooks/:name/dead', with_(operations.discardAll, hookSchema), async (request) =>
    sumOf(await webhooks.discard({ webhook: nameOf(request.params) }, byOfRequest(request), now())),
  );
  api.get('/deliveries', with_(operations.deliveries, { querystring: query }), async (request) => {
    const given = toDeliveryQuery(request.query as DeliveryAsk);
    const page = await webhooks.deliveries({ ...given, limit: given.limit + 1 });
    const deliveries = page.slice(0, given.limit).map((delivery) => toNativeDelivery(delivery));
    return { deliveries, more: page.length > given.limit };
  });
  exportList(api, context, {
    ...{ url: '/deliveries', onRequest, operation: operations.deliveries, query: query.properties },
    ...{ columns: Object.keys(Delivery.properties), shape: toNativeDelivery },
    open: (request) => (last, limit) => {
      const page = toDeliveryQuery(request.query as DeliveryAsk);
      const place = page.after === undefined ? 'before' : 'after';
      return webhooks.deliveries({ ...page, limit, ...(last ? { [place]: last.id } : {}) });
    },
  });
  api.get('/deliveries/:id', with_(operations.one, idSchema), (request) => one(idOf(request.params)));
  api.post('/deliveries/:id/replay', with_(operations.replay, idSchema), async (request, reply) => {
    const id = idOf(request.params);
    await webhooks.replay({ id }, byOfRequest(request), now());
    return reply
      .code(202)
      .header('location', `/api/v1/deliveries/${id}`)
      .send(await one(id));
  });
  api.delete('/deliveries/:id', with_(operations.discard, idSchema), async (request, reply) => {
    await webhooks.discard({ id: idOf(request.params) }, byOfRequest(request), now());
    return reply.code(204).send();
  });
  closeOtherMethods(api, '/webhooks', ['GET']);
  closeOtherMethods(api, '/webhooks/:name/test', ['POST']);
  closeOtherMethods(api, '/webhooks/:name/replay', ['POST']);
  closeOtherMethods(api, '/webhooks/:name/dead', ['DELETE']);
  closeOtherMethods(api, '/deliveries', ['GET']);
  closeOtherMethods(api, '/deliveries/:id', ['GET', 'DELETE']);
  closeOtherMethods(api, '/deliveries/:id/replay', ['POST']);
}

export function sumOf(deliveries: number): DeliverySum {
  return { deliveries, more: deliveries === deadAtOnce };
}

export function toNativeWebhook({ failing, delivered, ...state }: WebhookState, clock: Clock = isoOf): Webhook {
  const at = (micros: number | null) => (micros === null ? null : clock(micros));
  return { ...state, failing: at(failing), delivered: at(delivered) };
}

export function toNativeDelivery({ took, ...delivery }: StoredDelivery, clock: Clock = isoOf): Delivery {
  const { id, webhook, message, state, items, tries, status, detail, created, due, first, last } = delivery;
  const at = (micros: number | null) => (micros === null ? null : clock(micros));
  return {
    ...{ id, webhook, message, state, items: [...items], created: clock(created), due: at(due), tries },
    ...{ first: at(first), last: at(last), seconds: took === null ? null : took / 1e6, status, detail },
  };
}
