// Webhooks on SQLite, and what they tell on any store; on MariaDB: hook.service.test.ts.
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { openStore } from '../../src/store/store.ts';
import type { WebhookConfig } from '../../src/webhooks/config.ts';
import { byCommand } from '../../src/store/audit.ts';
import { someCdr } from '../support/rows.ts';
import { ann, silent, tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';
import { hookSuite } from './hooksuite.ts';
import { heard, idsOf, quiet, Scene } from './sender.ts';
import { settleSuite } from './settlesuite.ts';

const { folder, remove } = tempFolder();
let stores = 0;
const freshUrl = async () => `sqlite:${join(folder, `${++stores}.db`)}`;
const rename = async (url: string) => {
  const database = new Database(url.slice('sqlite:'.length));
  database.exec("UPDATE meta SET value = 'restored' WHERE name = 'generation'");
  database.close();
};

hookSuite('SQLite', freshUrl, rename);
settleSuite('SQLite', freshUrl);
afterAll(remove);

describe('webhooks', () => {
  const scene = new Scene();
  afterEach(() => scene.close());

  it('tell each new record once, in order, signed, from now on or from the beginning', async () => {
    const url = await freshUrl();
    const [now, before] = [await scene.receiver(), await scene.receiver()];
    const first = await scene.sender(url, now, { headers: { Authorization: 'Bearer t0ken' } });
    await first.put(someCdr(1), someCdr(2));
    await heard(now, 2);
    await quiet(first);
    await first.close();
    const second = await scene.sender(url, before, { name: 'all', from: 'beginning' });
    await second.put(someCdr(3));
    await heard(before, 3);
    expect([idsOf(now), idsOf(before)]).toEqual([
      [1, 2],
      [1, 2, 3],
    ]);
    const [posted] = now.posted;
    expect(posted!.body).toMatchObject({
      ...{ type: 'cdr.created', generation: second.store.generation },
      data: { type: 'cdr', op: 'created', seq: 1, cdr: { id: 1, src: '101', system: 'pbx1' } },
    });
    expect(posted!.headers).toMatchObject({
      authorization: 'Bearer t0ken',
      ...{ 'content-type': 'application/json', 'user-agent': 'cdrd/test' },
      'webhook-id': expect.stringMatching(/^msg_[0-9a-f]{32}$/) as string,
      'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/) as string,
    });
    expect(Math.abs(Number(posted!.headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(60);
    expect(new Set(before.posted.map(({ id }) => id)).size).toBe(3);
  });

  it('wait for a receiver that is away, and then tell everything, each under the id it had', async () => {
    const receiver = await scene.receiver();
    const sender = await scene.sender(await freshUrl(), receiver);
    receiver.answer = () => ({ status: 503, text: 'not\u0007 now, 447700900123' });
    await sender.put(someCdr(1), someCdr(2));
    await until(() => receiver.posted.length >= 3, 'some tries');
    const failing = async () => (await sender.hooks.list())[0]!;
    expect(await failing()).toMatchObject({
      pending: 2,
      dead: 0,
      fault: 'answered 503: not now, …',
      to: new URL(receiver.url).origin,
    });
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

  it('judge a call by what the companies see of it', async () => {
    const receiver = await scene.receiver();
    const wish: Partial<WebhookConfig> = { types: ['call'], companies: ['acme'], filter: { extension: '205' } };
    const sender = await scene.sender(await freshUrl(), receiver, wish);
    const beta = { src: '205', channel: 'PJSIP/beta-205-00000002' };
    const of = (linkedid: string, first: number) => [
      someCdr(first, { linkedid }),
      someCdr(first + 1, { linkedid, ...beta }),
    ];
    // The second call has 205 on acme's side, too.
    const own = someCdr(5, { linkedid: '9.2', src: '205', channel: 'PJSIP/acme-205-00000003' });
    await sender.put(...of('9.1', 1), ...of('9.2', 3), own);
    await heard(receiver, 1);
    await quiet(sender);
    expect(receiver.told).toMatchObject([
      { type: 'call', op: 'created', call: { id: 2, records: 2, companies: ['acme'] } },
    ]);
  });

  it('say deleted of what has gone, or may not be seen any more, before it could be sent', async () => {
    const receiver = await scene.receiver();
    const sender = await scene.sender(await freshUrl(), receiver, { companies: ['acme'] });
    await receiver.close();
    await sender.put(someCdr(1), someCdr(2), someCdr(3, { channel: 'PJSIP/beta-1-1' }));
    await until(async () => (await sender.hooks.list())[0]!.failing !== null, 'a try');
    await sender.store.expire([1], 5);
    await sender.store.edit({ id: 2, by: ann, now: 6, within: null }, { company: 'beta' });
    await receiver.open();
    await heard(receiver, 2);
    expect(receiver.posted.map(({ body }) => body)).toMatchObject(
      [1, 2].map((id) => ({ type: 'cdr.deleted', data: { op: 'deleted', cdr: { id } } })),
    );
    expect(receiver.told.map(({ cdr }) => Object.keys(cdr!))).toEqual([['id'], ['id']]);
  });

  it('keep their place at the end, also of what was nothing to them', async () => {
    const url = await freshUrl();
    const receiver = await scene.receiver();
    const sender = await scene.sender(url, receiver, { filter: { src: 'nobody' } });
    await sender.put(someCdr(1), someCdr(2));
    await quiet(sender);
    await sender.close();
    const store = await openStore({ url }, silent);
    expect(await store.webhooks()).toMatchObject([{ place: 2, runner: null }]);
    await store.close();
  });

  it.each([
    ['delivered', 1000, 204],
    ['dead', 10_000, 500],
  ] as const)('keep the newest %s ones, at most %d', async (state, most, status) => {
    const url = await freshUrl();
    const receiver = await scene.receiver();
    const sender = await scene.sender(url, receiver, { give_up_seconds: 0.001 });
    const database = new Database(url.slice('sqlite:'.length));
    database.exec(`
      INSERT INTO delivery (id, webhook, message, items, state, created, tries)
        WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ${most})
        SELECT id, 'crm', 'msg_' || id, '[]', '${state}', 1, 1 FROM n;
      UPDATE place SET last = ${most} WHERE name = 'delivery'`);
    receiver.answer = () => ({ status });
    for (const number of [1, 2]) {
      await sender.put(someCdr(number));
      await heard(receiver, number);
      await quiet(sender);
    }
    // What is delivered is counted when the next deliveries are made.
    const spare = state === 'delivered' ? 1 : 0;
    const [counted] = database.prepare('SELECT COUNT(*) AS n, MIN(id) AS first FROM delivery').all();
    expect(counted).toEqual({ n: most + spare, first: 3 - spare });
    database.close();
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
