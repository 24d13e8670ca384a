// What commands may ask about webhooks: of the daemon, or of the store when none runs.
import type { Config } from '../config.ts';
import type { DeliveryAsk } from '../http/webhookbodies.ts';
import { toDeliveryQuery } from '../http/webhookbodies.ts';
import type { WebhookState } from '../http/webhookdesk.ts';
import { byCommand } from '../store/audit.ts';
import type { Dead, Delivery } from '../store/deliveries.ts';
import type { Store } from '../store/store.ts';
import { Webhooks } from '../webhooks/webhooks.ts';

export interface HookDesk {
  /** Whether somebody sends now. */
  isSending: boolean;
  list(): Promise<WebhookState[]>;
  deliveries(ask: DeliveryAsk): Promise<Delivery[]>;
  /** undefined when there is none. */
  delivery(id: number): Promise<Delivery | undefined>;
  /** At most so many at once as the store takes; resolves to how many. */
  replay(dead: Dead): Promise<number>;
  discard(dead: Dead): Promise<number>;
  /** Resolves to the id of the delivery. */
  test(name: string): Promise<number>;
}

type Ask = <T>(method: string, url: string, body?: unknown) => Promise<T>;

export function remoteHooks(ask: Ask, orNothing: <T>(answer: Promise<T>) => Promise<T | undefined>): HookDesk {
  const pathOf = (name: string) => `/webhooks/${encodeURIComponent(name)}`;
  const counted = async (method: string, url: string) => (await ask<{ count: number }>(method, url)).count;
  return {
    isSending: true,
    list: () => ask('GET', '/webhooks'),
    deliveries: (given) => {
      const known = Object.entries(given).filter(([, value]) => value !== undefined);
      return ask(
        'GET',
        `/deliveries?${new URLSearchParams(known.map(([name, value]) => [name, String(value)])).toString()}`,
      );
    },
    delivery: (id) => orNothing(ask('GET', `/deliveries/${id}`)),
    replay: (dead) =>
      counted('POST', 'id' in dead ? `/deliveries/${dead.id}/replay` : `${pathOf(dead.webhook)}/replay`),
    discard: (dead) => counted('DELETE', 'id' in dead ? `/deliveries/${dead.id}` : `${pathOf(dead.webhook)}/dead`),
    test: async (name) => (await ask<{ id: number }>('POST', `${pathOf(name)}/test`)).id,
  };
}

export function localHooks({ webhooks: config }: Config, store: Store): HookDesk {
  const hooks = new Webhooks({ config, store });
  const now = () => Date.now() * 1000;
  return {
    isSending: false,
    list: () => hooks.list(),
    deliveries: async (given) => hooks.deliveries(toDeliveryQuery(given)),
    delivery: (id) => hooks.delivery(id),
    replay: (dead) => hooks.replay(dead, byCommand, now()),
    discard: (dead) => hooks.discard(dead, byCommand, now()),
    test: (name) => hooks.test(name, byCommand, now()),
  };
}
