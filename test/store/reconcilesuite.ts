// What a reconcile needs of any store: trials that leave nothing, who has shown which record, reports.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Reconcile } from '../../src/store/reconciles.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { derive, someCdr } from '../support/rows.ts';
import { appendTo, everything, silent } from '../support/store.ts';

export function reconcileSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`what a reconcile needs, on ${name}`, () => {
    let store: Store;
    let url: string;
    beforeEach(async () => {
      url = await freshUrl();
      store = await openStore({ url }, silent);
    });
    afterEach(() => store.close());

    const trial = async (...numbers: number[]) => {
      const { id } = await store.source('pbx1/reconcile');
      return store.trial({
        ...{
          sourceId: id,
          sourceName: 'pbx1/table',
          repeats: 'whole',
          cursor: 'x',
          lost: 0,
          now: 5,
          derive,
          within: null,
        },
        rows: numbers.map((number) => someCdr(number, { dst: number === 2 ? '999' : '102' })),
      });
    };

    it('tries rows and leaves nothing of it, neither records nor counts nor cursor nor places', async () => {
      await appendTo(store, 'pbx1/table', [someCdr(1), someCdr(2)]);
      const [head, source] = [await store.head(), await store.source('pbx1/reconcile')];
      expect(await trial(1, 2, 3)).toEqual([
        { outcome: 'duplicate', id: 1 },
        { outcome: 'duplicate', id: 2, enriched: true },
        { outcome: 'created', id: 3 },
      ]);
      expect([await store.head(), await store.source('pbx1/reconcile')]).toEqual([head, source]);
      expect((await store.list(everything)).map(({ id, dst }) => [id, dst])).toEqual([
        [1, '102'],
        [2, '102'],
      ]);
      expect(await appendTo(store, 'pbx1/table', [someCdr(4)])).toEqual([{ outcome: 'created', id: 3 }]);
    });

    it('gives the failure of a trial, not a success', async () => {
      await expect(store.trial({ ...(await workOf(store)), sourceId: 99 })).rejects.toThrow(
        'the store has no source 99',
      );
    });

    it('counts the records that a source has shown in a span, of one system, the end excluded', async () => {
      const { start } = someCdr(1);
      await appendTo(store, 'pbx1/table', [someCdr(1), someCdr(2), someCdr(60)]);
      await appendTo(store, 'pbx1/ami', [someCdr(2), someCdr(3)]);
      await appendTo(store, 'pbx2/table', [someCdr(2, { system: 'pbx2' })]);
      const shown = (source: string, seconds: number) => store.shown('pbx1', source, start, start + seconds * 1e6);
      expect(await shown('pbx1/table', 59)).toBe(2);
      expect(await shown('pbx1/table', 60)).toBe(3);
      expect(await shown('pbx1/ami', 60)).toBe(2);
      expect(await shown('pbx1/tab', 60)).toBe(0);
      expect(await store.shown('pbx9', 'pbx9/table', start, start + 1e9)).toBe(0);
    });

    it('pages through the records of one system by start, also of equal starts, with who has shown them', async () => {
      const start = someCdr(1).start;
      const same = [1, 2, 3, 4, 5].map((number) => someCdr(number, { start }));
      await appendTo(store, 'pbx1/table', [...same, someCdr(9)]);
      await appendTo(store, 'pbx1/ami', [someCdr(1, { start })]);
      await appendTo(store, 'pbx2/table', [someCdr(7, { system: 'pbx2' })]);
      const span = { from: start, to: someCdr(9).start + 1 };
      const seen = [];
      for (;;) {
        const page = await store.seen('pbx1', { ...span, ...(seen.length > 0 ? { after: seen.at(-1)! } : {}) }, 2);
        seen.push(...page);
        if (page.length < 2) break;
      }
      expect(seen.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(seen[0]!.sights.map(({ source }) => source)).toEqual(['pbx1/table', 'pbx1/ami']);
      expect(await store.seen('pbx1', { from: start + 1, to: someCdr(9).start }, 10)).toEqual([]);
      expect(await store.seen('nobody', span, 10)).toEqual([]);
    });

    it('keeps reports, the newest first, and of each system the last five hundred', async () => {
      const report = (system: string): Omit<Reconcile, 'id'> => ({
        ...{ system, started: 1, ended: 2, from: 3, to: 4, isDryRun: false, state: 'done', detail: null },
        ...{ read: 0, missing: 0, changed: 0, gone: 0, rejected: 0, expired: 0, unseen: 0 },
        ...{ days: [], examples: { missing: [7], changed: [], gone: [] } },
      });
      expect(await store.saveReconcile(report('other'))).toEqual({ ...report('other'), id: 1 });
      for (let n = 0; n < 501; n += 1) await store.saveReconcile(report('pbx1'));
      const all = await store.reconciles(Number.MAX_SAFE_INTEGER, 1000);
      expect(all).toHaveLength(501);
      expect(all[0]).toEqual({ ...report('pbx1'), id: 502 });
      expect(all.slice(-2).map(({ id }) => id)).toEqual([3, 1]);
      expect((await store.reconciles(400, 2)).map(({ id }) => id)).toEqual([399, 398]);
      expect((await store.reconciles(400, 2, 'other')).map(({ id }) => id)).toEqual([1]);
      expect(await store.reconciles(400, 2, 'pbx2')).toEqual([]);
      await store.saveReconcile({ ...report('pbx1'), isDryRun: true });
      await store.saveReconcile({ ...report('pbx1'), state: 'failed' });
      expect(await store.lastReconcile('pbx1')).toEqual({ ...report('pbx1'), id: 502 });
      expect(await store.lastReconcile('pbx2')).toBe(null);
    });
  });
}

async function workOf(store: Store) {
  const { id } = await store.source('pbx1/reconcile');
  const rows = [someCdr(1)];
  const rest = {
    sourceName: 'pbx1/table',
    repeats: 'whole',
    cursor: undefined,
    lost: 0,
    now: 5,
    derive,
    within: null,
  } as const;
  return { sourceId: id, rows, ...rest };
}
