// What any store must make of a recount that runs beside all other work: right answers meanwhile, right counts behind it, and nothing left.
import { expect, describe, it } from 'vitest';
import { StatsClock } from '../../src/cdr/statsclock.ts';
import type { StatsQuery } from '../../src/cdr/statsquery.ts';
import { openAside } from '../../src/store/aside.ts';
import { cutMicros, type RecountPlace } from '../../src/store/recount.ts';
import { someCdr } from '../support/rows.ts';
import { ann, appendTo, everything, recountAll } from '../support/store.ts';
import { eachFresh } from './fresh.ts';

const day = 86_400e6;
const bys: StatsQuery['by'][] = [['company', 'outcome'], ['extension'], ['day', 'hour']];

/** `spoil` runs a statement on the database, as nobody should. */
export function recountSuite(
  name: string,
  freshUrl: () => Promise<string>,
  spoil: (url: string, sql: string) => unknown,
): void {
  describe(`a recount on ${name}`, () => {
    const our = eachFresh(freshUrl);

    const put = (from: number, count: number) =>
      appendTo(
        our.store,
        'pbx1/ami',
        Array.from({ length: count }, (_, at) => someCdr(from + at, { accountcode: ['acme', 'beta'][at % 2]! })),
      );
    const spanNow = async () => {
      const [first] = await our.store.list({ ...everything, limit: 1 });
      const from = Math.floor(first!.start / day) * day - day;
      return { from, until: from + 4 * day, zone: 'UTC', within: null };
    };
    /** What is counted, and what a look at every call finds. */
    const bothOf = async (by: StatsQuery['by']) => {
      const query = { by, ...(await spanNow()) };
      const kept = await our.store.stats(query, new StatsClock(query.from, query.until, query.zone));
      const aside = await openAside(our.store.whereabouts);
      try {
        const scan = aside.scan(query);
        while (await scan.next());
        return [kept, scan.answer()] as const;
      } finally {
        aside.close();
      }
    };
    const expectTruth = async (some = bys) => {
      for (const by of some) {
        const [kept, looked] = await bothOf(by);
        expect(kept, JSON.stringify(by)).toEqual(looked);
      }
    };
    const editing = (id: number) => ({ id, by: ann, now: 1, within: null });

    it('follows what comes, is edited and hidden meanwhile, of calls it has counted and of those it has not', async () => {
      await put(1, 700);
      let next = 2000;
      const phases: string[] = [];
      const meanwhile = async (phase: string) => {
        phases.push(phase);
        const seen = phases.filter((one) => one === phase).length;
        if (seen > 3) return;
        await put(next++, 1);
        const id = phases.length * 3;
        await our.store.hide(editing(id));
        await our.store.edit(editing(id + 1), { company: 'gamma' });
        await our.store.hide(editing(600 + id));
        await our.store.edit(editing(601 + id), { target: 'gamma' });
        // A late record makes one call of two: of one that is counted and one that may not be.
        const joint = { uniqueid: someCdr(600 + id + 2).uniqueid, linkedid: someCdr(id + 2).linkedid };
        await appendTo(our.store, 'pbx1/ami', [{ ...someCdr(next++), ...joint }]);
        await expectTruth(bys.slice(0, 1));
      };
      const calls = await recountAll(our.store, meanwhile);
      expect([...new Set(phases)]).toEqual(['clear', 'count', 'put', 'tidy']);
      expect(calls).toBeGreaterThan(690);
      // Were a cell of the second set left, it would be counted now.
      await spoil(our.url, 'UPDATE `rollup` SET `kind` = `kind` - 100 WHERE `kind` > 100');
      await expectTruth();
    });

    it('mends what somebody has spoiled, and leaves no cell of its own', async () => {
      await put(1, 40);
      await spoil(our.url, 'UPDATE `rollup` SET `calls` = `calls` + 3 WHERE `kind` <> 15');
      await spoil(our.url, 'DELETE FROM `rollup` WHERE `kind` = 15');
      await spoil(our.url, 'UPDATE `rollup` SET `bucket` = `bucket` + 1 WHERE `kind` = 23');
      await expect(expectTruth()).rejects.toThrow('to deeply equal');
      expect(await recountAll(our.store)).toBe(40);
      await expectTruth();
      await our.store.expire(
        (await our.store.list(everything)).map(({ id }) => id),
        1,
      );
      // Were a cell of a second set left, or one counted twice, it would be there still.
      await spoil(our.url, 'UPDATE `rollup` SET `kind` = `kind` - 100 WHERE `kind` > 100');
      await put(100, 1);
      await expectTruth();
    });

    it('that was cut and is not asked for again is swept away, and one that goes on is not', async () => {
      await put(1, 450);
      const now = Date.now() * 1000;
      const { next: begun } = await our.store.recount((await our.store.recount(null)).next);
      const { next } = await our.store.recount(begun);
      expect(next).toMatchObject({ phase: 'count', until: 200 });
      // Its next step may come at any moment.
      expect(await our.store.sweepRecount(now)).toBe(false);
      await expect(our.store.recount(next)).resolves.toMatchObject({ next: { phase: 'count', until: 400 } });
      const again = await our.store.recount((await our.store.recount(null)).next);
      let place: RecountPlace | null = again.next;
      while (place?.phase === 'clear') ({ next: place } = await our.store.recount(place));
      ({ next: place } = await our.store.recount(place));
      let sweeps = 0;
      while (await our.store.sweepRecount(now + 2 * cutMicros)) sweeps += 1;
      expect(sweeps).toBeGreaterThan(1);
      await expect(our.store.recount(place)).rejects.toThrow('another recount has begun');
      // What comes now is counted once: were a cell of the second set there, it would be seen.
      await put(1000, 1);
      await spoil(our.url, 'UPDATE `rollup` SET `kind` = `kind` - 100 WHERE `kind` > 100');
      await expectTruth();
    });

    it('that was cut leaves what is read as it was; a new one, or a start, ends it', async () => {
      await put(1, 30);
      const { next } = await our.store.recount((await our.store.recount(null)).next);
      const counted = await our.store.recount(next);
      expect(counted.next).toMatchObject({ phase: 'put', calls: 30 });
      await expectTruth();
      const ended = /another recount has begun, or the daemon was restarted: begin again/;
      await our.store.recount(null);
      await expect(our.store.recount(counted.next)).rejects.toThrow(ended);
      const again = await our.store.recount((await our.store.recount(null)).next);
      // What the first has left goes before anything is counted again.
      expect(again.next).toMatchObject({ phase: 'clear' });
      let place: RecountPlace | null = again.next;
      while (place?.phase === 'clear') ({ next: place } = await our.store.recount(place));
      ({ next: place } = await our.store.recount(place));
      await our.reopen();
      await expect(our.store.recount(place)).rejects.toThrow(ended);
      await our.store.hide(editing(3));
      await expectTruth();
      expect(await recountAll(our.store)).toBe(29);
      await expectTruth();
    });
  });
}
