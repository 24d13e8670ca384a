// Webhooks on SQLite, and what they tell on any store; on MariaDB: hook.service.test.ts.
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import type { WebhookConfig } from '../../src/webhooks/config.ts';
import { byCommand } from '../../src/store/audit.ts';
import { someCdr } from '../support/rows.ts';
import { ann, tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';
import { hookSuite } from './hooksuite.ts';
import { heard, idsOf, quiet, Scene } from './sender.ts';

const { folder, remove } = tempFolder();
let stores = 0;
const freshUrl = async () => `sqlite:${join(folder, `${++stores}.db`)}`;
const rename = async (url: string) => {
  const database = new Database(url.slice('sqlite:'.length));
  database.exec("UPDATE meta SET value = 'restored' WHERE name = 'generation'");
  database.close();
};

hookSuite('SQLite', freshUrl, rename);
afterAll(remove);

describe('webhooks', () => {
  const scene = new Scene();
  afterEach(() => scene.close());

  it('wait for a receiver that is away, and then tell everything, each under the id it had', async () => {
    const receiver = await scene.receiver();
    const sender = await scene.sender(await freshUrl(), receiver);
    receiver.answer = () => ({ status: 503, text: 'not\u0007 now' });
    await sender.put(someCdr(1), someCdr(2));
    await until(() => receiver.posted.length >= 3, 'some tries');
    const failing = async () => (await sender.hooks.list())[0]!;
    expect(await failing()).toMatchObject({ pending: 2, dead: 0, fault: 'answered 503: not now' });
    await receiver.close();
    await until(async () => /ECONNREFUSED/.test((await failing()).fault ?? ''), 'nobody to answer');
    receiver.answer = () => ({ status: 200 });
    await receiver.open();
    await quiet(sender);
    const distinct = [...new Map(receiver.posted.map(({ id, body }) => [id, body.data])).values()];
    expect(distinct).toMatchObject([{ cdr: { id: 1 } }, { cdr: { id: 2 } }]);
    expect(await failing()).toMatchObject({ pending: 0, behind: 0, failing: null, fault: null });
    const [counts] = sender.hooks.counts();
    expect(counts).toMatchObject({ delivered: 2, dead: 0 });
    expect(counts!.failed).toBeGreaterThanOrEqual(4);
  });

  it('tell batches as lists, of what there is by then and at most so many', async () => {
    const receiver = await scene.receiver();
    const sender = await scene.sender(await freshUrl(), receiver, { batch: 3 });
    await sender.put(...Array.from({ length: 7 }, (_, at) => someCdr(at)));
    await heard(receiver, 7);
    expect(receiver.posted.map(({ body }) => [body.type, (body.data as unknown[]).length])).toEqual([
      ['batch', 3],
      ['batch', 3],
      ['batch', 1],
    ]);
    expect(idsOf(receiver)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('tell what was asked for: types, ops, filters, and only what the companies may see', async () => {
    const url = await freshUrl();
    const receiver = await scene.receiver();
    const wish: Partial<WebhookConfig> = {
      ...{ types: ['cdr', 'call'], ops: ['created', 'updated', 'deleted'], companies: ['ACME'] },
      filter: { extension: '101' },
    };
    const sender = await scene.sender(url, receiver, wish);
    const other = { channel: 'PJSIP/beta-101-00000001' };
    await sender.put(someCdr(1), someCdr(2, other), someCdr(3, { src: '105', channel: 'PJSIP/acme-105-1' }));
    await heard(receiver, 2);
    await sender.store.hide({ id: 1, by: ann, now: 1, within: null });
    await sender.put();
    await heard(receiver, 4);
    const told = receiver.told.map(({ type, op, cdr, call }) => [type, op, (cdr ?? call)!.id]);
    expect(told).toEqual([
      ['cdr', 'created', 1],
      // A call stands at the place of the last record that was stored with it.
      ['call', 'created', 1],
      ['call', 'deleted', 1],
      ['cdr', 'deleted', 1],
    ]);
    expect(receiver.told.at(-1)).toEqual({ type: 'cdr', op: 'deleted', seq: 4, cdr: { id: 1 } });
  });

  it('say deleted of what has gone before it could be sent: nothing of it was kept', async () => {
    const receiver = await scene.receiver();
    const sender = await scene.sender(await freshUrl(), receiver);
    await receiver.close();
    await sender.put(someCdr(1));
    await until(async () => (await sender.hooks.list())[0]!.failing !== null, 'a try');
    await sender.store.expire([1], 5);
    await receiver.open();
    await heard(receiver, 1);
    expect(receiver.posted[0]!.body).toMatchObject({ type: 'cdr.deleted', data: { op: 'deleted', cdr: { id: 1 } } });
  });

  it('keep a log of so many, and try the way when asked', async () => {
    const receiver = await scene.receiver();
    const sender = await scene.sender(await freshUrl(), receiver);
    const id = await sender.hooks.test('crm', byCommand, 5);
    await heard(receiver, 1);
    expect(receiver.posted[0]!.body).toMatchObject({ type: 'ping', data: { type: 'ping' } });
    await quiet(sender);
    expect(await sender.hooks.delivery(id)).toMatchObject({ state: 'delivered', status: 204, tries: 1, detail: null });
    await sender.put(someCdr(1));
    await quiet(sender);
    await heard(receiver, 2);
    const page = (query: object) => sender.hooks.deliveries({ limit: 1, ...query });
    expect((await page({})).map((one) => one.id)).toEqual([2]);
    expect((await page({ before: 2 })).map((one) => one.id)).toEqual([1]);
    expect((await page({ after: 0 })).map((one) => one.id)).toEqual([1]);
    expect(await page({ webhook: 'other' })).toEqual([]);
  });
});
