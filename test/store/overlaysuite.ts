// What people write beside records, on any database: it lies over the raw record, is told as a change, and can be asked back.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { matches } from '../../src/cdr/query.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { derive, someCdr } from '../support/rows.ts';
import { ann, appendTo, everything, silent } from '../support/store.ts';

/** `freshUrl` gives the URL of an empty database. */
export function overlaySuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`what people write beside records, on ${name}`, () => {
    let url: string;
    let store: Store;

    beforeEach(async () => {
      url = await freshUrl();
      store = await openStore({ url }, silent);
    });
    afterEach(() => store.close());

    const editing = (id: number, within: string[] | null = null) => ({
      id,
      by: ann,
      now: 1_795_500_000_000_000,
      within,
    });
    const ids = async (query: object) => (await store.list({ ...everything, ...query })).map(({ id }) => id);
    const newest = async () => (await store.changes((await store.head()) - 1, Number.MAX_SAFE_INTEGER, 1))[0]!;

    it('shows the edited record to everyone, and the raw one to who asks for it', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1), someCdr(2)]);
      const patch = { note: 'call back', tags: ['VIP', ' late '], company: 'Beta', extension: '777' };
      const edited = await store.edit(editing(1), patch);
      const told = {
        note: 'call back',
        tags: ['late', 'VIP'],
        company: 'Beta',
        extension: '777',
        peerExtension: '102',
      };
      expect(edited).toMatchObject(told);
      expect(await store.one(1, null)).toEqual(edited);
      expect((await store.list(everything))[0]).toEqual(edited);
      const raw = { note: null, tags: [], company: 'acme', extension: '101' };
      expect(await store.one(1, null, true)).toMatchObject(raw);
      expect((await store.list({ ...everything, raw: true })).map(({ company }) => company)).toEqual(['acme', 'acme']);
    });

    it('finds an edited record by what it says now and no longer by what it said', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1), someCdr(2)]);
      await store.edit(editing(1), { company: 'Beta', extension: '777', tags: ['VIP'], note: 'Étude du contrat' });
      expect([await ids({ company: 'beta' }), await ids({ company: 'acme' })]).toEqual([[1], [2]]);
      expect([await ids({ extension: '777' }), await ids({ extension: '101' })]).toEqual([[1], [2]]);
      expect([await ids({ tag: 'vip' }), await ids({ not: { tag: 'vip' } })]).toEqual([[1], [2]]);
      expect([await ids({ text: 'étu contr' }), await ids({ text: 'tude' })]).toEqual([[1], []]);
      expect([await ids({ within: ['beta'] }), await ids({ within: ['acme'] })]).toEqual([[1], [2]]);
    });

    it('tells an edit as an updated change with the facts from before it', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1)]);
      await store.edit(editing(1), { company: 'Beta', tags: ['VIP'] });
      const change = await newest();
      expect(change).toMatchObject({
        seq: 2,
        op: 'updated',
        was: { company: 'acme', tags: [] },
        cdr: { company: 'Beta' },
      });
      expect([matches(change.was!, {}, ['acme']), matches(change.cdr, {}, ['acme'])]).toEqual([true, false]);
    });

    it('makes neither a change nor an edit of what changes nothing', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1)]);
      await store.edit(editing(1), { note: 'a', tags: ['x'] });
      await store.edit(editing(1), { note: 'a', tags: ['X', 'x'] });
      await store.edit(editing(1), {});
      expect([await store.head(), (await store.edits(1, 0, 10, null)).length]).toEqual([2, 1]);
    });

    it('keeps corrections on top of a later sight, which is told and can be asked for raw', async () => {
      await appendTo(store, 'pbx1/table', [someCdr(1)]);
      await store.edit(editing(1), { company: 'Corrected', note: 'kept', tags: ['kept'] });
      await appendTo(store, 'pbx1/ami', [
        someCdr(1, { clid: 'Robert', custom: { company: 'Gamma', target: 'Delta' } }),
      ]);
      const seen = { company: 'Corrected', target: 'Delta', note: 'kept', tags: ['kept'], clid: 'Robert' };
      expect(await store.one(1, null)).toMatchObject({
        ...seen,
        properties: { company: 'Corrected', target: 'Delta' },
      });
      expect(await store.one(1, null, true)).toMatchObject({ company: 'Gamma', properties: { company: 'Gamma' } });
      expect(await ids({ company: 'corrected', text: 'rob kept' })).toEqual([1]);
      expect(await newest()).toMatchObject({ op: 'updated', was: { target: null, company: 'Corrected' } });
    });

    it('goes back to what the sources say when a correction is taken back', async () => {
      await appendTo(store, 'pbx1/table', [someCdr(1)]);
      await store.edit(editing(1), { company: 'Beta', extension: '7', note: 'a' });
      await appendTo(store, 'pbx1/ami', [someCdr(1, { custom: { company: 'Gamma' } })]);
      await store.edit(editing(1), { company: null, extension: null, note: null });
      expect(await store.one(1, null)).toMatchObject({ company: 'Gamma', extension: '101', note: null });
      expect(await ids({ company: 'gamma' })).toEqual([1]);
    });

    it('takes a hidden record from every list and page and from its id, and keeps it raw', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1), someCdr(2)]);
      expect(await store.hide(editing(1))).toBe(true);
      expect([await ids({}), await ids({ not: { company: 'nobody' } }), await store.one(1, null)]).toEqual([
        [2],
        [2],
        undefined,
      ]);
      expect(await ids({ raw: true })).toEqual([1, 2]);
      expect(await store.one(1, null, true)).toMatchObject({ hidden: true, company: 'acme' });
      expect(await newest()).toMatchObject({ op: 'deleted', was: { hidden: false }, cdr: { id: 1, hidden: true } });
      expect([await store.hide(editing(1)), await store.edit(editing(1), { note: 'x' })]).toEqual([false, undefined]);
    });

    it('counts a later sight of a hidden record as known, and brings it back to nobody', async () => {
      await appendTo(store, 'pbx1/table', [someCdr(1)]);
      await store.hide(editing(1));
      const outcomes = await appendTo(store, 'pbx1/ami', [someCdr(1, { custom: { company: 'Gamma' } })]);
      expect(outcomes).toEqual([{ outcome: 'duplicate', id: 1, enriched: true }]);
      expect(await ids({})).toEqual([]);
      const { was, cdr } = await newest();
      expect([matches(was!, {}, null), matches(cdr, {}, null)]).toEqual([false, false]);
    });

    it('tells the audit who edited and hid which record from where, and which fields, but not what was written', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1)]);
      await store.edit(editing(1), { note: 'a secret note', extension: '777' });
      await store.edit(editing(1), { note: 'a secret note' });
      await store.edit(editing(9), { note: 'of nothing' });
      await store.hide(editing(1));
      await store.hide(editing(1));
      const entry = { at: editing(1).now, by: ann, object: 'cdr 1', count: 1 };
      expect(await store.listAudit({ after: 0, limit: 10 })).toEqual([
        { id: 1, ...entry, action: 'cdr.changed', detail: { fields: ['note', 'extension'] } },
        { id: 2, ...entry, action: 'cdr.deleted', detail: null },
      ]);
    });

    it('remembers who changed what, when, from what to what', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1)]);
      await store.edit(editing(1), { note: 'first', extension: '777' });
      await store.edit({ ...editing(1), by: { ...ann, name: 'bob' } }, { note: 'second', tags: ['x'] });
      await store.hide(editing(1));
      const at = editing(1).now;
      expect(await store.edits(1, 0, 10, null)).toEqual([
        {
          id: 1,
          at,
          by: 'ann',
          changes: { note: { before: null, after: 'first' }, extension: { before: '101', after: '777' } },
        },
        {
          id: 2,
          at,
          by: 'bob',
          changes: { note: { before: 'first', after: 'second' }, tags: { before: [], after: ['x'] } },
        },
        { id: 3, at, by: 'ann', changes: { hidden: { before: false, after: true } } },
      ]);
      expect((await store.edits(1, 1, 1, null)).map(({ id }) => id)).toEqual([2]);
      expect(await store.edits(2, 0, 10, null)).toEqual([]);
    });

    it('shows the new company of a record only what was written since it came', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1)]);
      await store.edit(editing(1), { note: 'of acme: "company":{"before"' });
      await store.edit(editing(1), { company: 'beta' });
      expect(await store.edits(1, 0, 10, ['beta'])).toEqual([]);
      await store.edit(editing(1), { note: 'of beta' });
      expect((await store.edits(1, 0, 10, ['beta'])).map(({ id }) => id)).toEqual([3]);
      expect((await store.edits(1, 0, 10, null)).map(({ id }) => id)).toEqual([1, 2, 3]);
    });

    it('shows the whole history to a company that a correction repeats, in any case, also once it is taken back', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1)]);
      const seen = async (handle: string) => (await store.edits(1, 0, 10, [handle])).map(({ id }) => id);
      await store.edit(editing(1), { note: 'first' });
      await store.edit(editing(1), { company: 'ACME' });
      await store.edit(editing(1), { company: null });
      expect(await seen('acme')).toEqual([1, 2, 3]);
      await store.edit(editing(1), { company: 'beta' });
      for (let turn = 0; turn < 51; turn += 1) {
        await store.edit(editing(1), { company: 'Beta' });
        await store.edit(editing(1), { company: 'beta' });
      }
      expect(await seen('beta')).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
      await store.edit(editing(1), { company: null });
      expect(await seen('acme')).toEqual([]);
    });

    it('lets a bound writer edit what his company sees, and neither give it away nor take from others', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1), someCdr(2, { accountcode: 'beta' })]);
      expect(await store.edit(editing(2, ['acme']), { note: 'x' })).toBeUndefined();
      expect(await store.hide(editing(2, ['acme']))).toBe(false);
      await expect(store.edit(editing(1, ['acme']), { company: 'Beta' })).rejects.toThrow(
        'company: "Beta" is not among the companies of this token',
      );
      expect(await store.edit(editing(1, ['acme']), { target: 'ACME' })).toMatchObject({ target: 'acme' });
      await store.edit(editing(2), { company: 'acme' });
      await expect(store.edit(editing(2, ['acme']), { company: null })).rejects.toThrow('none of the companies');
      expect((await store.edits(2, 0, 10, null)).length).toBe(1);
    });

    it('lets a bound writer neither hide a record that is of others too, nor take it from them', async () => {
      const shared = { custom: { target: 'beta' }, dst: '201', dstchannel: 'PJSIP/beta-201-00000001' };
      await appendTo(store, 'pbx1/ami', [someCdr(1, shared)]);
      const acme = editing(1, ['acme']);
      await expect(store.edit(acme, { target: 'acme' })).rejects.toMatchObject({
        status: 403,
        message: /^target: the record is also of "beta", which is not among the companies of this token, and would/,
      });
      await expect(store.edit(acme, { peerExtension: '101' })).rejects.toMatchObject({
        status: 403,
        message: /"beta".*whose extension 201 would lose it/,
      });
      await expect(store.hide(acme)).rejects.toMatchObject({ status: 403, message: /bound to none, or to all/ });
      expect(await store.one(1, ['beta'])).toMatchObject({ target: 'beta', peerExtension: '201' });
      expect((await store.edits(1, 0, 10, null)).length).toBe(0);
      expect(await store.edit(acme, { note: 'ours too', extension: '109' })).toMatchObject({ extension: '109' });
      expect(await store.edit(editing(1, ['BETA', 'acme']), { target: 'acme' })).toMatchObject({ target: 'acme' });
      expect(await store.hide(acme)).toBe(true);
    });

    it('brings a hidden record back, told as created, in the history and the audit', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1)]);
      await store.hide(editing(1));
      expect(await store.hide(editing(1, ['beta']), false)).toBe(false);
      expect([await store.hide(editing(1), false), await store.hide(editing(1), false)]).toEqual([true, true]);
      expect(await ids({})).toEqual([1]);
      expect(await newest()).toMatchObject({ op: 'created', was: { hidden: true }, cdr: { hidden: false } });
      expect((await store.edits(1, 1, 10, null)).map(({ changes }) => changes)).toEqual([
        { hidden: { before: true, after: false } },
      ]);
      const actions = (await store.listAudit({ after: 0, limit: 10 })).map(({ action }) => action);
      expect(actions).toEqual(['cdr.deleted', 'cdr.restored']);
    });

    it('keeps everything over a restart', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1)]);
      const edited = await store.edit(editing(1), { company: 'New', tags: ['😀 x', "'"], note: '\u0000 " \\' });
      await store.close();
      store = await openStore({ url }, silent);
      expect(await store.one(1, null)).toEqual(edited);
      expect(await ids({ company: 'NEW', tag: '😀 X' })).toEqual([1]);
    });

    it('gives edits and batches that run at once their places in one order, with no hole', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1)]);
      const edits = Array.from({ length: 10 }, (_, at) => store.edit(editing(1), { note: `note ${at}` }));
      const batches = Array.from({ length: 10 }, (_, at) => appendTo(store, 'pbx1/ami', [someCdr(10 + at)]));
      await Promise.all([...edits, ...batches]);
      const changes = await store.changes(0, await store.head(), 100);
      expect(changes.map(({ seq }) => seq)).toEqual(Array.from({ length: 21 }, (_, at) => at + 1));
      expect(changes.filter(({ op }) => op === 'updated')).toHaveLength(10);
      expect(await store.edits(1, 0, 100, null)).toHaveLength(10);
    });

    it('works out the direction again when a later sight tells more', async () => {
      const bare = { channel: null, dstchannel: null, src: '101', dst: null };
      await appendTo(store, 'pbx1/table', [someCdr(1, bare)]);
      expect(await store.one(1, null)).toMatchObject({ direction: null });
      await appendTo(store, 'pbx1/ami', [someCdr(1, { ...bare, dst: '0044207946' })]);
      expect(await ids({ direction: 'outbound' })).toEqual([1]);
      expect(derive(someCdr(1)).direction).toBe('internal');
    });
  });
}
