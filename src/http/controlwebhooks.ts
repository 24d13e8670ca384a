// Webhooks and their deliveries over the daemon's own socket, for the commands.
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { ClientError } from '../errors.ts';
import { byCommand } from '../store/audit.ts';
import { IdParams } from './bodies.ts';
import { rowsMax } from './controlusers.ts';
import { deliveryQuery, toDeliveryQuery, WebhookParams, type DeliveryAsk } from './webhookbodies.ts';
import type { WebhookDesk } from './webhookdesk.ts';

const now = () => Date.now() * 1000;
const idOf = (params: unknown) => (params as Static<typeof IdParams>).id;
const nameOf = (params: unknown) => (params as Static<typeof WebhookParams>).name;

export function registerControlWebhooks(app: FastifyInstance, webhooks: WebhookDesk): void {
  const [hook, id] = [{ schema: { params: WebhookParams } }, { schema: { params: IdParams } }];
  app.get('/webhooks', () => webhooks.list());
  app.post('/webhooks/:name/test', hook, async (request) => ({
    id: await webhooks.test(nameOf(request.params), byCommand, now()),
  }));
  app.post('/webhooks/:name/replay', hook, async (request) => ({
    count: await webhooks.replay({ webhook: nameOf(request.params) }, byCommand, now()),
  }));
  app.delete('/webhooks/:name/dead', hook, async (request) => ({
    count: await webhooks.discard({ webhook: nameOf(request.params) }, byCommand, now()),
  }));
  app.get('/deliveries', { schema: { querystring: deliveryQuery(rowsMax) } }, (request) =>
    webhooks.deliveries(toDeliveryQuery(request.query as DeliveryAsk)),
  );
  app.get('/deliveries/:id', id, async (request) => {
    const delivery = await webhooks.delivery(idOf(request.params));
    if (!delivery) throw new ClientError(404, `there is no delivery ${idOf(request.params)}`);
    return delivery;
  });
  app.post('/deliveries/:id/replay', id, async (request) => ({
    count: await webhooks.replay({ id: idOf(request.params) }, byCommand, now()),
  }));
  app.delete('/deliveries/:id', id, async (request) => ({
    count: await webhooks.discard({ id: idOf(request.params) }, byCommand, now()),
  }));
}
