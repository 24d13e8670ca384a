// What webhooks do on any store: everything told once and in order, whatever the receiver, the daemon or the store goes through.
import { afterEach, describe, expect, it } from 'vitest';
import { byCommand } from '../../src/store/audit.ts';
import { openStore } from '../../src/store/store.ts';
import { someCdr } from '../support/rows.ts';
import { ann, appendTo, silent } from '../support/store.ts';
import { until } from '../support/until.ts';
import { heard, idsOf, quiet, Scene } from './sender.ts';

/** `freshUrl` gives the URL of an empty database; `rename` gives the store of one another generation, as a restore does. */
export function hookSuite(name: string, freshUrl: () => Promise<string>, rename: (url: string) => Promise<void>): void {
  describe(`webhooks on ${name}`, () => {
    const scene = new Scene();
    afterEach(() => scene.close());

    it('give up what is refused, go on with the next, and send it again when asked', async () => {
      const receiver = await scene.receiver();
      const sender = await scene.sender(await freshUrl(), receiver);
      const isBad = (text: string) => text.includes('"id":1,');
      receiver.answer = ({ text }) => ({ status: isBad(text) ? 422 : 200 });
      await sender.put(someCdr(1), someCdr(2));
      await quiet(sender);
      expect(idsOf(receiver)).toEqual([1, 1, 1, 1, 1, 2]);
      const { deliveries } = sender.hooks;
      const [dead] = await deliveries({ state: 'dead', limit: 10 });
      expect(dead).toMatchObject({ id: 1, webhook: 'crm', tries: 5, status: 422, detail: 'answered 422', due: null });
      expect(dead!.items).toEqual([{ type: 'cdr', op: 'created', seq: 1, id: 1 }]);
      // Five tries again.
      expect(await sender.hooks.replay({ id: 1 }, byCommand, 4)).toBe(1);
      await quiet(sender);
      expect(idsOf(receiver).slice(6)).toEqual([1, 1, 1, 1, 1]);
      receiver.answer = () => ({ status: 200 });
      expect(await sender.hooks.replay({ id: 1 }, ann, 5)).toBe(1);
      await quiet(sender);
      expect(receiver.posted.at(-1)).toMatchObject({ id: dead!.message, body: { data: { cdr: { id: 1 } } } });
      await expect(sender.hooks.replay({ id: 1 }, ann, 6)).rejects.toThrow(
        'delivery 1 is delivered, expected a dead one',
      );
      await expect(sender.hooks.replay({ id: 9 }, ann, 6)).rejects.toMatchObject({ status: 404 });
      await expect(sender.hooks.replay({ webhook: 'x' }, ann, 6)).rejects.toThrow('no webhook x, expected one of crm');
      const audit = await sender.store.listAudit({ action: 'webhook.replayed', limit: 1 });
      expect(audit).toMatchObject([{ by: { name: 'ann' }, object: 'delivery 1', detail: { deliveries: 1 } }]);
    });

    it('make a dead letter of what nobody takes for long; all of one webhook are replayed or discarded', async () => {
      const receiver = await scene.receiver();
      const sender = await scene.sender(await freshUrl(), receiver, { give_up_seconds: 0.05 });
      receiver.answer = () => ({ status: 500 });
      await sender.put(someCdr(1), someCdr(2), someCdr(3));
      await quiet(sender);
      expect((await sender.hooks.list())[0]).toMatchObject({ dead: 3, pending: 0 });
      expect(await sender.hooks.discard({ id: 3 }, byCommand, 5)).toBe(1);
      receiver.answer = () => ({ status: 200 });
      receiver.posted.length = 0;
      expect(await sender.hooks.replay({ webhook: 'crm' }, byCommand, 5)).toBe(2);
      await quiet(sender);
      expect(idsOf(receiver)).toEqual([1, 2]);
      expect(await sender.hooks.discard({ webhook: 'crm' }, byCommand, 5)).toBe(0);
    });

    it('try the way at once when asked, before what waits, and tell that very answer', async () => {
      const receiver = await scene.receiver();
      const sender = await scene.sender(await freshUrl(), receiver, { retry_seconds: 3600 });
      receiver.answer = ({ body }) => ({ status: body.type === 'ping' ? 202 : 503 });
      await sender.put(someCdr(1), someCdr(2));
      await heard(receiver, 1);
      const id = await sender.hooks.test('crm', byCommand, 5);
      const tried = async () => ((await sender.hooks.delivery(id))!.tries > 0 ? sender.hooks.delivery(id) : undefined);
      expect(await until(tried, 'the ping to be tried')).toMatchObject({ state: 'delivered', status: 202 });
      expect(receiver.told.map(({ type }) => type)).toEqual(['cdr', 'ping']);
      // That it got through says nothing of what waits.
      const failing = expect.any(Number) as number;
      expect((await sender.hooks.list())[0]).toMatchObject({ pending: 2, failing, fault: 'answered 503' });
    });

    it('go on over restarts where they were, with nothing left out and what was under way again under its id', async () => {
      const url = await freshUrl();
      const receiver = await scene.receiver();
      const first = await scene.sender(url, receiver, { timeout_seconds: 60 });
      receiver.answer = ({ text }) => (text.includes('"id":2,') ? null : { status: 200 });
      await first.put(someCdr(1), someCdr(2), someCdr(3));
      await heard(receiver, 2);
      // The way of kill -9: the store is closed under it, and nobody writes anything more.
      const { id } = receiver.posted.at(-1)!;
      await first.store.close();
      const offline = await openStore({ url }, silent);
      await appendTo(offline, 'pbx1/table', [someCdr(4)]);
      // On MariaDB the dead one would be waited for.
      await offline.releaseWebhook('crm', (await offline.webhooks())[0]!.runner!);
      await offline.close();
      receiver.answer = () => ({ status: 200 });
      const second = await scene.sender(url, receiver);
      await until(() => idsOf(receiver).includes(4), 'the last record');
      await quiet(second);
      expect(idsOf(receiver)).toEqual([1, 2, 2, 3, 4]);
      expect(receiver.posted[2]!.id).toBe(id);
      // What the first one still waits for.
      await receiver.close();
    });

    it('tell of a restored store before anything else of it, and leave nothing out', async () => {
      const url = await freshUrl();
      const receiver = await scene.receiver();
      const first = await scene.sender(url, receiver);
      await first.put(someCdr(1));
      await quiet(first);
      receiver.answer = () => ({ status: 503 });
      await first.put(someCdr(2), someCdr(3));
      await until(() => receiver.posted.length > 1, 'a try of what waits then');
      await first.close();
      const waiting = receiver.posted.at(-1)!.id;
      await rename(url);
      receiver.answer = () => ({ status: 200 });
      receiver.posted.length = 0;
      const second = await scene.sender(url, receiver);
      await second.put(someCdr(4));
      await heard(receiver, 4);
      await quiet(second);
      const { generation } = second.store;
      expect(receiver.posted.map(({ body }) => body)).toMatchObject([
        { type: 'resync', generation, data: { type: 'resync', reason: 'generation', seq: 3 } },
        { type: 'cdr.created', generation, data: { cdr: { id: 2 } } },
        { type: 'cdr.created', generation, data: { cdr: { id: 3 } } },
        { type: 'cdr.created', generation, data: { cdr: { id: 4 } } },
      ]);
      expect(receiver.posted[1]!.id).toBe(waiting);
    });
  });
}
