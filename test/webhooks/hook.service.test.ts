// Webhooks on MariaDB, where several daemons may have the same store.
import { afterEach, expect, inject, it } from 'vitest';
import { leaseMsOf } from '../../src/webhooks/lease.ts';
import { query } from '../services/mariadb.ts';
import { someCdr } from '../support/rows.ts';
import { hookSuite } from './hooksuite.ts';
import { heard, idsOf, quiet, Scene } from './sender.ts';
import { settleSuite } from './settlesuite.ts';

const { rootUrl } = inject('mariadb');
let stores = 0;

async function freshUrl(): Promise<string> {
  const name = `cdrd_hooks_${process.pid}_${++stores}`;
  await query(rootUrl, `CREATE DATABASE ${name}`);
  return new URL(name, rootUrl).href;
}

const rename = async (url: string) => {
  await query(url, "UPDATE meta SET value = 'restored' WHERE name = 'generation'");
};

hookSuite('MariaDB', freshUrl, rename);
settleSuite('MariaDB', freshUrl);

const scene = new Scene();
afterEach(() => scene.close());

it('a daemon that was killed is taken over from once it has given no sign of life for its lease, and not before', async () => {
  const url = await freshUrl();
  const receiver = await scene.receiver();
  const first = await scene.sender(url, receiver);
  await first.put(someCdr(1));
  await heard(receiver, 1);
  await quiet(first);
  // The way of kill -9: nothing is written any more, and nobody gives the webhook away.
  await first.store.close();
  const second = await scene.sender(url, receiver);
  const runner = async () => (await second.store.webhooks())[0]!.runner!;
  const dead = await runner();
  const claim = { name: 'crm', runner: 'other', generation: second.store.generation, place: 0 };
  const now = Date.now() * 1000;
  const silent = (ms: number) => second.store.keepWebhookAlive('crm', dead, now - ms * 1000);
  const leaseMs = leaseMsOf({ timeout_seconds: 10 });
  expect(leaseMs).toBe(40_000);
  await silent(leaseMs);
  expect(await second.store.claimWebhook({ ...claim, now, deadBefore: now - leaseMs * 1000 })).toBe(undefined);
  await silent(leaseMs + 1);
  await second.put(someCdr(2));
  await heard(receiver, 2);
  expect([idsOf(receiver), (await runner()) === dead]).toEqual([[1, 2], false]);
});

it('webhooks are sent for by one daemon of several, and by the next when that one is gone', async () => {
  const url = await freshUrl();
  const receiver = await scene.receiver();
  const first = await scene.sender(url, receiver);
  const second = await scene.sender(url, receiver);
  await first.put(someCdr(1));
  await second.put(someCdr(2));
  await heard(receiver, 2);
  await quiet(first);
  expect(second.hooks.counts()).toMatchObject([{ delivered: 0 }]);
  await first.close();
  await second.put(someCdr(3));
  await heard(receiver, 3);
  await quiet(second);
  expect([idsOf(receiver), second.hooks.counts()]).toMatchObject([[1, 2, 3], [{ delivered: 1 }]]);
});
