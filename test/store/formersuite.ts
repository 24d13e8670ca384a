// What every store must do with rows of before a change: a file that is read again, a backup of the table that is put back. Run on both
// databases.
import { describe, expect, it } from 'vitest';
import type { Cdr } from '../../src/cdr/cdr.ts';
import type { RowMark } from '../../src/cdr/sight.ts';
import { someCdr } from '../support/rows.ts';
import { appendTo, everything } from '../support/store.ts';
import { eachFresh } from './fresh.ts';

const row = (number: number, more: Partial<Cdr> = {}): Cdr => someCdr(number, { sequence: null, ...more });
/** What somebody may write over a row of the table. */
const changes: Partial<Cdr>[] = [
  { dst: '888' },
  { src: '999', disposition: 'FAILED' },
  { duration: 77, billsec: 70 },
  { lastapp: 'Hangup', lastdata: '' },
  { channel: 'PJSIP/other-00000001', dstchannel: 'PJSIP/b-00000002' },
];

export function formerSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`rows of before a change on ${name}`, () => {
    const our = eachFresh(freshUrl);
    const keys = (epoch: number, ...ids: number[]) => ids.map((id): RowMark => ({ key: `${epoch}:${id}` }));
    const table = (rows: Cdr[], marks?: RowMark[]) => appendTo(our.store, 'pbx1/table', rows, marks ? { marks } : {});
    const file = (...rows: Cdr[]) =>
      appendTo(our.store, 'pbx1/import', rows, { marks: rows.map(() => ({ nth: 0 })), repeats: 'again' });
    const told = async () => (await our.store.list(everything)).map(({ uniqueid, dst }) => `${uniqueid} ${dst}`);

    it.each(changes)('are the record in a file that was read before, too: %j', async (change) => {
      for (const sequence of [null, 5]) {
        const [before, after] = [
          row(1 + (sequence ?? 0), { sequence }),
          row(1 + (sequence ?? 0), { sequence, ...change }),
        ];
        await table([before], keys(0, 1 + (sequence ?? 0)));
        const had = await told();
        await file({ ...before, sequence: null });
        await table([after], keys(0, 1 + (sequence ?? 0)));
        await file({ ...before, sequence: null });
        await file({ ...after, sequence: null });
        expect(await told()).toHaveLength(had.length);
        // The table is believed.
        expect((await told()).at(-1)).toBe(`${after.uniqueid} ${after.dst}`);
      }
    });

    it('are the record where a source that is not believed has told them', async () => {
      await table([row(1, { sequence: 4, dst: '888' })], keys(0, 1));
      await appendTo(our.store, 'pbx1/ami', [row(1, { sequence: 4 })]);
      await file(row(1));
      expect(await told()).toEqual([`${row(1).uniqueid} 888`]);
    });

    it('are the record where its sequence was changed, in a file, by AMI and in a backup', async () => {
      const [before, after] = [row(1, { sequence: 4 }), row(1, { sequence: 1004 })];
      const sequences = async () => (await our.store.list(everything)).map(({ sequence }) => sequence);
      await table([before], keys(0, 1));
      await table([after], keys(0, 1));
      expect(await sequences()).toEqual([1004]);
      await file(before);
      await appendTo(our.store, 'pbx1/ami', [before]);
      expect(await sequences()).toEqual([1004]);
      await table([before], keys(1, 1));
      expect(await sequences()).toEqual([4]);
      // Of two rows of one table each is a record.
      await table([after], keys(1, 2));
      expect(await sequences()).toEqual([4, 1004]);
    });

    it('are the record in a backup of the table, under another id', async () => {
      const [before, others] = [[row(1), row(2), row(3)], [row(2)]];
      await table(before, keys(0, 1, 2, 3));
      await table([row(1, { dst: '888' }), row(3, { disposition: 'BUSY' })], keys(0, 1, 3));
      await table([...before, ...others.map(() => row(4))], keys(1, 11, 12, 13, 14));
      expect(await told()).toEqual([1, 2, 3, 4].map((number) => `${row(number).uniqueid} ${row(number).dst}`));
    });

    it('are another record where the very table, or AMI, has the changed one beside them', async () => {
      await table([row(1)], keys(0, 1));
      await table([row(1, { dst: '888' })], keys(0, 1));
      // A twin (ForkCDR) that looks like the first did.
      await table([row(1)], keys(0, 2));
      expect(await told()).toHaveLength(2);

      const [first, second] = [row(7), row(7)];
      await appendTo(our.store, 'pbx1/ami', [first]);
      await table([row(7, { dst: '888' })]);
      await appendTo(our.store, 'pbx1/ami', [second]);
      expect(await told()).toHaveLength(2 + 3);
    });

    it('of twins are as many as there are, whichever of them was changed', async () => {
      const twins = [row(1), row(1)];
      await table(twins, keys(0, 1, 2));
      await table([row(1, { dst: '888' })], keys(0, 1));
      await appendTo(our.store, 'pbx1/import', twins, { marks: [{ nth: 0 }, { nth: 1 }], repeats: 'again' });
      expect(await told()).toHaveLength(2);
      await table([row(1, { dst: '888' }), row(1), row(1)], keys(1, 7, 8, 9));
      expect(await told()).toHaveLength(3);
    });
  });
}
