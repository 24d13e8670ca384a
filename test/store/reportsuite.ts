// Reports in any store: whose they are, who makes them, and what stays of them when they are cut, removed or old.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Within } from '../../src/cdr/query.ts';
import { pendingMax, type NewReport, type Report, type ReportPart } from '../../src/store/reports.ts';
import { ann } from '../support/store.ts';
import { eachFresh } from './fresh.ts';

export function reportSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`reports on ${name}`, () => {
    const our = eachFresh(freshUrl);

    const order = (within: Within): NewReport => ({ within, makerKind: 'token', makerId: 7, asked: { name: 'Zoë ☎' } });
    const add = (within: Within = ['acme'], now = 1000, most = 1000) =>
      our.store.addReport(order(within), most, ann, now);
    const part = (text: string, more: Partial<ReportPart> = {}): ReportPart => ({
      ...{ body: gzipSync(text), records: 1, bytes: text.length, share: 50, place: { start: 17, id: 3 } },
      ...more,
    });
    const namesFor = async (within: Within) => (await our.store.reports(within, 0, 100)).map(({ id }) => id);

    it('are kept as they were ordered, pending, each with a name and a link of its own', async () => {
      const [one, other] = [await add(), await add()];
      expect(one).toMatchObject({ ...order(['acme']), state: 'pending', created: 1000, updated: 1000, records: 0 });
      expect(await our.store.report(one.name, ['acme'])).toEqual(one);
      expect(await our.store.reportByLink(one.link)).toEqual(one);
      expect(one.link).toMatch(/^[\w-]{22}$/);
      expect(new Set([one.name, other.name, one.link, other.link]).size).toBe(4);
    });

    it('are those of all who are behind the same wall, however it is spelt; of everybody for who is behind none', async () => {
      const wall = { companies: ['acme'], extensions: ['101', '102'] };
      const given: Within[] = [['acme'], ['Globex', 'acme'], wall, null];
      for (const within of given) await add(within);
      expect(await namesFor(['ACME'])).toEqual([1]);
      expect(await namesFor(['acme', 'globex'])).toEqual([2]);
      expect(await namesFor({ companies: ['ACME'], extensions: ['102', '101'] })).toEqual([3]);
      expect(await namesFor({ companies: null, extensions: ['101', '102'] })).toEqual([]);
      expect(await namesFor(['globex'])).toEqual([]);
      expect(await namesFor(null)).toEqual([4, 3, 2, 1]);
      const [newest] = await our.store.reports(null, 0, 1);
      expect(await our.store.report(newest!.name, ['acme'])).toBeUndefined();
      expect([await our.store.countReports(['acme']), await our.store.countReports(null)]).toEqual([1, 4]);
      expect(await our.store.reports(null, 1, 2)).toMatchObject([{ id: 3 }, { id: 2 }]);
    });

    it('are not more than may be, and not too many of them wait; another account has its own', async () => {
      await add(['acme'], 1, 2);
      await add(['acme'], 1, 2);
      await expect(add(['acme'], 1, 2)).rejects.toThrow('there are 2 reports already (dialects.telnyx.reports)');
      await add(['beta'], 1, 2);
      for (let at = 2; at < pendingMax; at++) await add();
      await expect(add()).rejects.toThrow(`${pendingMax} reports wait to be made`);
      await our.store.removeReport(1, ann, 2);
      expect(await add()).toMatchObject({ state: 'pending' });
    });

    it('are made by one runner at a time, the oldest first; a silent one is dead', async () => {
      const [one, other] = [await add(), await add()];
      expect(await our.store.claimReport('a', 100, 0)).toMatchObject({ id: one.id });
      expect(await our.store.claimReport('b', 100, 50)).toMatchObject({ id: other.id });
      expect(await our.store.claimReport('c', 100, 50)).toBeUndefined();
      expect(await our.store.keepReportAlive(one.id, 'a', 200)).toBe(true);
      expect(await our.store.claimReport('c', 250, 150)).toMatchObject({ id: other.id });
      expect(await our.store.keepReportAlive(other.id, 'b', 260)).toBe(false);
      expect(await our.store.addReportPart(other.id, 'b', part('late'), 260)).toBe(false);
      expect(await our.store.endReport(other.id, 'b', 'complete', 260)).toBe(false);
      expect(await our.store.reportPart(other.id, 0)).toBeUndefined();
      await our.store.releaseReport(one.id, 'a');
      expect(await our.store.claimReport('d', 270, 0)).toMatchObject({ id: one.id });
    });

    it('go on after their last part: text, counts and place are one', async () => {
      const { id, name: called } = await add();
      await our.store.claimReport('a', 1, 0);
      expect(await our.store.addReportPart(id, 'a', part('first\r\n'), 2000)).toBe(true);
      expect(
        await our.store.addReportPart(id, 'a', part('', { body: null, records: 0, place: null, share: 70 }), 2001),
      ).toBe(true);
      expect(await our.store.addReportPart(id, 'a', part('second\r\n', { place: { start: 18, id: 9 } }), 2002)).toBe(
        true,
      );
      await our.reopen();
      const found = (await our.store.claimReport('b', 5000, 4000)) as Report;
      expect(found).toMatchObject({ id, records: 2, bytes: 15, parts: 2, share: 50, place: { start: 18, id: 9 } });
      expect(await our.store.reportPart(id, 1)).toEqual(gzipSync('second\r\n'));
      expect(await our.store.endReport(id, 'b', 'complete', 6000)).toBe(true);
      expect(await our.store.report(called, null)).toMatchObject({ state: 'complete', share: 100, updated: 6000 });
      expect(await our.store.claimReport('c', 7000, 6999)).toBeUndefined();
    });

    it('that are removed are gone at once, and their text with the next sweeps', async () => {
      const { id, name: called, link } = await add();
      await our.store.claimReport('a', 1, 0);
      for (let no = 0; no < 150; no++) await our.store.addReportPart(id, 'a', part(`${no}`), 2);
      expect(await our.store.removeReport(id, ann, 3)).toBe(true);
      expect(await our.store.removeReport(id, ann, 3)).toBe(false);
      expect([await our.store.report(called, null), await our.store.reportByLink(link)]).toEqual([
        undefined,
        undefined,
      ]);
      expect(await our.store.addReportPart(id, 'a', part('late'), 4)).toBe(false);
      const limits = { expired: 0, gone: 0 };
      expect(await our.store.sweepReports(limits, 5)).toBe(100);
      expect(await our.store.sweepReports(limits, 5)).toBe(50);
      expect(await our.store.sweepReports(limits, 5)).toBe(1);
      expect(await our.store.sweepReports(limits, 5)).toBe(0);
      expect(await our.store.listAudit({ limit: 10 })).toMatchObject([
        { action: 'report.removed', object: `report ${called}`, by: ann },
        { action: 'report.added', object: `report ${called}` },
      ]);
    });

    it('that are old expire and lose their text, later they go; failed ones stay failed until then', async () => {
      const [old, failed, young] = [await add(['acme'], 10), await add(['acme'], 11), await add(['acme'], 500)];
      for (const { id } of [old, failed]) {
        await our.store.claimReport('a', 1, 0);
        await our.store.addReportPart(id, 'a', part('x'), 20);
        await our.store.endReport(id, 'a', id === old.id ? 'complete' : 'failed', 21);
      }
      const states = async () => (await our.store.reports(null, 0, 9)).map(({ id, state }) => [id, state]);
      expect(await our.store.sweepReports({ expired: 100, gone: 0 }, 600)).toBe(3);
      expect(await states()).toEqual([
        [young.id, 'pending'],
        [failed.id, 'failed'],
        [old.id, 'expired'],
      ]);
      expect(await our.store.reportPart(old.id, 0)).toBeUndefined();
      expect(await our.store.sweepReports({ expired: 100, gone: 0 }, 600)).toBe(0);
      expect(await our.store.sweepReports({ expired: 100, gone: 100 }, 700)).toBe(2);
      expect(await states()).toEqual([[young.id, 'pending']]);
    });
  });
}
