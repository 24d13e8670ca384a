// What every store must do, whichever database is below it. Run on SQLite in store.test.ts, on MariaDB in store.service.test.ts.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explain } from '../../src/cdr/explain.ts';
import { isoOf } from '../../src/cdr/time.ts';
import type { Outcome } from '../../src/store/meet.ts';
import { newBatch, openStore, type Store } from '../../src/store/store.ts';
import { amiRows, cdrs, derive, someCdr, tableRows } from '../support/rows.ts';
import { appendTo, everything, silent } from '../support/store.ts';

/** `freshUrl` gives the URL of an empty database. */
export function storeSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`the store on ${name}`, () => {
    let url: string;
    let store: Store;

    beforeEach(async () => {
      url = await freshUrl();
      store = await openStore({ url }, silent);
    });
    afterEach(() => store.close());

    const tally = (outcomes: Outcome[] | null) => Object.groupBy(outcomes ?? [], ({ outcome }) => outcome);
    const countsOf = async (source: string) => {
      const { received, stored, duplicate, rejected, expired, lost } = await store.source(source);
      return { received, stored, duplicate, rejected, expired, lost };
    };

    it('stores 40 captured calls from AMI and from the table once each, with ids in commit order and no holes', async () => {
      expect(tally(await appendTo(store, 'pbx1/ami', cdrs(amiRows()))).created).toHaveLength(40);
      expect(tally(await appendTo(store, 'pbx1/table', cdrs(tableRows()))).duplicate).toHaveLength(40);
      const stored = await store.list(everything);
      expect(stored.map(({ id }) => id)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
      expect(stored.map(({ sequence }) => sequence)).toEqual(cdrs(amiRows()).map(({ sequence }) => sequence));
      expect(await countsOf('pbx1/table')).toMatchObject({ received: 40, stored: 0, duplicate: 40, rejected: 0 });
    });

    it('gives back every field as it was stored', async () => {
      const rows = cdrs(amiRows());
      await appendTo(store, 'pbx1/ami', rows);
      const stored = await store.list(everything);
      // The first spelling of a company is its handle; "acme" and "ACME" are one.
      const expected = rows.map((row) => ({ ...row, ...derive(row), company: 'ACME' }));
      stored.forEach((record, at) => expect(record).toMatchObject({ ...expected[at]!, target: record.target }));
      expect(stored.map(({ target }) => target?.toLowerCase())).toEqual(
        expected.map(({ target }) => target?.toLowerCase()),
      );
    });

    it('makes no change when a table is read again', async () => {
      await appendTo(store, 'pbx1/table', cdrs(tableRows()));
      const head = await store.head();
      expect(tally(await appendTo(store, 'pbx1/table', cdrs(tableRows()))).duplicate).toHaveLength(40);
      expect(await store.head()).toBe(head);
    });

    it('keeps the two records of a ForkCDR apart when no source knows the sequence', async () => {
      const without = (rows: ReturnType<typeof cdrs>) => rows.map((row) => ({ ...row, sequence: null }));
      await appendTo(store, 'pbx1/ami', without(cdrs(amiRows())));
      await appendTo(store, 'pbx1/table', without(cdrs(tableRows())));
      await appendTo(store, 'pbx1/table', without(cdrs(tableRows())));
      expect(await store.list(everything)).toHaveLength(40);
    });

    it('enriches at the second sight, keeps the id, and tells it as one updated change', async () => {
      await appendTo(store, 'pbx1/table', [someCdr(1, { linkedid: null, sequence: null })]);
      await appendTo(store, 'pbx1/ami', [someCdr(1, { custom: { did: '442' } })]);
      const changes = await store.changes(0, await store.head(), 100);
      expect(changes.map(({ seq, op, cdr }) => [seq, op, cdr.id])).toEqual([
        [1, 'created', 1],
        [2, 'updated', 1],
      ]);
      expect(changes[1]!.cdr).toMatchObject({ sequence: 1, linkedid: '1795000001.1', custom: { did: '442' } });
    });

    it('keeps with each sight what it did to the record, also where nobody can see it, and what came later', async () => {
      await appendTo(store, 'pbx1/table', [someCdr(1, { linkedid: null })]);
      await appendTo(store, 'pbx1/ami', [someCdr(1, { dst: '103' })], { now: 1_795_400_001_000_000 });
      await appendTo(store, 'pbx1/table', [someCdr(1, { userfield: 'x', custom: { did: '442' } })]);
      await appendTo(store, 'pbx1/table', [someCdr(1, { userfield: 'y' })], { now: 1_795_400_002_000_000 });
      await appendTo(store, 'pbx1/table', [someCdr(1, { userfield: 'y' })], { now: 1_795_400_003_000_000 });
      const life = await store.life(1, null, true);
      expect(life!.sights.map(({ source, effects, dropped }) => [source, effects, dropped])).toEqual([
        [
          'pbx1/table',
          [
            { at: 1_795_400_000_000_000, field: 'userfield', way: 'filled', said: 'x', before: null },
            { at: 1_795_400_000_000_000, field: 'custom.did', way: 'filled', said: '442', before: null },
            { at: 1_795_400_002_000_000, field: 'userfield', way: 'changed', said: 'y', before: 'x' },
          ],
          0,
        ],
        [
          'pbx1/ami',
          [
            { at: 1_795_400_001_000_000, field: 'linkedid', way: 'filled', said: '1795000001.1', before: null },
            { at: 1_795_400_001_000_000, field: 'dst', way: 'kept', said: '103', before: '102' },
          ],
          0,
        ],
      ]);
    });

    it('keeps the facts from before a change that moved them, so that a reader can be told it left his view', async () => {
      await appendTo(store, 'pbx1/table', [someCdr(1)]);
      await appendTo(store, 'pbx1/ami', [someCdr(1, { custom: { company: 'Beta' } })]);
      const [, moved] = await store.changes(0, await store.head(), 100);
      expect(moved).toMatchObject({ was: { company: 'acme' }, cdr: { company: 'Beta' } });
    });

    it('keeps rows of a table apart by their ids, whatever batch, restart or edit they come in', async () => {
      const twin = someCdr(1, { sequence: null });
      const key = (id: number) => ({ marks: [{ key: `0:${id}` }] });
      await appendTo(store, 'pbx1/table', [twin], key(1));
      await store.close();
      store = await openStore({ url }, silent);
      expect(await appendTo(store, 'pbx1/table', [twin], key(2))).toEqual([{ outcome: 'created', id: 2 }]);
      expect(await appendTo(store, 'pbx1/table', [twin], key(1))).toEqual([{ outcome: 'duplicate', id: 1 }]);
      const edited = { ...twin, dst: '7', accountcode: 'beta' };
      expect(await appendTo(store, 'pbx1/table', [edited], key(2))).toEqual([
        { outcome: 'duplicate', id: 2, enriched: true },
      ]);
      expect((await store.list(everything)).map(({ dst }) => dst)).toEqual(['102', '7']);
    });

    it('finds the changed row of a table without ids, and takes the others for what they were', async () => {
      const [one, two, three] = ['101', '102', '103'].map((dst) =>
        someCdr(1, { sequence: null, dst, duration: Number(dst) }),
      );
      await appendTo(store, 'pbx1/table', [one!, two!]);
      const edited = { ...two!, disposition: 'BUSY' as const };
      const outcomes = await appendTo(store, 'pbx1/table', [three!, edited, one!]);
      expect(outcomes).toEqual([
        { outcome: 'created', id: 3 },
        { outcome: 'duplicate', id: 2, enriched: true },
        { outcome: 'duplicate', id: 1 },
      ]);
      expect((await store.list(everything)).map(({ dst, disposition }) => [dst, disposition])).toEqual([
        ['101', 'ANSWERED'],
        ['102', 'BUSY'],
        ['103', 'ANSWERED'],
      ]);
    });

    it('tells a change only when somebody can see it, and keeps who contradicted whom over a restart', async () => {
      await appendTo(store, 'pbx1/table', [someCdr(1)]);
      await appendTo(store, 'pbx1/ami', [someCdr(1, { dst: '999' })]);
      expect(await store.head()).toBe(1);
      await store.close();
      store = await openStore({ url }, silent);
      await appendTo(store, 'pbx1/table', [someCdr(1, { dst: '999' })]);
      expect(await store.head()).toBe(2);
      expect(await store.list(everything)).toMatchObject([{ id: 1, dst: '999' }]);
    });

    it('tells nobody that it is only surer of a time, and keeps how sure it is', async () => {
      await appendTo(store, 'pbx1/table', [someCdr(1, { timeOrigin: 'local' })]);
      const [before] = await store.list(everything);
      const head = await store.head();
      expect(
        await appendTo(store, 'pbx1/ami', [someCdr(1, { timeOrigin: 'epoch' })], { now: 1_795_400_009e6 }),
      ).toEqual([{ outcome: 'duplicate', id: 1 }]);
      expect(await store.head()).toBe(head);
      expect(await store.list(everything)).toEqual([{ ...before, timeOrigin: 'epoch' }]);
    });

    it('explains a corrected time of the doubled hour by that hour, not by a wrong zone', async () => {
      const local = someCdr(1, { sequence: null, timeOrigin: 'doubled' });
      await appendTo(store, 'pbx1/table', [local]);
      await appendTo(store, 'pbx1/ami', [{ ...local, timeOrigin: 'epoch', start: local.start + 3600e6 }]);
      const life = await store.life(1, null, true);
      const { start, sights } = explain(life!, { words: true });
      expect([start, sights[1]!.rule]).toEqual([isoOf(local.start + 3600e6), 'hour']);
      expect(sights[1]!.because).toContain('the hour that the clock shows twice');
    });

    it('does not take back what was taken away, and tells the feed that it is gone', async () => {
      const [gone, twin, stays] = [someCdr(1), someCdr(1, { sequence: null, uniqueid: '1.2' }), someCdr(3)];
      await appendTo(store, 'pbx1/table', [gone, twin, stays]);
      expect(await store.expire([1, 2, 99], 1_795_400_000_000_001)).toBe(2);
      const blurred = { ...gone, sequence: null, lastdata: 'cut' };
      for (const source of ['pbx1/ami', 'pbx1/table', 'pbx1/api']) {
        const outcomes = await appendTo(store, source, [gone, blurred, twin, { ...twin, sequence: 9 }]);
        expect(tally(outcomes)).toEqual({ expired: new Array(4).fill({ outcome: 'expired' }) });
      }
      expect(await countsOf('pbx1/api')).toMatchObject({ received: 4, stored: 0, duplicate: 0, expired: 4 });
      expect((await store.list(everything)).map(({ id }) => id)).toEqual([3]);
      const changes = await store.changes(0, await store.head(), 10);
      expect(changes.map(({ op, cdr: { id, hidden } }) => [op, id, hidden])).toEqual([
        ['created', 1, true],
        ['created', 2, true],
        ['created', 3, false],
        ['deleted', 1, true],
        ['deleted', 2, true],
      ]);
      expect(changes[3]!.was).toMatchObject({ company: 'acme', hidden: false });
      expect(await appendTo(store, 'pbx1/table', [someCdr(4)])).toEqual([{ outcome: 'created', id: 4 }]);
    });

    it('takes nothing in from behind the horizon but what it has', async () => {
      await appendTo(store, 'pbx1/table', [someCdr(1)]);
      await store.raiseHorizon('pbx1', someCdr(5).start);
      await store.raiseHorizon('pbx1', someCdr(2).start);
      expect(await appendTo(store, 'pbx1/ami', [someCdr(1), someCdr(4), someCdr(5)])).toEqual([
        { outcome: 'duplicate', id: 1 },
        { outcome: 'expired' },
        { outcome: 'created', id: 2 },
      ]);
    });

    it('commits rows, rejects, counts and cursor together', async () => {
      const reject = { raw: '{"x":1}', reason: 'x: is odd', faults: [] };
      const { raw, reason } = reject;
      await appendTo(store, 'pbx1/table', [someCdr(1), reject, someCdr(1)], { cursor: '{"id":7}', lost: 3 });
      expect(await store.source('pbx1/table')).toMatchObject({ cursor: '{"id":7}' });
      expect(await countsOf('pbx1/table')).toEqual({
        received: 3,
        stored: 1,
        duplicate: 1,
        rejected: 1,
        expired: 0,
        lost: 3,
      });
      expect(await store.rejects(10)).toMatchObject([{ raw, reason, source: 'pbx1/table', count: 1 }]);
    });

    it('leaves nothing of a batch that breaks in the middle', async () => {
      await appendTo(store, 'pbx1/table', [someCdr(1)], { cursor: 'before' });
      const breaking = appendTo(store, 'pbx1/table', [someCdr(2), someCdr(3)], {
        cursor: 'after',
        derive: (cdr) => {
          if (cdr.sequence === 3) throw new Error('the lights went out');
          return derive(cdr);
        },
      });
      await expect(breaking).rejects.toThrow('the lights went out');
      expect(await store.list(everything)).toHaveLength(1);
      expect(await store.source('pbx1/table')).toMatchObject({ cursor: 'before', received: 1 });
      await appendTo(store, 'pbx1/table', [someCdr(2)]);
      expect((await store.list(everything)).map(({ id }) => id)).toEqual([1, 2]);
    });

    it('knows a batch whose commit succeeded while its answer was lost', async () => {
      const batch = newBatch();
      await appendTo(store, 'pbx1/ami', [someCdr(1, { sequence: null })], {}, batch);
      expect(await appendTo(store, 'pbx1/ami', [someCdr(1, { sequence: null })], {}, batch)).toBeNull();
      expect(await store.list(everything)).toHaveLength(1);
      expect(await countsOf('pbx1/ami')).toMatchObject({ received: 1, stored: 1 });
    });

    it('keeps one reject per content and counts the others', async () => {
      const reject = { raw: '{"duration":"x"}', reason: 'duration: "x" is not a whole number of seconds', faults: [] };
      await appendTo(store, 'pbx1/ami', [reject, reject]);
      await appendTo(store, 'pbx1/ami', [reject, { ...reject, raw: '{"duration":"y"}' }]);
      expect((await store.rejects(10)).map(({ raw, count }) => [raw, count]).sort()).toEqual([
        ['{"duration":"x"}', 3],
        ['{"duration":"y"}', 1],
      ]);
    });

    it('never mixes systems whose uniqueids and sequences collide', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1)]);
      await appendTo(store, 'pbx2/ami', [someCdr(1, { system: 'pbx2' })]);
      expect((await store.list(everything)).map(({ system }) => system)).toEqual(['pbx1', 'pbx2']);
    });

    it('stores any character: emoji, quotes, backslashes, zero bytes, semicolons', async () => {
      const clid = '"Zoë \\"😀\\" \u0000 \' ` ; -- <Müller>" <101>';
      await appendTo(store, 'pbx1/ami', [someCdr(1, { clid, userfield: '%_\\' })]);
      expect(await store.one(1, null)).toMatchObject({ clid, userfield: '%_\\' });
    });

    it('lists by each filter, in id order, from any place', async () => {
      await appendTo(store, 'pbx1/ami', [
        someCdr(1),
        someCdr(2, { disposition: 'BUSY', accountcode: 'Beta' }),
        someCdr(3, { peeraccount: 'BETA' }),
        someCdr(4, { src: '441632960111', channel: 'PJSIP/trunk-telco-00000004', dst: '104' }),
        someCdr(5, { system: 'pbx2' }),
      ]);
      const ids = async (query: object) => (await store.list({ ...everything, ...query })).map(({ id }) => id);
      expect(await ids({})).toEqual([1, 2, 3, 4, 5]);
      expect(await ids({ after: 2, limit: 2 })).toEqual([3, 4]);
      expect(await ids({ company: 'beta' })).toEqual([2, 3]);
      expect(await ids({ company: 'nobody' })).toEqual([]);
      expect(await ids({ disposition: 'BUSY' })).toEqual([2]);
      expect(await ids({ extension: '104' })).toEqual([4]);
      expect(await ids({ extension: '102' })).toEqual([1, 2, 3, 5]);
      expect(await ids({ system: 'pbx2' })).toEqual([5]);
      expect(await ids({ system: 'pbx3' })).toEqual([]);
      const start = someCdr(2).start;
      expect(await ids({ from: start, until: start + 1 })).toEqual([2]);
      expect(await ids({ from: start + 1 })).toEqual([3, 4, 5]);
      expect(await ids({ until: start })).toEqual([1]);
    });

    it('shows a bound reader only what its company called or was called by', async () => {
      await appendTo(store, 'pbx1/ami', [
        someCdr(1),
        someCdr(2, { accountcode: 'beta', peeraccount: 'acme' }),
        someCdr(3, { accountcode: 'beta' }),
        someCdr(4, { channel: 'PJSIP/trunk-1', src: '44' }),
      ]);
      expect(await store.list(everything)).toHaveLength(4);
      expect((await store.list({ ...everything, within: ['ACME'] })).map(({ id }) => id)).toEqual([1, 2]);
      expect(await store.list({ ...everything, within: ['acme'], company: 'nobody' })).toEqual([]);
      expect(await store.list({ ...everything, within: [] })).toEqual([]);
      expect(await store.one(3, ['acme'])).toBeUndefined();
      expect(await store.one(2, ['acme'])).toMatchObject({ id: 2 });
    });

    it('lets a bound writer neither make nor touch records of another company', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1, { linkedid: null })]);
      const outcomes = await appendTo(
        store,
        'pbx1/api',
        [someCdr(1), someCdr(2), someCdr(3, { accountcode: 'beta' })],
        {
          within: ['beta'],
        },
      );
      expect(outcomes!.map(({ outcome }) => outcome)).toEqual(['rejected', 'rejected', 'created']);
      expect(await store.one(1, null)).toMatchObject({ linkedid: null });
    });

    it('does not let a bound writer move its own record to another company', async () => {
      await appendTo(store, 'pbx1/ami', [someCdr(1)]);
      const sight = someCdr(1, { custom: { company: 'beta' } });
      const outcomes = await appendTo(store, 'pbx1/api', [sight], { within: ['acme'] });
      expect(outcomes).toMatchObject([
        { outcome: 'rejected', reject: { reason: 'company: "beta" is not one of the companies of this token' } },
      ]);
      expect(await store.one(1, ['acme'])).toMatchObject({ company: 'acme', custom: {} });
    });

    it('keeps its generation and its tokens over a restart', async () => {
      const { generation } = store;
      const { token, secret } = await store.createToken({ name: 'wall', scope: 'read', companies: ['acme'] }, 1);
      await store.close();
      store = await openStore({ url }, silent);
      expect(store.generation).toBe(generation);
      expect(await store.listTokens()).toEqual([token]);
      expect(JSON.stringify(await store.listTokens())).not.toContain(secret);
    });

    it('forgets a token for good when it is revoked', async () => {
      const { hashOf } = await import('../../src/store/tokens.ts');
      const { token, secret } = await store.createToken({ name: 'wall', scope: 'read', companies: null }, 1);
      expect(await store.findToken(hashOf(secret))).toEqual(token);
      expect(await store.revokeToken(token.id, 2)).toBe(true);
      expect(await store.revokeToken(token.id, 3)).toBe(false);
      expect(await store.findToken(hashOf(secret))).toBeUndefined();
    });

    it('serves pages of changes from any place', async () => {
      await appendTo(
        store,
        'pbx1/ami',
        Array.from({ length: 250 }, (_, at) => someCdr(at)),
      );
      const seqs = async (after: number, upTo: number, limit: number) =>
        (await store.changes(after, upTo, limit)).map(({ seq }) => seq);
      expect(await seqs(0, 250, 3)).toEqual([1, 2, 3]);
      expect(await seqs(248, 250, 100)).toEqual([249, 250]);
      expect(await seqs(0, 2, 100)).toEqual([1, 2]);
      expect(await seqs(250, 250, 100)).toEqual([]);
    });
  });
}
