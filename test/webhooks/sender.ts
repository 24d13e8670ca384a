// Webhooks as a daemon has them, on a store of the test's own, and what a test waits for.
import { Value } from 'typebox/value';
import type { Cdr } from '../../src/cdr/cdr.ts';
import { Feed } from '../../src/feed/feed.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { WebhookConfig } from '../../src/webhooks/config.ts';
import type { IsLive } from '../../src/webhooks/settling.ts';
import { Webhooks } from '../../src/webhooks/webhooks.ts';
import { appendTo, silent } from '../support/store.ts';
import { until } from '../support/until.ts';
import { Receiver } from './receiver.ts';

const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;

/** One daemon's part in it. */
export interface Sender {
  store: Store;
  hooks: Webhooks;
  put(...rows: Cdr[]): Promise<void>;
}

/** Receivers and senders of one test; all of them are closed with it, the last ones first. */
export class Scene {
  readonly #closing: (() => Promise<void>)[] = [];

  async receiver(): Promise<Receiver> {
    const receiver = await new Receiver().open();
    this.#closing.push(() => receiver.close());
    return receiver;
  }

  /** A webhook `crm` to the receiver, not patient: calls are told at once, too. */
  async sender(
    url: string,
    receiver: Receiver,
    change: Partial<WebhookConfig> = {},
    isLive: IsLive = () => false,
  ): Promise<Sender & { close(): Promise<void> }> {
    const store = await openStore({ url }, silent);
    const feed = await Feed.open(store, silent, store.dialect === 'mysql' ? 20 : 0);
    const patience = { retry_seconds: 0.02, settle_seconds: 0 };
    const given = { name: 'crm', url: receiver.url, secret, allow_private: true, ...patience, ...change };
    const config = [Value.Default(WebhookConfig, given) as WebhookConfig];
    const hooks = new Webhooks({ config, store, sending: { feed, log: silent, version: 'test', isLive } });
    hooks.start();
    // The place of a new name is there by then.
    const isKnown = async () => (await store.webhooks()).some(({ name }) => name === config[0]!.name);
    await until(isKnown, 'the webhook to be claimed');
    let isOpen = true;
    const close = async () => {
      if (!isOpen) return;
      isOpen = false;
      await hooks.close();
      feed.close();
      await store.close();
    };
    this.#closing.push(close);
    const put = async (...rows: Cdr[]) => {
      await appendTo(store, 'pbx1/table', rows);
      feed.wake();
    };
    return { store, hooks, put, close };
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0).reverse()) await close();
  }
}

export async function heard(receiver: Receiver, count: number): Promise<void> {
  await until(() => receiver.told.length >= count, `${count} messages, ${receiver.told.length} came`);
}

/** Nothing is left to tell. */
export async function quiet({ hooks }: Pick<Sender, 'hooks'>): Promise<void> {
  await until(async () => (await hooks.list()).every((one) => one.behind === 0 && one.pending === 0), 'an end of it');
}

/** Of the records that were told, in order. */
export const idsOf = (receiver: Receiver) => receiver.told.map(({ cdr }) => cdr?.id);
