// What every store must do with texts that narrow columns cut: one record, whole, whoever came first. Run on both databases.
import { describe, expect, it } from 'vitest';
import type { Cdr } from '../../src/cdr/cdr.ts';
import type { Widths } from '../../src/cdr/cut.ts';
import { openStore } from '../../src/store/store.ts';
import { someCdr } from '../support/rows.ts';
import { appendTo, everything, silent } from '../support/store.ts';
import { eachFresh } from './fresh.ts';

const widths: Widths = { channel: 16, src: 10, dst: 8, userfield: 4, 'custom.did': 6 };
const whole = (number: number, dst = `0301234567${number}`): Cdr =>
  someCdr(number, {
    ...{ sequence: null, src: '+441632960000', dst, userfield: 'abcdefg' },
    custom: { did: '4416329601' },
  });
const cut = (cdr: Cdr): Cdr => ({
  ...cdr,
  ...{ channel: cdr.channel!.slice(0, 16), src: cdr.src!.slice(0, 10), dst: cdr.dst!.slice(0, 8), userfield: 'abcd' },
  custom: { did: '441632' },
});

export function widthSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`narrow columns on ${name}`, () => {
    const our = eachFresh(freshUrl);

    const ami = (...rows: Cdr[]) => appendTo(our.store, 'pbx1/ami', rows);
    const table = (...rows: Cdr[]) => appendTo(our.store, 'pbx1/table', rows.map(cut), { widths });
    const texts = async () =>
      (await our.store.list(everything)).map(({ channel, src, dst, userfield, custom }) => ({
        channel,
        src,
        dst,
        userfield,
        custom,
      }));
    const textsOf = ({ channel, src, dst, userfield, custom }: Cdr) => ({ channel, src, dst, userfield, custom });

    it.each(['AMI first', 'the table first'])('make no second record and degrade nothing: %s', async (order) => {
      await table(whole(9));
      if (order === 'AMI first') await ami(whole(1));
      await table(whole(1));
      if (order !== 'AMI first') await ami(whole(1));
      await table(whole(1), whole(9));
      expect(await texts()).toEqual([textsOf(cut(whole(9))), textsOf(whole(1))]);
    });

    it('are known over a restart, and what was stored before they were known is met', async () => {
      await appendTo(our.store, 'pbx1/table', [cut(whole(1))]);
      expect(await our.store.list(everything)).toHaveLength(1);
      await table(whole(2));
      await our.reopen();
      await ami(whole(1), whole(2));
      expect(await texts()).toEqual([textsOf(whole(1)), textsOf(whole(2))]);
      // Widened since: what was cut in the table stays cut there.
      await appendTo(our.store, 'pbx1/table', [cut(whole(1))], { widths: { dst: 12 } });
      expect(await texts()).toHaveLength(2);
    });

    it('keep records two that only a cut makes equal, in any order', async () => {
      const pair = [whole(1, '030123456701'), whole(1, '030123456702')];
      const orders: (() => Promise<unknown>)[][] = [
        [() => ami(...pair), () => table(...pair)],
        [() => table(...pair), () => ami(...pair)],
        [() => ami(pair[0]!), () => table(pair[0]!), () => table(...pair), () => ami(pair[1]!)],
        [() => ami(pair[0]!), () => table(pair[1]!), () => ami(pair[1]!), () => table(...pair)],
      ];
      for (const steps of orders) {
        await our.store.close();
        our.store = await openStore({ url: await freshUrl() }, silent);
        for (const step of [...steps, () => table(...pair)]) await step();
        expect((await our.store.list(everything)).map(({ dst }) => dst).sort()).toEqual(pair.map(({ dst }) => dst));
        const head = await our.store.head();
        await table(pair[1]!, pair[0]!);
        expect(await our.store.head()).toBe(head);
      }
    });

    it('of a table say nothing of what other systems tell', async () => {
      await table(whole(1));
      await appendTo(our.store, 'pbx2/import', [{ ...cut(whole(1)), system: 'pbx2' }]);
      await appendTo(our.store, 'pbx2/import', [{ ...whole(1), system: 'pbx2' }]);
      expect(await our.store.list(everything)).toHaveLength(3);
    });
  });
}
