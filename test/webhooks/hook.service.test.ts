// Webhooks on MariaDB, where several daemons may have the same store.
import { afterEach, expect, inject, it } from 'vitest';
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
