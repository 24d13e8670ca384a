// The rules applied to history in any store: slices, what people corrected, the change sequence, and a run that is cut.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Cdr } from '../../src/cdr/cdr.ts';
import { rulesOf } from '../../src/configrules.ts';
import { classify } from '../../src/rules/classify.ts';
import type { Tables } from '../../src/rules/tables.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { record } from '../cdr/conversation.ts';
import { derive, someCdr } from '../support/rows.ts';
import { ann, appendTo, everything, silent } from '../support/store.ts';

const rule = { name: 'moved', when: { accountcode: 'moved' }, set: { company: 'beta', bill_to: '7' } };
const newer = rulesOf({ systems: [{ name: 'pbx1', rules: [rule] }] }).get('pbx1')!;
const anew = (cdr: Cdr, tables: Tables) => classify(newer, cdr, tables);

export function classifySuite(
  name: string,
  freshUrl: () => Promise<string>,
  spoil: (url: string, sql: string) => unknown,
): void {
  describe(`rules applied to history on ${name}`, () => {
    let url: string;
    let store: Store;
    beforeEach(async () => {
      url = await freshUrl();
      store = await openStore({ url }, silent);
    });
    afterEach(() => store.close());

    const slice = { after: 0, isDryRun: false, now: 9e15, derive: anew };
    const companies = async () => (await store.list(everything)).map(({ company }) => company);
    /** As if an older rule had not known the account code. */
    const put = (from: number, count: number, accountcode = 'moved') =>
      appendTo(
        store,
        'pbx1/ami',
        Array.from({ length: count }, (_, at) => someCdr(from + at, { accountcode })),
        { derive: (cdr) => derive({ ...cdr, accountcode: '' }) },
      );

    it('changes what the rules say otherwise, keeps the ids, and tells the change sequence of that and nothing else', async () => {
      await put(1, 2);
      await put(3, 1, '');
      const head = await store.head();
      const done = await store.classify({ ...slice, by: ann });
      expect(done).toMatchObject({ looked: 3, after: 3, more: false, head: 3 });
      expect(done.changed.map(({ cdr: { id }, changes }) => [id, changes])).toEqual(
        [1, 2].map((id) => [id, { company: { before: 'acme', after: 'beta' }, bill_to: { before: null, after: '7' } }]),
      );
      expect(await companies()).toEqual(['beta', 'beta', 'acme']);
      const changes = await store.changes(head, head + 9, 9);
      expect(changes.map(({ op, cdr, was }) => [op, cdr.id, cdr.updated, was?.company])).toEqual([
        ['updated', 1, 9e15, 'acme'],
        ['updated', 2, 9e15, 'acme'],
      ]);
      expect((await store.one(1, null))?.properties).toMatchObject({ bill_to: '7' });
      const audit = (await store.listAudit({ after: 0, limit: 9 })).map(({ action, object }) => [action, object]);
      expect(audit).toEqual([['cdr.classified', 'records']]);
      expect((await store.classify(slice)).changed).toEqual([]);
      expect(await store.head()).toBe(head + 2);
    });

    it('brings calls up to date that an older cdrd had made of these records, with a place in the change sequence', async () => {
      await put(1, 2, '');
      const own = (await store.listCalls({ within: null, limit: 9 })).map(({ id, called }) => [id, called]);
      await spoil(url, "UPDATE `call` SET `called` = '7' WHERE `id` = 2");
      const head = await store.head();
      expect(await store.classify({ ...slice, isDryRun: true })).toMatchObject({ changed: [], calls: 1 });
      expect(await store.classify(slice)).toMatchObject({ looked: 2, changed: [], calls: 1 });
      expect((await store.listCalls({ within: null, limit: 9 })).map(({ id, called }) => [id, called])).toEqual(own);
      const told = (await store.allChanges(head, head + 9, 9)).map(({ op, cdr, calls }) => [op, cdr.id, calls]);
      expect(told).toMatchObject([['updated', 2, [{ op: 'updated', call: { id: 2, called: '102' } }]]]);
      expect(await store.classify(slice)).toMatchObject({ changed: [], calls: 0 });
      expect(await store.head()).toBe(head + 1);
      // With a record that changes there is a place already.
      await spoil(url, "UPDATE `call` SET `called` = '7' WHERE `id` = 2");
      await put(3, 1);
      expect(await store.classify(slice)).toMatchObject({ changed: [{ cdr: { id: 3 } }], calls: 2 });
      expect((await store.listCalls({ within: null, limit: 9 })).map(({ called }) => called)).toEqual([
        '102',
        '102',
        '102',
      ]);
    });

    it('tells the trunk by which a call left again, of which older rules knew nothing', async () => {
      const cdr = record('telco-1 > mobile-2 Dial 0 2 6', { src: '07700900111', dst: '07700900112' });
      const older = (one: Cdr) => {
        const derived = derive(one);
        delete derived.properties.trunk_out;
        return derived;
      };
      await appendTo(store, 'pbx1/ami', [cdr], { derive: older });
      const trunks = async () => (await store.listCalls({ within: null, limit: 9 })).map((call) => call.trunks);
      expect(await trunks()).toEqual([['telco']]);
      const { changed } = await store.classify(slice);
      expect(changed.map(({ changes }) => changes)).toEqual([{ trunk_out: { before: null, after: 'mobile' } }]);
      expect(await trunks()).toEqual([['mobile', 'telco']]);
    });

    it('changes nothing in a dry run, and says the same', async () => {
      await put(1, 2);
      const head = await store.head();
      expect((await store.classify({ ...slice, isDryRun: true })).changed).toHaveLength(2);
      expect([await companies(), await store.head()]).toEqual([['acme', 'acme'], head]);
    });

    const talk = record('101-1 > 102-2 Dial 0 2 6', { dst: '103' });
    const sent = record('101-1 > 103-3 Dial 6 - 12');
    const others = (count: number) => Array.from({ length: count }, (_, at) => someCdr(at + 1));
    const differing = rulesOf({
      systems: [
        {
          name: 'pbx1',
          rules: [{ name: 'not ours', when: { dstchannel: talk.dstchannel! }, set: { called_kind: 'trunk' } }],
        },
      ],
    }).get('pbx1')!;
    /** Party B of the first record is outside: nobody of ours sent the call on. */
    const outside = (cdr: Cdr, tables: Tables) => classify(differing, cdr, tables);
    const told = ({ changed }: { changed: readonly { cdr: { id: number }; changes: object }[] }) =>
      changed.map(({ cdr: { id }, changes }) => [id, changes]);

    it('tells the records that change through their calls, before and after, each once', async () => {
      await appendTo(store, 'pbx1/ami', [talk, sent]);
      const run = { ...slice, derive: outside };
      const tried = await store.classify({ ...run, isDryRun: true });
      const head = await store.head();
      const done = await store.classify(run);
      expect(told(done)).toEqual([
        [1, expect.objectContaining({ direction: { before: 'internal', after: 'outbound' } })],
        [2, { bill_to: { before: '102', after: null }, xfer: { before: '102', after: null } }],
      ]);
      expect([told(tried), tried.calls]).toEqual([told(done), done.calls]);
      expect((await store.allChanges(head, head + 9, 9)).map(({ cdr }) => cdr.id)).toEqual([1, 2]);
      expect((await store.classify(run)).changed).toEqual([]);
    });

    it('takes a call whole that goes on behind the slice, and changes each of its records once', async () => {
      const moving = (cdr: Cdr, tables: Tables) => {
        const derived = outside(cdr, tables);
        return cdr.linkedid === talk.linkedid
          ? { ...derived, properties: { ...derived.properties, auth: '7' } }
          : derived;
      };
      await appendTo(store, 'pbx1/ami', [talk, ...others(99), sent, someCdr(100)]);
      const run = async (isDryRun: boolean) => {
        const first = await store.classify({ ...slice, derive: moving, isDryRun });
        const second = await store.classify({ ...slice, derive: moving, isDryRun, after: first.after });
        const all = [first, second].map((done) => [done.looked, done.after, done.calls, told(done).map(([id]) => id)]);
        expect(second.more).toBe(false);
        return all;
      };
      const tried = await run(true);
      const head = await store.head();
      expect(await run(false)).toEqual(tried);
      expect(tried).toEqual([
        [101, 100, 1, [1, 101]],
        [1, 102, 0, []],
      ]);
      expect((await store.allChanges(head, head + 9, 9)).map(({ cdr }) => cdr.id)).toEqual([1, 101]);
    });

    it('leaves the other records of a call alone that are not of the time that was asked for', async () => {
      const since = others(100).map((cdr) => ({ ...cdr, start: sent.start }));
      await appendTo(store, 'pbx1/ami', [sent, ...since, talk]);
      const moving = (cdr: Cdr, tables: Tables) => ({
        ...derive(cdr, tables),
        ...(cdr.linkedid === talk.linkedid && { extension: '9' }),
      });
      const run = { ...slice, derive: moving, from: sent.start };
      const tried = await store.classify({ ...run, isDryRun: true });
      expect([tried.looked, told(tried).map(([id]) => id)]).toEqual([100, [1]]);
      expect(told(await store.classify(run))).toEqual(told(tried));
    });

    it('looks at a hundred records at once, and goes on where the slice ended', async () => {
      await put(1, 101);
      const first = await store.classify(slice);
      expect(first).toMatchObject({ looked: 100, after: 100, more: true });
      const second = await store.classify({ ...slice, after: first.after });
      expect(second).toMatchObject({ looked: 1, after: 101, more: false });
      expect(new Set(await companies())).toEqual(new Set(['beta']));
    });

    it('keeps to the time that was asked for', async () => {
      await put(1, 3);
      const { start } = (await store.one(2, null))!;
      const done = await store.classify({ ...slice, from: start, to: start + 1 });
      expect([done.looked, done.more]).toEqual([1, false]);
      expect(await companies()).toEqual(['acme', 'beta', 'acme']);
    });

    it('leaves what people corrected, and changes what comes back when they take it back', async () => {
      await put(1, 1);
      const editing = { id: 1, by: ann, now: 5, within: null };
      await store.edit(editing, { company: 'gamma', note: 'mine' });
      expect((await store.classify(slice)).changed).toHaveLength(1);
      expect(await store.one(1, null)).toMatchObject({ company: 'gamma', note: 'mine' });
      expect(await store.one(1, null, true)).toMatchObject({ company: 'beta' });
      await store.edit(editing, { company: null });
      expect(await companies()).toEqual(['beta']);
    });

    it('counts what somebody sees change; hidden records follow, and nobody is told', async () => {
      await put(1, 3);
      for (const id of [1, 2]) await store.hide({ id, by: ann, now: 5, within: null });
      await store.edit({ id: 3, by: ann, now: 5, within: null }, { company: 'beta' });
      const tried = await store.classify({ ...slice, isDryRun: true });
      const seq = await store.head();
      const done = await store.classify(slice);
      for (const run of [tried, done])
        expect([run.changed.map(({ cdr }) => cdr.id), run.hidden, run.calls]).toEqual([[3], 2, 0]);
      const told = await store.allChanges(seq, seq + 9, 9);
      expect(told.flatMap(({ cdr, calls }) => (cdr.hidden && calls.length === 0 ? [] : [[cdr.id, calls]]))).toEqual([
        [3, []],
      ]);
      await store.hide({ id: 1, by: ann, now: 6, within: null }, false);
      expect((await store.one(1, null))?.company).toBe('beta');
    });

    it('leaves records of a system that has no rules here', async () => {
      await put(1, 1);
      expect(await store.classify({ ...slice, derive: () => null })).toMatchObject({ looked: 1, changed: [] });
    });

    it('does all of a slice or, cut in the middle, nothing; the next run does the rest', async () => {
      await put(1, 3);
      const cut = (cdr: Cdr, tables: Tables) => {
        if (cdr.sequence === 3) throw new Error('the light went out');
        return anew(cdr, tables);
      };
      await expect(store.classify({ ...slice, derive: cut })).rejects.toThrow('the light went out');
      expect(await companies()).toEqual(['acme', 'acme', 'acme']);
      await store.classify(slice);
      expect(await companies()).toEqual(['beta', 'beta', 'beta']);
    });

    it('looks things up in the tables of now', async () => {
      await store.addCompany({ handle: 'acme', name: null }, ann, 1);
      const did = someCdr(1, {
        channel: 'PJSIP/telco-00000001',
        src: '+441632960111',
        dst: 's',
        custom: { did: '100' },
      });
      await appendTo(store, 'pbx1/ami', [did]);
      await store.addThing('did', { number: '100', company: 'acme', extension: null, name: null }, ann, 2);
      expect((await store.list(everything))[0]!.target).toBeNull();
      await store.classify({ ...slice, derive });
      expect((await store.list(everything))[0]!.target).toBe('acme');
    });
  });
}
