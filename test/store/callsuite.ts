// What any store must make of calls, whichever database is below it: the calls of the final set of records, however they came.
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { callOf, callWithPath, type Call } from '../../src/cdr/call.ts';
import { companiesOfCall } from '../../src/cdr/callcompany.ts';
import { groupsOf } from '../../src/cdr/groups.ts';
import { inCallOf } from '../../src/cdr/incall.ts';
import type { Cdr, StoredCdr } from '../../src/cdr/cdr.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { record } from '../cdr/conversation.ts';
import { cdrs, someCdr, tableRows } from '../support/rows.ts';
import { ann, appendTo, everything, silent } from '../support/store.ts';
import { eachFresh } from './fresh.ts';

/** Records of conversations that are joined in every way there is. */
const world: Cdr[] = [
  ...cdrs(tableRows()),
  record('101-1 > 102-2 Dial 0 2 10'),
  record('102-3 > 103-4 Dial 4 6 10'),
  record('101-1 > 103-4 Dial 10 10 15', { dst: '102', lastdata: 'PJSIP/102,20' }),
  record('104-5 > 105-6 Dial 0 - 8'),
  record('104-5 > . Hangup 8 - 8', { dst: '105' }),
  // A conference: each who came has a linkedid of his own, one of them a record before he met the others.
  record('101-20 > 102-21 ConfBridge 60 60 70'),
  record('104-22 > . ConfBridge 63 63 64'),
  record('101-20 > 104-22 ConfBridge 62 62 69'),
  record('102-21 > 104-22 ConfBridge 62 62 69'),
  // Three uniqueids and three linkedids, each record with another two of them.
  record('101-10 > 102-11 Dial 20 22 30', { linkedid: 'one' }),
  record('101-10 > 103-12 Dial 30 30 35', { linkedid: 'two' }),
  record('103-13 > 104-14 Dial 40 42 45', { linkedid: 'two' }),
  record('103-13 > 105-15 Dial 45 45 50', { linkedid: null, custom: { company: 'beta' } }),
];

/** `run` executes statements on the database itself. */
export function callSuite(
  name: string,
  freshUrl: () => Promise<string>,
  run: (url: string, statement: string) => Promise<void>,
): void {
  describe(`calls on ${name}`, () => {
    const our = eachFresh(freshUrl);

    /** As an upgrade finds a store. */
    const forget = async (of: string) => {
      for (const statement of [
        'UPDATE `cdr` SET `call_id` = NULL',
        'DELETE FROM `call`',
        'DELETE FROM `call_change`',
        "DELETE FROM `meta` WHERE `name` = 'calls_filled'",
      ]) {
        await run(of, statement);
      }
    };

    /** What of a call does not tell in which order its records came. */
    const contentOf = (records: readonly StoredCdr[]) => {
      const { path, ...call } = callWithPath(records);
      return { ...call, path: path.map(({ cdrs: _, ...leg }) => leg), keys: records.map(keyOf).sort() };
    };
    const keyOf = ({ system, uniqueid, sequence, start }: Cdr) => `${system} ${uniqueid} ${sequence} ${start}`;
    const byText = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

    /** The calls that the change sequence leaves a reader with, as they are told by their ids. */
    const storedCalls = async (from: Store) => {
      const ids = new Map<number, 'there' | 'gone'>();
      for (const { calls } of await from.allChanges(0, await from.head(), 10_000)) {
        for (const { id, op } of calls) ids.set(id, op === 'deleted' ? 'gone' : 'there');
      }
      const there = [...ids].filter(([, state]) => state === 'there').map(([id]) => id);
      const calls = await Promise.all(there.map((id) => from.call(id, null)));
      return calls.map((call) => {
        const { firstCdr, hidden, cdrs: records, path } = call!;
        expect([firstCdr, hidden]).toEqual([Math.min(...records.map((one) => one.id)), false]);
        const legs = path.map(({ cdrs: _, ...leg }) => leg);
        const known = Object.keys(callOf(records)) as (keyof Call)[];
        const content = Object.fromEntries(known.map((field) => [field, call![field]]));
        return { ...content, path: legs, keys: records.map(keyOf).sort() };
      });
    };
    const expectedCalls = async (from: Store) => groupsOf(await from.list(everything)).map((group) => contentOf(group));
    const expectTruth = async (from: Store) => {
      const [told, expected] = [await storedCalls(from), await expectedCalls(from)];
      expect(told.sort(byText)).toEqual(expected.sort(byText));
      for (const group of groupsOf(await from.list(everything))) {
        const [said, companies] = [inCallOf(group), companiesOfCall(group)];
        expect(group.map(({ inCall }) => inCall)).toEqual(
          group.map(({ id }) => ({ ...said.get(id), ...companies.get(id) })),
        );
      }
      return told.length;
    };

    it('are those of the set of records, in whatever order and batches they come, and how often', async () => {
      const order = fc.shuffledSubarray([...world, ...world], { minLength: world.length * 2 });
      const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 100, maxLength: 100 });
      let round = 0;
      await fc.assert(
        fc.asyncProperty(order, sizes, async (rows, batches) => {
          const fresh = await openStore({ url: await freshUrl() }, silent);
          try {
            let at = 0;
            for (const size of batches) {
              if (at >= rows.length) break;
              await appendTo(fresh, `pbx1/${['ami', 'api'][(round += 1) % 2]}`, rows.slice(at, at + size));
              at += size;
            }
            expect(await expectTruth(fresh)).toBe(21);
          } finally {
            await fresh.close();
          }
        }),
        { numRuns: name === 'SQLite' ? 12 : 4 },
      );
    }, 60_000);

    it('meet by a channel whose name came again thousands of times, however far apart the records of a batch are', async () => {
      const named = (nr: number, start: number, channel = `PJSIP/102-${nr}`) =>
        record(`102-${nr} > 103-4 Dial ${start} ${start} ${start + 5}`, {
          ...{ uniqueid: `1795317000.${nr}`, linkedid: `1795317000.${nr}`, sequence: nr, channel },
        });
      const many = Array.from({ length: 5100 }, (_, at) => named(at + 1, at * 100));
      const { store } = our;
      for (let at = 0; at < many.length; at += 500) await appendTo(store, 'pbx1/ami', many.slice(at, at + 500));
      await appendTo(store, 'pbx1/ami', [named(6001, 1), named(6002, 5099 * 100 + 1)]);
      const all = await store.list(everything);
      const callOf = async (nr: number) => {
        const { id } = all.find(({ sequence }) => sequence === nr)!;
        const ids = (await store.allChanges(0, await store.head(), 20_000)).flatMap(({ calls }) =>
          calls.map((call) => call.id),
        );
        for (const one of new Set(ids))
          if ((await store.call(one, null))?.cdrs.some((cdr) => cdr.id === id)) return one;
        return null;
      };
      expect(await callOf(6002)).toBe(await callOf(5100));
    });

    it('keep the oldest id when a late record joins them; the other one leads to it from then on', async () => {
      const [first, asked, joined] = world.slice(40, 43);
      await appendTo(our.store, 'pbx1/ami', [first!]);
      await appendTo(our.store, 'pbx1/ami', [asked!]);
      expect([(await our.store.call(1, null))?.records, (await our.store.call(2, null))?.records]).toEqual([1, 1]);
      const head = await our.store.head();
      await appendTo(our.store, 'pbx1/ami', [joined!]);
      const changes = await our.store.allChanges(head, await our.store.head(), 10);
      expect(changes.map(({ op, cdr }) => [op, cdr.id])).toEqual([['created', 3]]);
      expect(changes[0]!.calls.map(({ op, id, into }) => [op, id, into])).toEqual([
        ['deleted', 2, 1],
        ['updated', 1, null],
      ]);
      expect(await our.store.call(2, null)).toMatchObject({ id: 1, records: 3, legs: 3 });
    });

    it('say nothing when nothing of them changed', async () => {
      await appendTo(our.store, 'pbx1/table', world);
      const head = await our.store.head();
      await appendTo(our.store, 'pbx1/table', world);
      expect(await our.store.head()).toBe(head);
    });

    it('leave out what is hidden, are gone when all of it is, and follow corrections', async () => {
      await appendTo(our.store, 'pbx1/ami', world.slice(40, 43));
      const editing = (id: number) => ({ id, by: ann, now: 2, within: null });
      await our.store.hide(editing(3));
      expect(await our.store.call(1, null)).toMatchObject({ records: 2, talk: 8e6 });
      await our.store.edit(editing(1), { company: 'Corrected', extension: '109' });
      expect(await our.store.call(1, null)).toMatchObject({ company: 'Corrected', caller: '109' });
      for (const id of [1, 2]) await our.store.hide(editing(id));
      expect(await our.store.call(1, null)).toBe(undefined);
      const last = (await our.store.allChanges(0, await our.store.head(), 100)).at(-1);
      expect(last!.calls).toMatchObject([{ op: 'deleted', id: 1 }]);
    });

    it('shrink when retention takes records, and go with the last one', async () => {
      await appendTo(our.store, 'pbx1/ami', world.slice(40, 43));
      await our.store.expire([1], 5);
      expect(await our.store.call(1, null)).toMatchObject({ records: 2 });
      await our.store.expire([2, 3], 6);
      expect(await our.store.call(1, null)).toBe(undefined);
      const last = (await our.store.allChanges(0, await our.store.head(), 100)).at(-1);
      expect(last!.calls).toMatchObject([{ op: 'deleted', id: 1 }]);
    });

    it('show a bound reader what its own records tell, and nothing of the legs of others', async () => {
      const [one, two] = [world.at(-2)!, world.at(-1)!];
      await appendTo(our.store, 'pbx1/ami', [
        { ...one, accountcode: 'acme' },
        { ...two, accountcode: 'beta' },
      ]);
      expect(await our.store.call(1, null)).toMatchObject({
        company: 'acme',
        records: 2,
        extensions: ['103', '104', '105'],
      });
      expect(await our.store.call(1, ['beta'])).toMatchObject({
        company: 'beta',
        records: 1,
        extensions: ['103', '105'],
      });
      expect(await our.store.call(1, ['gamma'])).toBe(undefined);
      expect(await our.store.call(1, { companies: ['acme'], extensions: ['104'] })).toMatchObject({ records: 1 });
    });

    it('keep what channels told of their records, until those are hidden', async () => {
      const told = {
        ami_hangup_side: 'callee',
        ami_hangup_cause: '16',
        ami_sip_code: '200',
        ami_hold_seconds: '2.500',
      };
      await appendTo(our.store, 'pbx1/ami', [
        record('101-1 > 102-2 Dial 0 - 8', { custom: { ami_ring_seconds: '7.250' } }),
        record('101-1 > 103-3 Dial 8 9 15', { custom: told }),
      ]);
      const signals = { hangupSide: 'callee', hangupCause: 16, sipCode: '200', held: 2_500_000 };
      expect(await our.store.call(1, null)).toMatchObject({ signals, ring: 8_250_000 });
      await our.reopen();
      expect(await our.store.listCalls({ within: null, limit: 9 })).toMatchObject([{ id: 1, signals }]);
      await our.store.hide({ id: 2, by: ann, now: 1, within: null });
      expect(await our.store.listCalls({ within: null, limit: 9 })).toMatchObject([{ id: 1, signals: null }]);
    });

    it('come to a store from before there were any, slice by slice, also while new records come', async () => {
      await appendTo(our.store, 'pbx1/ami', [
        ...world.slice(0, 43),
        ...Array.from({ length: 400 }, (_, at) => someCdr(at)),
      ]);
      await forget(our.url);
      await our.reopen();
      expect(await our.store.listCalls({ within: null, limit: 1 })).toEqual([]);
      // One record of a conversation comes before the others were looked at.
      await appendTo(our.store, 'pbx1/ami', world.slice(43));
      expect(await our.store.fillCalls()).toBe(200);
      await appendTo(our.store, 'pbx1/api', world);
      let filled = 0;
      for (let slice = await our.store.fillCalls(); slice > 0; slice = await our.store.fillCalls()) filled += slice;
      expect(filled).toBeGreaterThan(100);
      const calls = await our.store.listCalls({ within: null, limit: 1000 });
      const whole = await Promise.all(calls.map(({ id }) => our.store.call(id, null)));
      const keys = (records: readonly Cdr[]) => records.map(keyOf).sort().join();
      const expected = groupsOf(await our.store.list(everything)).map((group) => keys(group));
      expect(whole.map((call) => keys(call!.cdrs)).sort()).toEqual(expected.sort());
      expect(await our.store.fillCalls()).toBe(0);
    }, 60_000);

    it('take no more than 1,000 records in: further ones are counted, and cost no more than others', async () => {
      const endless = (at: number) => someCdr(at, { linkedid: 'endless' });
      for (let from = 0; from < 3000; from += 500) {
        await appendTo(
          our.store,
          'pbx1/ami',
          Array.from({ length: 500 }, (_, at) => endless(from + at)),
        );
      }
      const call = await our.store.call(1, null);
      expect([call?.records, call?.cdrs.length, call?.end]).toEqual([3000, 1000, endless(2999).start + 5e6]);
      const began = performance.now();
      for (let at = 3000; at < 3050; at++) await appendTo(our.store, 'pbx1/ami', [endless(at)]);
      expect(performance.now() - began).toBeLessThan(5000);
      expect((await our.store.call(1, null))?.records).toBe(3050);
    }, 60_000);
  });
}
