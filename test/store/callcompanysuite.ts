// What any store must make of records that have no company but that of their call: the same whatever came first, and told when it changes.
import { describe, expect, it } from 'vitest';
import type { Cdr, Derived } from '../../src/cdr/cdr.ts';
import { openStore } from '../../src/store/store.ts';
import { derive, someCdr } from '../support/rows.ts';
import { ann, appendTo, everything, recountAll, silent } from '../support/store.ts';
import { eachFresh } from './fresh.ts';

const linkedid = '1795348800.20';
const from = { ...{ linkedid, src: '07700900123', accountcode: '', peeraccount: '' } };
/** A queue: 201 rings, 202 answers; only what came by the trunk has the DID of acme. */
const queue = (number: number, member: string, custom: Cdr['custom'] = { target: 'acme' }): Cdr =>
  someCdr(number, {
    ...{ ...from, uniqueid: linkedid, custom, dst: '700', lastapp: 'Queue', lastdata: '700' },
    ...{ channel: 'PJSIP/telco-00000020', dstchannel: `Local/${member}@from-queue-0000000${number};1` },
  });
const agent = (number: number, member: string, change: Partial<Cdr> = {}): Cdr =>
  someCdr(number + 10, {
    ...{ ...from, custom: {}, dst: member, lastapp: 'Dial', lastdata: `PJSIP/${member}` },
    ...{ channel: `Local/${member}@from-queue-0000000${number};2`, dstchannel: `PJSIP/${member}-0000004${number}` },
    ...change,
  });
const rings = agent(1, '201', { disposition: 'NO ANSWER', answer: null, billsec: 0 });
const all = [queue(1, '201'), rings, queue(2, '202'), agent(2, '202')];

export function callCompanySuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`records that have the company of their call, on ${name}`, () => {
    const our = eachFresh(freshUrl);

    const come = (...rows: Cdr[]) => appendTo(our.store, 'pbx1/ami', rows);
    const companies = async (within: readonly string[] | null = null) =>
      (await our.store.list({ ...everything, within })).map(({ company, target }) => [company, target]);
    const seen = async (within: readonly string[] | null) => {
      const calls = await our.store.listCalls({ within, limit: 9 });
      return calls.map(({ id: _, firstCdr: __, created: ___, updated: ____, ...call }) => call);
    };
    const changesAfter = async (head: number) =>
      (await our.store.allChanges(head, await our.store.head(), 100)).map(({ op, cdr }) => [op, cdr.id]);

    it('are seen by that company, which is told the same call as everybody', async () => {
      await come(...all);
      expect(await companies()).toEqual(Array.from({ length: 4 }, () => [null, 'acme']));
      const [whole] = await seen(null);
      expect(whole).toMatchObject({ answeredBy: '202', transfers: [], records: 4, target: 'acme', isMixed: false });
      expect(await seen(['acme'])).toEqual([whole]);
      expect(await seen(['beta'])).toEqual([]);
    });

    it('are the same whichever came first, and earlier ones are told as changed, with their ids', async () => {
      await come(...all);
      const [whole, told] = [await seen(null), await companies()];
      await our.store.close();
      for (const order of [
        [3, 2, 1, 0],
        [1, 3, 0, 2],
        [1, 0, 3, 2],
      ]) {
        our.url = await freshUrl();
        our.store = await openStore({ url: our.url }, silent);
        for (const at of order) await come(all[at]!);
        expect([await seen(null), await seen(['acme']), await companies()]).toEqual([whole, whole, told]);
        if (order[3] !== 0) await our.store.close();
      }
      our.store = await openStore({ url: await freshUrl() }, silent);
      await come(all[1]!, all[3]!);
      expect(await companies(['acme'])).toEqual([]);
      const head = await our.store.head();
      await come(all[0]!);
      expect(await changesAfter(head)).toEqual([
        ['created', 3],
        ['updated', 1],
        ['updated', 2],
      ]);
      expect(await companies(['acme'])).toHaveLength(3);
    });

    it('lose it when another company comes in, and have it again when that one goes', async () => {
      await come(...all);
      await come(queue(3, '203', { target: 'beta' }));
      const own = [
        [null, 'acme'],
        [null, null],
        [null, 'acme'],
        [null, null],
        [null, 'beta'],
      ];
      expect(await companies()).toEqual(own);
      await our.store.hide({ id: 5, by: ann, now: 9, within: null }, true);
      expect(await companies()).toEqual(Array.from({ length: 4 }, () => [null, 'acme']));
      await our.store.hide({ id: 5, by: ann, now: 10, within: null }, false);
      expect(await companies()).toEqual(own);
    });

    it('are not changed by another sight of them, nor by a note; a correction is a company of their own', async () => {
      await come(...all);
      const head = await our.store.head();
      await appendTo(our.store, 'pbx1/table', all);
      await appendTo(our.store, 'pbx1/table', [{ ...all[1]!, userfield: 'more' }]);
      expect((await changesAfter(head)).filter(([, id]) => id !== 2)).toEqual([]);
      expect((await companies())[1]).toEqual([null, 'acme']);
      const edit = (patch: object, now: number) => our.store.edit({ id: 2, by: ann, now, within: null }, patch);
      await edit({ note: 'call back' }, 9);
      expect((await companies())[1]).toEqual([null, 'acme']);
      const raw = await our.store.list({ ...everything, raw: true });
      expect(raw.map(({ target }) => target)).toEqual(['acme', null, 'acme', null]);
      await edit({ target: 'beta' }, 10);
      expect(await companies()).toEqual([
        [null, 'acme'],
        [null, 'beta'],
        [null, 'acme'],
        [null, null],
      ]);
      await edit({ target: null }, 11);
      expect(await companies()).toEqual(Array.from({ length: 4 }, () => [null, 'acme']));
      expect(await our.store.life(2, null, true)).toMatchObject({
        cdr: { target: 'acme', inCall: { target: 'acme' } },
        raw: { target: null },
      });
    });

    it('follow the rules of the records that tell it, and are told among what changed with them', async () => {
      await come(...all);
      const run = async (derived: (cdr: Cdr) => Derived, now: number) => {
        const slice = { after: 0, isDryRun: false, now, derive: derived };
        return (await our.store.classify(slice)).changed.map(({ cdr }) => cdr.id);
      };
      expect(await run(derive, 9)).toEqual([]);
      const renamed = (cdr: Cdr) => (cdr.lastapp === 'Queue' ? { ...derive(cdr), target: 'beta' } : derive(cdr));
      expect(await run(renamed, 10)).toEqual([1, 2, 3, 4]);
      expect(await companies()).toEqual(Array.from({ length: 4 }, () => [null, 'beta']));
      expect(await run(derive, 11)).toEqual([1, 2, 3, 4]);
      expect(await companies(['acme'])).toHaveLength(4);
    });

    it('are counted for that company as its call is', async () => {
      for (const at of [3, 1, 0, 2]) await come(all[at]!);
      const before = await seen(['acme']);
      expect(before).toHaveLength(1);
      // A property test holds the counts against the calls (statsuite.ts); here: nothing is left of what was counted before.
      expect(await recountAll(our.store)).toBe(1);
      expect(await seen(['acme'])).toEqual(before);
    });
  });
}
