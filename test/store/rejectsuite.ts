// What every store must do with rejects: keep them, hand them over again, discard them. Run on both databases.
import { describe, expect, it } from 'vitest';
import type { Append } from '../../src/store/append.ts';
import { byCommand, type By } from '../../src/store/audit.ts';
import type { LetGo } from '../../src/store/letgo.ts';
import type { Reject } from '../../src/store/rejects.ts';
import { derive, someCdr } from '../support/rows.ts';
import { appendTo, everything } from '../support/store.ts';
import { eachFresh } from './fresh.ts';

const ada: By = { kind: 'user', id: 7, name: 'ada', address: '192.0.2.7' };

export function odd(number: number, change: Partial<Reject> = {}): Reject {
  const faults = [{ field: 'duration', message: `"x${number}" is odd` }];
  const raw = JSON.stringify({ duration: `x${number}` });
  return { raw, kind: 'table', timezone: 'Europe/Berlin', reason: `duration: "x${number}" is odd`, faults, ...change };
}

/** `change` runs a statement beside the store. */
export function rejectSuite(
  name: string,
  freshUrl: () => Promise<string>,
  change: (url: string, sql: string) => Promise<void>,
): void {
  describe(`rejects on ${name}`, () => {
    const our = eachFresh(freshUrl);

    const source = 'pbx1/table';
    const work = async (rows: Append['rows'], more: Partial<Append> = {}) => {
      const { id } = await our.store.source(source);
      const place = { sourceId: id, sourceName: source, repeats: 'again' as const, cursor: undefined, lost: 0 };
      return { ...place, rows, now: 99, derive, within: null, ...more };
    };
    const countsOf = async (which = source) => {
      const { received, stored, duplicate, rejected, expired } = await our.store.source(which);
      return { received, stored, duplicate, rejected, expired };
    };
    const holds = (counts: Awaited<ReturnType<typeof countsOf>>) =>
      counts.received === counts.stored + counts.duplicate + counts.rejected + counts.expired;
    const ids = async (page: object = {}) => (await our.store.rejects(100, { after: 0, ...page })).map(({ id }) => id);

    it('keeps what a retry needs: the vocabulary, the zone, the faults, the wall of the writer', async () => {
      await appendTo(our.store, source, [odd(1)], { within: ['acme'] });
      expect(await our.store.reject(1)).toMatchObject({
        ...{ id: 1, source, kind: 'table', timezone: 'Europe/Berlin', wall: ['acme'], count: 1, tries: 0, tried: null },
        faults: [{ field: 'duration', message: '"x1" is odd' }],
      });
      // The same text behind another wall is another writer's: neither may take over the other's leave.
      await appendTo(our.store, source, [odd(1)]);
      expect((await our.store.rejects(10, { after: 0 })).map(({ wall }) => wall)).toEqual([['acme'], null]);
      expect(await our.store.reject(3)).toBeUndefined();
    });

    it('stores what is understood now and takes its reject away; what is not stays, with the new reason and its tries', async () => {
      await appendTo(our.store, source, [odd(1), odd(2), odd(3)]);
      await appendTo(our.store, 'pbx1/ami', [someCdr(3)]);
      const again = odd(2, { reason: 'duration: still odd', faults: [] });
      const rows = [someCdr(1), again, someCdr(3)];
      expect(await our.store.retry(await work(rows), { ids: [1, 2, 3], by: ada })).toEqual([
        { id: 1, outcome: 'created', cdr: 2 },
        { id: 2, outcome: 'rejected', reason: 'duration: still odd', faults: [] },
        { id: 3, outcome: 'duplicate', cdr: 1 },
      ]);
      expect(await ids()).toEqual([2]);
      expect(await our.store.reject(2)).toMatchObject({ reason: 'duration: still odd', count: 1, tries: 1, tried: 99 });
      const counts = await countsOf();
      expect(counts).toEqual({ received: 5, stored: 1, duplicate: 1, rejected: 3, expired: 0 });
      expect(holds(counts)).toBe(true);
      expect(await our.store.listAudit({ limit: 9 })).toMatchObject([
        {
          ...{ action: 'reject.retried', object: '3 rejects', by: ada, count: 3 },
          detail: {
            source,
            failed: [2],
            stored: [
              { reject: 1, cdr: 2 },
              { reject: 3, cdr: 1 },
            ],
          },
        },
      ]);
      expect((await our.store.changes(0, 10, 10)).map(({ cdr }) => cdr.id)).toContain(2);
    });

    it('keeps a row of a table once, whoever reads it and whatever it says, and the counts hold for each', async () => {
      await our.store.source(source);
      const shown = (by: string, rows: Append['rows'], ...keys: string[]) =>
        appendTo(our.store, `pbx1/${by}`, rows, { sourceName: source, marks: keys.map((key) => ({ key })) });
      await shown('table', [odd(1), odd(2)], '0:1', '0:2');
      await shown('reconcile', [odd(1), odd(2)], '0:1', '0:2');
      await shown('backfill', [odd(3), odd(2)], '0:1', '0:2');
      expect(await our.store.rejects(10, { after: 0 })).toMatchObject([
        { id: 1, source, count: 3, raw: odd(3).raw, reason: odd(3).reason },
        { id: 2, source, count: 3, raw: odd(2).raw },
      ]);
      for (const by of ['table', 'reconcile', 'backfill'])
        expect(await countsOf(`pbx1/${by}`)).toEqual({ received: 2, stored: 0, duplicate: 0, rejected: 2, expired: 0 });
      // Another table under the same name has other rows.
      await shown('table', [odd(1)], '1:1');
      expect(await ids()).toEqual([1, 2, 3]);
    });

    it('takes a reject away when its row is understood, and no other', async () => {
      await our.store.source(source);
      const marks = ['0:1', '0:2', '0:3'].map((key) => ({ key }));
      await appendTo(our.store, source, [odd(1), odd(2), odd(3)], { marks });
      await appendTo(our.store, 'pbx1/ami', [odd(1)]);
      await appendTo(our.store, 'pbx2/table', [someCdr(1)], { marks: [{ key: '0:1' }] });
      expect(await ids()).toEqual([1, 2, 3, 4]);
      const mended = { marks: [{ key: '0:1' }, { key: '0:3' }], now: 77 };
      await appendTo(our.store, 'pbx1/reconcile', [someCdr(1), odd(3)], { ...mended, sourceName: source });
      expect(await ids()).toEqual([2, 3, 4]);
      expect(await our.store.listAudit({ limit: 9 })).toMatchObject([
        { action: 'reject.mended', object: 'reject 1', at: 77, count: 1 },
      ]);
      expect(holds(await countsOf())).toBe(true);
    });

    it('knows the reject of a line of a file by its text, whatever is made of it, and takes it away when it is understood', async () => {
      const file = 'pbx1/import';
      const [first, second] = [{ line: 'a'.repeat(32) }, { line: 'b'.repeat(32) }];
      await appendTo(our.store, file, [odd(1), odd(2)], { marks: [first, second] });
      await appendTo(our.store, file, [odd(3, { kind: 'api', timezone: 'UTC' })], { marks: [first] });
      expect(await our.store.rejects(10, { after: 0 })).toMatchObject([
        { id: 1, count: 2, raw: odd(3).raw, kind: 'api', timezone: 'UTC' },
        { id: 2, count: 1, raw: odd(2).raw, kind: 'table', timezone: 'Europe/Berlin' },
      ]);
      await appendTo(our.store, 'pbx2/import', [someCdr(1)], { marks: [first] });
      expect(await ids()).toEqual([1, 2]);
      await appendTo(our.store, file, [someCdr(1)], { marks: [{ ...first, nth: 0 }], now: 77 });
      expect(await ids()).toEqual([2]);
      expect(await our.store.listAudit({ limit: 9 })).toMatchObject([
        { action: 'reject.mended', object: 'reject 1', at: 77, count: 1 },
      ]);
    });

    it('keeps a reject whose row is gone, counts it no more, and knows when the row is there again', async () => {
      const marks = [{ key: '0:1' }, { key: '0:2' }];
      const rows = marks.map((mark, at) => odd(at + 1, { row: { mark } }));
      await appendTo(our.store, source, [...rows, odd(3)], { now: 5, marks: [...marks, undefined] });
      await appendTo(our.store, 'pbx2/table', rows.slice(0, 1), { marks: marks.slice(0, 1) });
      const named = (after = 0, limit = 9) => our.store.namedRejects(source, after, limit);
      expect([await named(), await named(1), await named(0, 1)]).toEqual([
        [
          { id: 1, key: '0:1' },
          { id: 2, key: '0:2' },
        ],
        [{ id: 2, key: '0:2' }],
        [{ id: 1, key: '0:1' }],
      ]);
      const { id } = await our.store.source(source);
      const counted = async () => (await our.store.firstSights([id], 0, 9)).length;
      expect([await counted(), (await our.store.reject(1))!.gone]).toEqual([3, null]);
      await our.store.rowsGone([1], 77);
      expect([await counted(), (await our.store.reject(1))!.gone, await named()]).toEqual([
        2,
        77,
        [{ id: 2, key: '0:2' }],
      ]);
      await appendTo(our.store, source, rows.slice(0, 1), { marks: marks.slice(0, 1) });
      expect([await counted(), (await our.store.reject(1))!.gone]).toEqual([3, null]);
    });

    it('knows a reject that was kept before rows had names by its content', async () => {
      await appendTo(our.store, source, [odd(1)]);
      await appendTo(our.store, source, [odd(1)], { marks: [{ key: '0:1' }] });
      expect(await our.store.rejects(10, { after: 0 })).toMatchObject([{ id: 1, count: 2 }]);
      await appendTo(our.store, source, [someCdr(1)], { marks: [{ key: '0:1' }] });
      expect(await ids()).toEqual([]);
    });

    it('stores nothing for a reject that is gone, and does nothing twice', async () => {
      await appendTo(our.store, source, [odd(1)]);
      const given = await work([someCdr(1)]);
      await our.store.retry(given, { ids: [1], by: ada });
      const before = await countsOf();
      expect(await our.store.retry(await work([someCdr(2)]), { ids: [1], by: ada })).toEqual([
        { id: 1, outcome: 'gone' },
      ]);
      expect([await countsOf(), (await our.store.list(everything)).length]).toEqual([before, 1]);
      expect(await our.store.listAudit({ limit: 9 })).toHaveLength(1);
    });

    it('keeps a reject behind the wall of its writer, whoever tries it again', async () => {
      await appendTo(our.store, source, [odd(1)], { within: ['beta'] });
      const [retried] = await our.store.retry(await work([someCdr(1)], { within: ['beta'] }), { ids: [1], by: ada });
      expect(retried).toMatchObject({
        outcome: 'rejected',
        reason: 'company: "acme" is not one of the companies of this token',
      });
      expect(await our.store.list(everything)).toEqual([]);
      expect(await ids()).toEqual([1]);
      expect(await countsOf()).toEqual({ received: 1, stored: 0, duplicate: 0, rejected: 1, expired: 0 });
    });

    it.each([
      ['the record', 'INSERT', 'cdr'],
      ['its change', 'INSERT', 'change'],
      ['the counts', 'UPDATE', 'source'],
      ['the leave of the reject', 'DELETE', 'reject'],
      ['the tries of another', 'UPDATE', 'reject'],
      ['the audit', 'INSERT', 'audit'],
    ])('leaves all as it was when the lights go out at %s', async (_what, event, table) => {
      await appendTo(our.store, source, [odd(1), odd(2)]);
      const picture = async () =>
        JSON.stringify([
          await our.store.rejects(9),
          await our.store.list(everything),
          await countsOf(),
          await our.store.head(),
        ]);
      const before = await picture();
      const head = `CREATE TRIGGER dark BEFORE ${event} ON \`${table}\` FOR EACH ROW`;
      const isSqlite = our.store.dialect === 'sqlite';
      const out = isSqlite
        ? "BEGIN SELECT RAISE(ABORT, 'dark'); END"
        : "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'dark'";
      await change(our.url, `${head} ${out}`);
      const rows = [someCdr(1), odd(2)];
      await expect(our.store.retry(await work(rows), { ids: [1, 2], by: ada })).rejects.toThrow('dark');
      expect(await picture()).toBe(before);
      await change(our.url, 'DROP TRIGGER dark');
      expect(await our.store.retry(await work(rows), { ids: [1, 2], by: ada })).toMatchObject([
        { outcome: 'created' },
        {},
      ]);
      expect([(await our.store.list(everything)).length, await ids(), holds(await countsOf())]).toEqual([1, [2], true]);
    });

    it('pages and filters by source, system and last sight, in both directions', async () => {
      for (const [at, from] of ['pbx1/table', 'pbx1/ami', 'pbx2/ami', 'api', 'pbx1/table'].entries()) {
        await appendTo(our.store, from, [odd(at)], { now: 100 + at });
      }
      expect(await ids()).toEqual([1, 2, 3, 4, 5]);
      expect(await ids({ system: 'pbx1' })).toEqual([1, 2, 5]);
      expect(await ids({ source: 'pbx1/table' })).toEqual([1, 5]);
      expect(await ids({ source: 'pbx1/table', system: 'pbx2' })).toEqual([]);
      expect(await ids({ system: 'pbx' })).toEqual([]);
      expect(await ids({ source: 'api' })).toEqual([4]);
      expect(await ids({ from: 101, until: 103 })).toEqual([2, 3]);
      expect((await our.store.rejects(2)).map(({ id }) => id)).toEqual([5, 4]);
      expect((await our.store.rejects(2, { before: 4, system: 'pbx1' })).map(({ id }) => id)).toEqual([2, 1]);
    });

    it('finds by a system what was written in its name before it was configured, and nothing that reads alike', async () => {
      const naming = (system: unknown, more: object = {}) => odd(1, { raw: JSON.stringify({ ...more, system }) });
      const deep = (depth: number): unknown => (depth === 0 ? 1 : [deep(depth - 1)]);
      const written = [
        ...[naming('pbx9'), naming('pbx90'), naming('PBX9'), naming(9), naming(null), naming('pbx9', { src: '101' })],
        ...[odd(1, { raw: '{"system":"pbx9","src":"cu' }), odd(2), naming('x', { custom: { system: 'pbx9' } })],
        ...[odd(3, { raw: '"pbx9"' }), naming('x', { deep: deep(900) })],
      ];
      await appendTo(our.store, 'api', written, { now: 100 });
      await appendTo(our.store, 'pbx9/api', [odd(4)], { now: 200 });
      await appendTo(our.store, 'pbx1/table', [naming('pbx9')], { now: 200 });
      expect(await ids({ system: 'pbx9' })).toEqual([1, 6, 12]);
      expect(await ids({ system: 'pbx9', source: 'api' })).toEqual([1, 6]);
      expect(await ids({ system: 'pbx9', source: 'pbx9/api' })).toEqual([12]);
      expect(await ids({ system: 'pbx9', source: 'pbx1/table' })).toEqual([]);
      expect(await ids({ system: 'pbx9', until: 200 })).toEqual([1, 6]);
      expect(await ids({ system: '9' })).toEqual([]);
      expect(await ids({ system: 'null' })).toEqual([]);
      expect(await our.store.discardRejects({ system: 'pbx9' }, ada, 303)).toEqual([1, 6, 12]);
      expect(await ids()).toEqual([2, 3, 4, 5, 7, 8, 9, 10, 11, 13]);
    });

    it('discards by number and by filter, in slices, and the audit says what went', async () => {
      const many = Array.from({ length: 7 }, (_, at) => odd(at));
      await appendTo(our.store, source, many, { now: 100 });
      await appendTo(our.store, 'pbx2/ami', [odd(1)], { now: 200 });
      expect(await our.store.discardRejects({ id: 3 }, ada, 300)).toEqual([3]);
      expect(await our.store.discardRejects({ id: 3 }, ada, 300)).toEqual([]);
      expect(await our.store.discardRejects({ until: 200 }, ada, 301, 4)).toEqual([1, 2, 4, 5]);
      expect(await our.store.discardRejects({ until: 200 }, ada, 302, 4)).toEqual([6, 7]);
      expect(await ids()).toEqual([8]);
      expect(await our.store.discardRejects({ system: 'pbx9' }, ada, 303)).toEqual([]);
      expect(
        (await our.store.listAudit({ after: 0, limit: 9 })).map(({ object, detail, count }) => [object, detail, count]),
      ).toEqual([
        ['reject 3', { reason: 'duration: "x2" is odd' }, 1],
        ['4 rejects', { filter: { until: 200 }, ids: [1, 2, 4, 5] }, 4],
        ['2 rejects', { filter: { until: 200 }, ids: [6, 7] }, 2],
      ]);
    });

    it('keeps at most so many: those not seen for longest go, and the audit says so', async () => {
      const batch = (from: number, count: number) => Array.from({ length: count }, (_, at) => odd(from + at));
      await appendTo(our.store, source, batch(0, 100), { now: 1, rejectsMax: 100 });
      expect(await ids()).toHaveLength(100);
      await appendTo(our.store, source, [odd(0)], { now: 2, rejectsMax: 100 });
      expect(await our.store.listAudit({ limit: 9 })).toEqual([]);
      await appendTo(our.store, source, batch(100, 1), { now: 3, rejectsMax: 100 });
      // One too many, and a twentieth; the first was seen again meanwhile.
      expect(await ids()).toHaveLength(95);
      expect((await ids()).slice(0, 2)).toEqual([1, 8]);
      const [entry] = await our.store.listAudit({ limit: 9 });
      expect(entry).toMatchObject({
        ...{ action: 'reject.discarded', object: '6 rejects', by: byCommand, count: 6 },
        detail: { why: 'more than 100 rejects (rejects.keep)' },
      });
      expect(await countsOf()).toMatchObject({ received: 102, rejected: 102 });
    });

    const batch = (from: number, count: number) => Array.from({ length: count }, (_, at) => odd(from + at));
    const keptOf = async (which: string) => (await our.store.rejects(1000, { source: which })).length;
    const gone = () => {
      const told: LetGo[] = [];
      return { told, most: { rejectsMax: 100, tellLetGo: (some: readonly LetGo[]) => void told.push(...some) } };
    };
    const letGoOf = async (which: string) =>
      (await our.store.slipsOf([(await our.store.source(which)).id], 0, 4 * quarter)).letGo;
    const quarter = 900_000_000;

    it('lets rejects of files and writers go before any of a PBX, of the source that has most, and tells whose', async () => {
      const { told, most } = gone();
      await appendTo(our.store, source, batch(0, 60), { now: 1, ...most });
      await appendTo(our.store, 'pbx1/ami', batch(0, 20), { now: 1, ...most });
      await appendTo(our.store, 'pbx2/api', batch(0, 4), { now: 1, ...most });
      expect(told).toEqual([]);
      await appendTo(our.store, 'pbx2/import', batch(0, 500), { now: 2, ...most });
      expect(told).toEqual([{ source: 'pbx2/import', count: 489 }]);
      expect(await Promise.all([source, 'pbx1/ami', 'pbx2/api', 'pbx2/import'].map(keptOf))).toEqual([60, 20, 4, 11]);
      // Not even for the twentieth that is to be free.
      await appendTo(our.store, source, batch(60, 17), { now: 3, ...most });
      expect(await Promise.all([source, 'pbx1/ami', 'pbx2/api', 'pbx2/import'].map(keptOf))).toEqual([77, 20, 0, 0]);
      await appendTo(our.store, source, batch(77, 3), { now: 3, ...most });
      told.length = 0;
      await appendTo(our.store, 'pbx1/ami', batch(20, 1), { now: 4, ...most });
      expect(told).toEqual([{ source, count: 6 }]);
      expect(await Promise.all([source, 'pbx1/ami'].map(keptOf))).toEqual([74, 21]);
    });

    it('counts rejects that were let go where they were first seen, but not what its writer was told', async () => {
      const { most } = gone();
      await appendTo(our.store, source, batch(0, 50), { now: 1, ...most });
      await appendTo(our.store, source, batch(0, 50), { now: quarter * 2, ...most });
      await appendTo(our.store, source, batch(50, 51), { now: quarter, ...most });
      await appendTo(our.store, 'pbx1/api', batch(0, 40), { now: quarter, ...most });
      const { id } = await our.store.source(source);
      const count = async (from: number, until: number) => (await our.store.slipsOf([id], from, until)).letGo;
      expect([await count(0, quarter), await count(quarter, 2 * quarter), await letGoOf('pbx1/api')]).toEqual([
        0, 6, 0,
      ]);
    });

    it('counts them no more once those of the source are discarded, and not for one that is discarded by number', async () => {
      const { most } = gone();
      await appendTo(our.store, source, batch(0, 107), { now: 1, ...most });
      await appendTo(our.store, 'pbx2/table', batch(0, 107), { now: 2 * quarter, ...most });
      const counts = async () => [await letGoOf(source), await letGoOf('pbx2/table')];
      const before = await counts();
      expect(before.every((count) => count > 0)).toBe(true);
      await our.store.discardRejects({ id: (await ids())[0]! }, ada, 300);
      expect(await counts()).toEqual(before);
      await our.store.discardRejects({ source }, ada, 300);
      expect(await counts()).toEqual([0, before[1]]);
      await our.store.discardRejects({ until: quarter }, ada, 300);
      expect(await counts()).toEqual([0, before[1]]);
      await our.store.discardRejects({}, ada, 300);
      expect(await counts()).toEqual([0, 0]);
    });

    it('says nothing of rejects that were let go in a transaction that came to nothing', async () => {
      const { told, most } = gone();
      await appendTo(our.store, source, batch(0, 100), { now: 1, ...most });
      const { id } = await our.store.source(source);
      await our.store.trial({ ...(await work(batch(100, 9))), sourceId: id, ...most });
      expect([told, await keptOf(source), await letGoOf(source)]).toEqual([[], 100, 0]);
    });
  });
}
