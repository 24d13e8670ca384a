// What people write over a record's own words, on any database: everyone sees it, the raw record stays, and its sources still know it again.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Said } from '../../src/cdr/cdr.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { derive, someCdr } from '../support/rows.ts';
import { ann, appendTo, everything, silent } from '../support/store.ts';

/** `freshUrl` gives the URL of an empty database, `change` runs a statement beside the store. */
export function saidSuite(
  name: string,
  freshUrl: () => Promise<string>,
  change: (url: string, sql: string) => Promise<void>,
): void {
  describe(`words that people write over a record, on ${name}`, () => {
    let store: Store;
    let url: string;
    beforeEach(async () => {
      url = await freshUrl();
      store = await openStore({ url }, silent);
    });
    afterEach(() => store.close());

    const now = 1_795_500_000_000_000;
    const write = (said: Said, id = 1) => store.edit({ id, by: ann, now, within: null }, { said });
    const words = { src: '900', dst: '901', disposition: 'BUSY', billsec: 0, answer: null } as const;
    const said: Said = { ...words, cost: 12 };

    it('are seen, found and told, and the raw record is as it was', async () => {
      const { src, dst, billsec } = someCdr(1);
      await appendTo(store, 'pbx1/ami', [someCdr(1)]);
      await write({ ...said, start: someCdr(1).start - 60e6 });
      const seen = { src: '900', dst: '901', disposition: 'BUSY', billsec: 0, edited: true, said: { cost: 12 } };
      expect(await store.one(1, null)).toMatchObject({ ...seen, start: someCdr(1).start - 60e6 });
      expect((await store.list({ ...everything, src: '900', text: '901' })).map(({ id }) => id)).toEqual([1]);
      expect(await store.list({ ...everything, src: src! })).toEqual([]);
      expect(await store.one(1, null, true)).toMatchObject({ src, dst, billsec, disposition: 'ANSWERED', said: {} });
      const [change] = await store.changes((await store.head()) - 1, Number.MAX_SAFE_INTEGER, 1);
      expect(change).toMatchObject({ op: 'updated', was: { src, disposition: 'ANSWERED' }, cdr: { src: '900' } });
      const [edit] = await store.edits(1, 0, 10, null);
      expect(edit!.changes).toMatchObject({
        src: { before: src, after: '900' },
        billsec: { before: billsec, after: 0 },
        cost: { before: null, after: 12 },
      });
    });

    it('do not make a further sight another record, by name or by content', async () => {
      for (const sequence of [1, null]) {
        const row = someCdr(sequence ?? 2, { sequence });
        await appendTo(store, 'pbx1/ami', [row]);
        const [made] = await store.list({ ...everything, order: '-id', limit: 1 });
        await write({ ...said, start: row.start - 3600e6, duration: 1 }, made!.id);
        expect(await appendTo(store, 'pbx1/table', [row])).toMatchObject([{ outcome: 'duplicate', id: made!.id }]);
        expect(await store.one(made!.id, null)).toMatchObject({ src: '900', duration: 1 });
      }
    });

    it('stay on top of what a source tells later, which is kept below', async () => {
      await appendTo(store, 'pbx1/table', [someCdr(1, { clid: '' })]);
      await write(said);
      await appendTo(store, 'pbx1/table', [someCdr(1, { clid: 'Robert', dst: '55' })]);
      expect(await store.one(1, null)).toMatchObject({ src: '900', dst: '901', clid: 'Robert' });
      expect(await store.one(1, null, true)).toMatchObject({ src: '101', dst: '55', clid: 'Robert' });
      await write({ src: '902' });
      expect(await store.one(1, null)).toMatchObject({ src: '902', dst: '901' });
      expect(await store.one(1, null, true)).toMatchObject({ src: '101', dst: '55' });
    });

    it('change the call of the record, as if the sources had told them', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1), someCdr(2, words)]);
      const outcomes = async () =>
        (await store.listCalls({ within: null, limit: 10 })).map(({ outcome, talk }) => [outcome, talk]);
      const [before, other] = await outcomes();
      expect(before).not.toEqual(other);
      await write(said);
      expect(await outcomes()).toEqual([other, other]);
    });

    it("stay over what the rules say, and a record can be nobody's", async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1)]);
      const direction = (await store.one(1, null))!.direction;
      await write({ direction: 'transit', local: 'none' });
      const slice = {
        after: 0,
        now,
        isDryRun: false,
        derive: (cdr: Parameters<typeof derive>[0]) => ({ ...derive(cdr), company: 'other' }),
      };
      await store.classify(slice);
      const seen = { direction: 'transit', extension: null, peerExtension: null, company: 'other' };
      expect(await store.one(1, null)).toMatchObject(seen);
      expect(await store.one(1, null, true)).toMatchObject({ direction, extension: '101' });
      await write({ local: 'some' });
      expect(await store.one(1, null)).toMatchObject({ extension: '101' });
    });

    const laid = { by: ann, patchOf: () => ({ said, company: 'Gamma' }) };
    /** What is kept of a record, without its names and times. */
    const kept = async (id: number) => {
      const cdr = (await store.one(id, null))!;
      const raw = (await store.one(id, null, true))!;
      const call = (await store.call(id, null))!;
      const same = {
        id: 0,
        uniqueid: '',
        linkedid: '',
        sequence: 0,
        channel: '',
        dstchannel: '',
        created: 0,
        updated: 0,
      };
      const [edit] = await store.edits(id, 0, 10, null);
      return [{ ...cdr, ...same }, { ...raw, ...same }, { outcome: call.outcome, talk: call.talk }, edit?.changes];
    };

    it('come with a record that is made as if they were written after it, but nobody sees it without them', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1)]);
      await store.edit({ id: 1, by: ann, now, within: null }, laid.patchOf());
      const head = await store.head();
      const written = await appendTo(store, 'pbx1/ami', [someCdr(2, { start: someCdr(1).start })], { laid });
      expect(written).toEqual([{ outcome: 'created', id: 2 }]);
      expect(await kept(2)).toEqual(await kept(1));
      const changes = await store.changes(head, Number.MAX_SAFE_INTEGER, 10);
      expect(changes).toMatchObject([{ op: 'created', cdr: { id: 2, src: '900', company: 'Gamma' } }]);
      // A further sight is known, and stays below.
      const further = await appendTo(store, 'pbx1/table', [
        someCdr(2, { start: someCdr(1).start, clid: 'Rob', dst: '55' }),
      ]);
      expect(further).toMatchObject([{ outcome: 'duplicate', id: 2 }]);
      expect(await store.one(2, null)).toMatchObject({ src: '900', dst: '901', company: 'Gamma' });
      await appendTo(store, 'pbx1/ami', [someCdr(3)], { laid: { by: ann, patchOf: () => ({ said: {} }) } });
      expect(await store.one(3, null)).toMatchObject({ edited: false, src: someCdr(3).src });
      expect(await store.edits(3, 0, 10, null)).toEqual([]);
    });

    it.each([
      ['the record', 'cdr'],
      ['what is written over it', 'overlay'],
      ['its history', 'edit'],
      ['the audit', 'audit'],
    ])('are all there or not at all with a new record, when the lights go out at %s', async (_what, table) => {
      const out =
        store.dialect === 'sqlite'
          ? "BEGIN SELECT RAISE(ABORT, 'dark'); END"
          : "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'dark'";
      await change(url, `CREATE TRIGGER dark BEFORE INSERT ON \`${table}\` FOR EACH ROW ${out}`);
      await expect(appendTo(store, 'pbx1/api', [someCdr(1)], { laid })).rejects.toThrow('dark');
      expect([await store.list(everything), await store.head()]).toEqual([[], 0]);
      await change(url, 'DROP TRIGGER dark');
      await appendTo(store, 'pbx1/api', [someCdr(1)], { laid });
      expect(await store.list(everything)).toMatchObject([{ id: 1, src: '900', said: { cost: 12 } }]);
    });

    it('make no record that its writer could not see', async () => {
      const within = ['acme'];
      const own = someCdr(1, { accountcode: 'acme', peeraccount: 'acme' });
      const away = { by: ann, patchOf: () => ({ company: 'Gamma', target: 'Gamma' }) };
      await expect(appendTo(store, 'pbx1/api', [own], { laid: away, within })).rejects.toMatchObject({ status: 422 });
      expect(await store.list(everything)).toEqual([]);
    });
  });
}
