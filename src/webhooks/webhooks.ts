// The room of webhooks: opens one hook for each that is configured, and is the desk at which people ask for them, with a daemon or without.
import type { Micros } from '../cdr/cdr.ts';
import { ClientError } from '../errors.ts';
import type { Feed } from '../feed/feed.ts';
import type { WebhookDesk, WebhookState } from '../http/webhookdesk.ts';
import type { Log } from '../log.ts';
import type { By } from '../store/audit.ts';
import type { Dead, Delivery } from '../store/deliveries.ts';
import type { Store } from '../store/store.ts';
import type { WebhookConfig } from './config.ts';
import { Hook } from './hook.ts';
import type { IsLive } from './settling.ts';

/** What is under way at the end of the daemon has so long for its answer. */
const graceMs = 3000;

export interface WebhooksOptions {
  config: readonly WebhookConfig[];
  store: Store;
  /** Absent: nothing is sent, people only ask. */
  sending?: { feed: Feed; log: Log; version: string; isLive: IsLive };
}

export class Webhooks implements WebhookDesk {
  readonly #config: readonly WebhookConfig[];
  readonly #store: Store;
  readonly #hooks: ReadonlyMap<string, Hook>;
  readonly #unwatch: () => void;

  /** @throws ConfigError, ClientError for what "cdrd check" would have told */
  constructor({ config, store, sending }: WebhooksOptions) {
    this.#config = config;
    this.#store = store;
    this.#hooks = new Map(sending ? config.map((one) => [one.name, new Hook({ ...sending, config: one, store })]) : []);
    this.#unwatch = sending && config.length > 0 ? sending.feed.watch(() => this.#wake()) : () => undefined;
  }

  start(): void {
    for (const hook of this.#hooks.values()) hook.start();
  }

  async close(): Promise<void> {
    this.#unwatch();
    await Promise.all([...this.#hooks.values()].map((hook) => hook.close(graceMs)));
  }

  /** In the order of the configuration. */
  async list(): Promise<WebhookState[]> {
    if (this.#config.length === 0) return [];
    // Before the rows: a delivery that is made meanwhile is still behind, and nowhere missing.
    const places = new Map([...this.#hooks].map(([name, hook]) => [name, hook.place]));
    const [rows, head] = await Promise.all([this.#store.webhooks(), this.#store.head()]);
    return this.#config.map(({ name, url, types, ops, batch, companies, filter }): WebhookState => {
      const row = rows.find((one) => one.name === name);
      const place = places.get(name) ?? row?.place ?? null;
      const { pending = 0, dead = 0, failing = null, fault = null, delivered = null } = row ?? {};
      return {
        // Paths and queries of such URLs are secrets, too.
        ...{ name, to: new URL(url).origin, types, ops, batch, companies: companies ?? null, filter },
        ...{ place, behind: place === null ? null : Math.max(0, head - place) },
        ...{ pending, dead, failing, fault, delivered },
      };
    });
  }

  counts(): { name: string; delivered: number; failed: number; dead: number }[] {
    return [...this.#hooks].map(([name, { counts }]) => ({ name, ...counts }));
  }

  deliveries: Store['deliveries'] = (query) => this.#store.deliveries(query);
  delivery: Store['delivery'] = (id) => this.#store.delivery(id);

  async replay(dead: Dead, by: By, now: Micros): Promise<number> {
    this.#demandKnown('webhook' in dead ? dead.webhook : (await this.#demandDead(dead.id)).webhook);
    const count = await this.#store.replayDeliveries(dead, by, now);
    this.#wake();
    return count;
  }

  async discard(dead: Dead, by: By, now: Micros): Promise<number> {
    // Also those of a webhook that is configured no more.
    if ('id' in dead) await this.#demandDead(dead.id);
    return this.#store.discardDeliveries(dead, by, now);
  }

  async test(name: string, by: By, now: Micros): Promise<number> {
    this.#demandKnown(name);
    const id = await this.#store.addPing(name, by, now);
    this.#hooks.get(name)?.ping(id);
    return id;
  }

  async #demandDead(id: number): Promise<Delivery> {
    const delivery = await this.#store.delivery(id);
    if (!delivery) throw new ClientError(404, `there is no delivery ${id}`);
    if (delivery.state !== 'dead')
      throw new ClientError(409, `delivery ${id} is ${delivery.state}, expected a dead one`);
    return delivery;
  }

  #demandKnown(name: string): void {
    if (this.#config.some((one) => one.name === name)) return;
    const names = this.#config.map((one) => one.name).join(', ');
    const expected = names ? `expected one of ${names}` : 'none is configured';
    throw new ClientError(404, `there is no webhook ${name}, ${expected}`);
  }

  #wake(): void {
    for (const hook of this.#hooks.values()) hook.wake();
  }
}
