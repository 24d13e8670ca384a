// What every store must do with rows that do not tell billsec: they say nothing of it. Run on both databases.
import { describe, expect, it } from 'vitest';
import { normalise, type RawRow } from '../../src/cdr/normalise.ts';
import { apiRow, byAcctid, changed, eventOf, without } from '../cdr/rows.ts';
import { ann, appendTo, everything } from '../support/store.ts';
import { eachFresh } from './fresh.ts';

/** Answered; its answer and end are 2 seconds apart, and 3 are billed. */
const row = byAcctid(81);
const event = changed(eventOf(81), { billableseconds: '3' });
const unbilled = without(row, 'billsec', 'sequence');
const { uniqueid, start, duration, disposition, channel } = normalise(row, 'pbx1');
const written = apiRow({ uniqueid, start: new Date(start / 1000).toISOString(), duration, disposition, channel });

export function billsecSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`rows without billsec on ${name}`, () => {
    const our = eachFresh(freshUrl);
    const tell = async (source: 'ami' | 'table' | 'import' | 'api', ...rows: RawRow[]) => {
      const cdrs = rows.map((one) => normalise(one, 'pbx1'));
      return (await appendTo(our.store, `pbx1/${source}`, cdrs))!.map(({ outcome }) => outcome);
    };
    const billed = async () => (await our.store.list(everything)).map(({ billsec }) => billsec);

    it.each([
      ['missing', unbilled],
      ['NULL', changed(unbilled, { billsec: null })],
      ['empty', changed(unbilled, { billsec: '' })],
    ])('are no further record, before AMI and after it: %s', async (_, untold) => {
      expect(await tell('table', untold)).toEqual(['created']);
      expect(await tell('ami', event)).toEqual(['duplicate']);
      expect(await tell('table', untold)).toEqual(['duplicate']);
      expect(await billed()).toEqual([3]);
    });

    it('are no further record as a file or by a write, before and after', async () => {
      expect(await tell('import', unbilled)).toEqual(['created']);
      expect(await tell('api', written)).toEqual(['duplicate']);
      expect(await tell('ami', event)).toEqual(['duplicate']);
      expect(await tell('import', unbilled)).toEqual(['duplicate']);
      expect(await tell('api', written)).toEqual(['duplicate']);
      expect(await billed()).toEqual([3]);
    });

    it('are as many records as there are rows, where two are equal in all else', async () => {
      const other = changed(event, { sequence: '4711', billableseconds: '2' });
      expect(await tell('ami', event, other)).toEqual(['created', 'created']);
      expect(await tell('table', unbilled, unbilled)).toEqual(['duplicate', 'duplicate']);
      expect(await billed()).toEqual([3, 2]);
    });

    it('take nothing from who told it, and what differs is told apart again', async () => {
      await tell('ami', event);
      expect(await tell('table', without(row, 'billsec'))).toEqual(['duplicate']);
      expect(await billed()).toEqual([3]);
      expect(await tell('import', changed(unbilled, { billsec: 2 }))).toEqual(['created']);
    });

    it('leave what their source told before the column was dropped, whoever comes after', async () => {
      const bare = without(row, 'answer', 'end');
      await tell('table', changed(bare, { billsec: 4 }));
      await tell('table', without(bare, 'billsec'));
      await tell('import', without(row, 'billsec'));
      expect(await billed()).toEqual([4]);
    });

    it('show what answer and end make, or 0, until somebody tells it', async () => {
      await tell('table', without(unbilled, 'answer', 'end'));
      expect(await billed()).toEqual([0]);
      await tell('import', unbilled);
      expect(await billed()).toEqual([2]);
      await tell('ami', event);
      expect(await billed()).toEqual([3]);
    });

    it('are met beneath what people wrote', async () => {
      await tell('table', unbilled);
      await our.store.edit({ id: 1, by: ann, now: 5, within: null }, { said: { billsec: 9 } });
      expect(await tell('ami', event)).toEqual(['duplicate']);
      expect(await billed()).toEqual([9]);
    });

    it('do not come back when retention has taken their record, nor does one that tells it', async () => {
      await tell('ami', event);
      await our.store.expire([1], 1);
      expect(await tell('table', unbilled)).toEqual(['expired']);
      expect(await tell('table', changed(unbilled, { billsec: 2 }))).toEqual(['created']);
      await our.store.expire([2], 1);
      const other = (one: RawRow) => changed(one, { uniqueid: '1795317329.77' });
      await tell('table', other(unbilled));
      await our.store.expire([3], 1);
      expect(await tell('api', other(changed(written, { billsec: 3 })))).toEqual(['expired']);
      expect(await tell('import', other(unbilled))).toEqual(['expired']);
    });
  });
}
