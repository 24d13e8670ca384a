// When webhooks on any store tell of calls: not while they go on, and each once for all that has become of it.
import { afterEach, describe, expect, it } from 'vitest';
import { someCdr } from '../support/rows.ts';
import { ann } from '../support/store.ts';
import { until } from '../support/until.ts';
import { heard, Scene, type Sender } from './sender.ts';

const missed = { disposition: 'NO ANSWER', billsec: 0, answer: null } as const;
const settle = { types: ['call'], settle_seconds: 0.3 };

/** Where 101 rang, and where 103 took the call: two records of one call, minutes apart. */
const rang = someCdr(1, { ...missed, dstchannel: 'PJSIP/acme-102-00000a', lastapp: 'Dial', linkedid: '9.1' });
const taken = someCdr(2, { dstchannel: 'PJSIP/acme-103-00000b', lastapp: 'Dial', linkedid: '9.1' });

export function settleSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`webhooks of calls on ${name}`, () => {
    const scene = new Scene();
    afterEach(() => scene.close());
    const waiting = async ({ store }: Sender) => (await store.waitingCalls('crm')).map(({ id }) => id);

    it('tell none that goes on, so nobody hears of a missed call that was picked up', async () => {
      const living = new Set(['9.1']);
      const receiver = await scene.receiver();
      const wish = { ...settle, filter: { outcome: 'missed' } };
      const isLive = ({ linkedids }: { linkedids: readonly string[] }) => linkedids.some((one) => living.has(one));
      const sender = await scene.sender(await freshUrl(), receiver, wish, isLive);
      await sender.put(rang, someCdr(3, { ...missed, dstchannel: 'PJSIP/acme-104-1', lastapp: 'Dial' }));
      await heard(receiver, 1);
      expect(await waiting(sender)).toEqual([1]);
      await sender.put(taken);
      living.clear();
      await until(async () => (await waiting(sender)).length === 0, 'the call to settle');
      await sender.put(someCdr(4, { ...missed, dstchannel: 'PJSIP/acme-104-2', lastapp: 'Dial' }));
      await heard(receiver, 2);
      expect(receiver.told).toMatchObject([2, 3].map((id) => ({ op: 'created', call: { id, outcome: 'missed' } })));
    });

    it('tell of one whose records come one by one once, as it is in the end, also over a restart', async () => {
      const url = await freshUrl();
      const receiver = await scene.receiver();
      const slow = { ...settle, settle_seconds: 60, ops: ['created', 'updated', 'deleted'] };
      const first = await scene.sender(url, receiver, slow);
      await first.put(rang);
      await until(async () => (await waiting(first)).length === 1, 'the call to wait');
      await first.put(taken);
      await until(async () => (await first.store.waitingCalls('crm'))[0]?.seq === 1, 'the second record');
      await first.close();
      const second = await scene.sender(url, receiver, { ...slow, settle_seconds: 0.3 });
      await heard(receiver, 1);
      expect(receiver.told).toMatchObject([
        { op: 'created', seq: 1, call: { id: 1, records: 2, outcome: 'answered' } },
      ]);
      await second.store.edit({ id: 1, by: ann, now: 1, within: null }, { company: 'beta' });
      await second.put();
      await heard(receiver, 2);
      await second.store.hide({ id: 1, by: ann, now: 2, within: null });
      await second.store.hide({ id: 2, by: ann, now: 2, within: null });
      await second.put();
      await heard(receiver, 3);
      expect(receiver.told.map(({ op }) => op)).toEqual(['created', 'updated', 'deleted']);
    });

    it('tell what became part of another call as deleted only to who knew of it', async () => {
      const receiver = await scene.receiver();
      const wish = { ...settle, ops: ['created', 'updated', 'deleted'] };
      const sender = await scene.sender(await freshUrl(), receiver, wish);
      await sender.put(someCdr(1), someCdr(2));
      await heard(receiver, 2);
      const joint = someCdr(5, { uniqueid: someCdr(2).uniqueid, linkedid: someCdr(1).linkedid });
      await sender.put(someCdr(3), joint, someCdr(4, { uniqueid: someCdr(3).uniqueid, linkedid: someCdr(1).linkedid }));
      await heard(receiver, 4);
      expect(await waiting(sender)).toEqual([]);
      const [, , ...then] = receiver.told.map(({ op, call, into }) => [op, call!.id, into]);
      expect(then.toSorted()).toEqual([
        ['deleted', 2, 1],
        ['updated', 1, undefined],
      ]);
    });

    it('tell what waits at once when it may not wait any more', async () => {
      const url = await freshUrl();
      const receiver = await scene.receiver();
      const first = await scene.sender(url, receiver, { ...settle, settle_seconds: 3600 });
      await first.put(rang);
      await until(async () => (await waiting(first)).length === 1, 'the call to wait');
      await first.close();
      const second = await scene.sender(url, receiver, { types: ['call'] });
      await heard(receiver, 1);
      expect(await waiting(second)).toEqual([]);
    });
  });
}
