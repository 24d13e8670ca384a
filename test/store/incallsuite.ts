// What any store must make of what records are in their calls: the same whatever came first, and told when it changes.
import { describe, expect, it } from 'vitest';
import type { Cdr } from '../../src/cdr/cdr.ts';
import { record } from '../cdr/conversation.ts';
import { ann, appendTo, everything } from '../support/store.ts';
import { eachFresh } from './fresh.ts';

const talk = record('101-1 > 102-2 Dial 0 2 6', { dst: '103' });
const sent = record('101-1 > 103-3 Dial 6 - 12');
const back = record('101-1 > 102-4 Dial 12 15 20');
/** The same in another call. */
const moved = (one: Cdr, at: number): Cdr => ({
  ...{ ...one, uniqueid: `moved.${at}`, linkedid: `moved.${at}` },
  dstchannel: one.dstchannel!.replace('-0000', `-${String(1000 + at)}`),
});
const by102 = { xfer: '102', bill_to: '102' };

/** `run` executes statements on the database itself. */
export function inCallSuite(
  name: string,
  freshUrl: () => Promise<string>,
  run: (url: string, statement: string) => Promise<void>,
): void {
  describe(`what records are in their calls on ${name}`, () => {
    const our = eachFresh(freshUrl);

    const come = (...rows: Cdr[]) => appendTo(our.store, 'pbx1/ami', rows);
    const said = async () => (await our.store.list(everything)).map(({ inCall }) => inCall);
    /** Changes after this place. */
    const changesAfter = async (head: number) =>
      (await our.store.allChanges(head, await our.store.head(), 100)).map(({ op, cdr }) => [op, cdr.id, cdr.inCall]);

    it('is there with a record whose call is known, in the same change', async () => {
      await come(talk);
      const head = await our.store.head();
      await come(sent, back);
      expect(await changesAfter(head)).toEqual([
        ['created', 2, by102],
        ['created', 3, { ...by102, is_bounce: true }],
      ]);
    });

    it('is told as a change of an earlier record when a later one tells it; its id stays', async () => {
      await come(sent, back);
      expect(await said()).toEqual([{}, {}]);
      const before = (await our.store.list(everything)).map(({ updated }) => updated);
      const head = await our.store.head();
      await appendTo(our.store, 'pbx1/ami', [talk], { now: before[0]! + 5 });
      expect(await changesAfter(head)).toEqual([
        ['created', 3, {}],
        ['updated', 1, by102],
        ['updated', 2, { ...by102, is_bounce: true }],
      ]);
      expect((await our.store.list(everything)).map(({ updated }) => updated)).toEqual(
        before.map((at) => at + 5).concat(before[0]! + 5),
      );
      // The call stands at the place of the last of them.
      const last = (await our.store.allChanges(head, await our.store.head(), 100)).at(-1)!;
      expect([last.cdr.id, last.calls.map(({ op, id }) => [op, id])]).toEqual([2, [['updated', 1]]]);
    });

    it('is not told again by another sight of the same records, and stays when one of them is enriched', async () => {
      await come(talk, sent, back);
      const head = await our.store.head();
      await appendTo(our.store, 'pbx1/table', [talk, sent, back]);
      expect(await changesAfter(head)).toEqual([]);
      await appendTo(our.store, 'pbx1/table', [{ ...sent, userfield: 'a=b', custom: { recordingfile: 'x.wav' } }]);
      expect(await changesAfter(head)).toEqual([['updated', 2, by102]]);
      expect(await said()).toEqual([{}, by102, { ...by102, is_bounce: true }]);
    });

    it('goes with the record that told it, hidden or taken by retention, and comes back with it', async () => {
      await come(talk, sent);
      const editing = (id: number) => ({ id, by: ann, now: 2, within: null });
      let head = await our.store.head();
      await our.store.hide(editing(1));
      expect((await changesAfter(head)).map(([op, id]) => [op, id])).toEqual([
        ['deleted', 1],
        ['updated', 2],
      ]);
      expect(await said()).toEqual([{}]);
      await our.store.hide(editing(1), false);
      expect(await said()).toEqual([{}, by102]);
      head = await our.store.head();
      await our.store.expire([1], 5);
      expect(await changesAfter(head)).toEqual([
        ['deleted', 1, undefined],
        ['updated', 2, {}],
      ]);
    });

    it('comes to calls from before, slice by slice, without a change', async () => {
      const others = (at: number) => [talk, sent].map((one) => moved(one, at));
      for (let at = 0; at < 60; at++) await come(...others(at));
      const expected = await said();
      expect(expected.filter(({ xfer }) => xfer === '102')).toHaveLength(60);
      await run(our.url, 'UPDATE `cdr` SET `in_call` = NULL');
      await run(our.url, "INSERT INTO `meta` (`name`, `value`) VALUES ('in_call_below', '61')");
      const head = await our.store.head();
      expect(await our.store.fillCalls()).toBe(50);
      expect((await said()).filter(({ xfer }) => xfer === '102')).toHaveLength(50);
      expect([await our.store.fillCalls(), await our.store.fillCalls()]).toEqual([10, 0]);
      expect(await said()).toEqual(expected);
      expect(await our.store.head()).toBe(head);
    });

    it('lets numbers that events of channels told through no wall', async () => {
      const of = (company: string, target: string) => ({ accountcode: company, peeraccount: target });
      const custom = { ami_transferrer: '102' };
      await come({ ...sent, ...of('beta', 'beta'), custom });
      expect(await said()).toEqual([{}]);
      await come({ ...talk, ...of('acme', 'acme') });
      expect(await said()).toEqual([{}, {}]);
      const head = await our.store.head();
      await our.store.edit({ id: 2, by: ann, now: 2, within: null }, { target: 'beta' });
      expect(await said()).toEqual([{ ...by102, told: 'ami_transferrer' }, {}]);
      expect((await changesAfter(head)).map(([op, id]) => [op, id])).toEqual([
        ['updated', 2],
        ['updated', 1],
      ]);
    });

    it('goes through no wall, also when a correction makes one', async () => {
      const of = (company: string, target: string) => ({ accountcode: company, peeraccount: target });
      await come({ ...talk, ...of('acme', 'acme') }, { ...sent, ...of('acme', 'beta') });
      expect(await said()).toEqual([{}, {}]);
      await our.store.edit({ id: 2, by: ann, now: 2, within: null }, { target: 'acme' });
      expect(await said()).toEqual([{}, by102]);
      await our.store.edit({ id: 1, by: ann, now: 3, within: null }, { company: 'gamma', target: 'gamma' });
      expect(await said()).toEqual([{}, {}]);
    });
  });
}
