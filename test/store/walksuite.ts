// Walks on any database: page after page they give what one long list gives, in any order, behind any wall.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orders, type CdrFilter, type Within } from '../../src/cdr/query.ts';
import { openAside, type Aside } from '../../src/store/aside.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import type { Pace, WalkQuery } from '../../src/store/walk.ts';
import { someCdr } from '../support/rows.ts';
import { ann, appendTo, everything, silent } from '../support/store.ts';

const base = someCdr(0).start;
const filters: CdrFilter[] = [
  {},
  { company: 'acme' },
  { extension: '101' },
  { disposition: 'BUSY' },
  { linkedid: 'nobody' },
  { from: base + 20e6, until: base + 60e6 },
  { and: [{ from: base + 40e6 }, { not: { company: 'acme' } }] },
  { from: base + 1e12 },
];
const walls: Within[] = [null, ['acme'], [], { companies: null, extensions: ['101'] }];

export function walkSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`a walk through ${name}`, () => {
    let store: Store;
    let aside: Aside;
    beforeAll(async () => {
      store = await openStore({ url: await freshUrl() }, silent);
      const cdrs = Array.from({ length: 120 }, (_, at) =>
        someCdr(at, {
          // Many begin at one instant, and not in the order of their ids.
          start: base + ((at * 37) % 90) * 1e6,
          accountcode: at % 3 === 0 ? 'acme' : 'beta',
          channel: `PJSIP/${at % 5 === 0 ? 101 : 205}-00000001`,
          disposition: at % 7 === 0 ? 'BUSY' : 'ANSWERED',
        }),
      );
      await appendTo(store, 'pbx1/table', cdrs);
      await store.hide({ id: 50, by: ann, now: 1, within: null });
      await store.edit({ id: 60, by: ann, now: 1, within: null }, { note: 'seen', tags: ['vip'] });
      aside = await openAside(store.whereabouts);
    });
    afterAll(async () => {
      aside.close();
      await store.close();
    });

    const walked = async (query: WalkQuery, most: number, pace?: Pace) => {
      const walk = aside.walk(query, pace);
      const pages = [];
      for (let page = await walk.next(most); page !== null; page = await walk.next(most)) pages.push(page);
      expect(Math.max(0, ...pages.map(({ length }) => length))).toBeLessThanOrEqual(most);
      return pages.flat();
    };

    it('gives the records of the list, with what people wrote beside them, whatever the pages and windows', async () => {
      const query = fc.record({
        order: fc.constantFrom(...orders),
        filter: fc.constantFrom(...filters),
        within: fc.constantFrom(...walls),
        most: fc.constantFrom(1, 7, 40, 500),
        windowIds: fc.constantFrom(1, 10, 64, 1000),
        fewRows: fc.constantFrom(0, 1000),
        limit: fc.constantFrom(undefined, 1, 14, 1000),
        raw: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(query, async ({ order, filter, within, most, windowIds, fewRows, limit, raw }) => {
          const asked = { ...filter, within, order, raw };
          const listed = await store.list({ ...asked, limit: limit ?? 1000 });
          const whole = await walked({ ...asked, ...(limit === undefined ? {} : { limit }) }, most, {
            windowIds,
            fewRows,
          });
          expect(whole).toEqual(listed);
          // From any place on, the rest.
          const at = listed[Math.floor(listed.length / 2)];
          if (at === undefined || limit !== undefined) return;
          const after = order.endsWith('start') ? { start: at.start, id: at.id } : at.id;
          const rest = await walked({ ...asked, after }, most, { windowIds, fewRows });
          expect(rest).toEqual(listed.slice(listed.indexOf(at) + 1));
        }),
        { numRuns: 60 },
      );
    }, 60_000);

    it.each(['id', '-id', 'start', '-start'] as const)(
      'ends though records keep coming, and leaves out what came after it began, by %s',
      async (order) => {
        const before = (await store.list(everything)).map(({ id }) => id);
        const walk = aside.walk({ within: null, order });
        const seen: number[] = [];
        for (let page = await walk.next(50); page !== null; page = await walk.next(50)) {
          seen.push(...page.map(({ id }) => id));
          const number = 10_000 + seen.length + 1000 * ['id', '-id', 'start', '-start'].indexOf(order);
          await appendTo(store, 'pbx1/table', [someCdr(number, { start: base + 50e6 })]);
        }
        expect(seen.sort((a, b) => a - b)).toEqual(before);
      },
    );

    it('holds no transaction open between its pages', async () => {
      const walk = aside.walk({ within: null });
      await walk.next(3);
      await store.hide({ id: 5, by: ann, now: 2, within: null });
      expect((await walk.next(3))!.map(({ id }) => id)).toEqual([4, 6, 7]);
    });

    it('is refused in a store that is not the one the daemon opened', async () => {
      await expect(openAside({ ...store.whereabouts, generation: 'another' })).rejects.toThrow(
        'the store is not the one this daemon opened',
      );
    });
  });
}
