// Webhooks: how they are doing, what they have sent, and what could not be delivered.
import type { Delivery, DeliveryPage, DeliverySum, Webhook, WebhookList } from '../http/dialects/native/webhooks.ts';
import type { DeliveryAsk } from '../http/webhookbodies.ts';
import { Export, type ExportOptions } from './export.ts';
import type { CallOptions, Requests } from './request.ts';

export type DeliveryQuery = Partial<DeliveryAsk>;

export class Webhooks {
  readonly #requests: Requests;
  constructor(requests: Requests) {
    this.#requests = requests;
  }

  async list(call: CallOptions = {}): Promise<Webhook[]> {
    return (await this.#requests.ask<WebhookList>('GET', '/api/v1/webhooks', call)).webhooks;
  }

  /** Sends a message that tells nothing. @throws ApiError 404 */
  test(name: string, call: CallOptions = {}): Promise<Delivery> {
    return this.#requests.ask('POST', `${hookPath(name)}/test`, call);
  }

  /** The newest first, or with `after` the oldest. */
  deliveries(query: DeliveryQuery = {}, call: CallOptions = {}): Promise<DeliveryPage> {
    return this.#requests.ask('GET', '/api/v1/deliveries', { ...call, query });
  }

  /** The whole list as a stream, in the same order. */
  exportDeliveries(query: DeliveryQuery = {}, options: ExportOptions = {}): Export<Delivery> {
    const by = query.after === undefined ? ('before' as const) : ('after' as const);
    const exported = { method: 'GET' as const, path: '/api/v1/deliveries', given: { ...query }, by, places: ['id'] };
    return new Export(this.#requests, exported, options);
  }

  delivery(id: number, call: CallOptions = {}): Promise<Delivery> {
    return this.#requests.ask('GET', `/api/v1/deliveries/${id}`, call);
  }

  /** Sends a dead one again. @throws ApiError 404, 409 when it is not dead */
  replay(id: number, call: CallOptions = {}): Promise<Delivery> {
    return this.#requests.ask('POST', `/api/v1/deliveries/${id}/replay`, call);
  }

  /** Sends dead ones of a webhook again; ask until `more` is false. */
  replayAll(name: string, call: CallOptions = {}): Promise<DeliverySum> {
    return this.#requests.ask('POST', `${hookPath(name)}/replay`, call);
  }

  /** @throws ApiError 404, 409 when it is not dead */
  discard(id: number, call: CallOptions = {}): Promise<void> {
    return this.#requests.ask('DELETE', `/api/v1/deliveries/${id}`, call);
  }

  /** Discards dead ones of a webhook; ask until `more` is false. */
  discardAll(name: string, call: CallOptions = {}): Promise<DeliverySum> {
    return this.#requests.ask('DELETE', `${hookPath(name)}/dead`, call);
  }
}

const hookPath = (name: string) => `/api/v1/webhooks/${encodeURIComponent(name)}`;
