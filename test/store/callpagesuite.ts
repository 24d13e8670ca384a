// Numbers of calls and the way past some of them: what listing all of them says, for each reader and filter, on any database.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallFilter } from '../../src/cdr/callquery.ts';
import type { Within } from '../../src/cdr/query.ts';
import { isVisible } from '../../src/cdr/wall.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { noon, record } from '../cdr/conversation.ts';
import { cdrs, tableRows } from '../support/rows.ts';
import { appendTo, silent } from '../support/store.ts';

const readers: Within[] = [
  null,
  ['acme'],
  ['beta'],
  ['acme', 'beta'],
  ['nobody'],
  { companies: null, extensions: ['101', '103', '105'] },
  { companies: ['acme'], extensions: ['101', '104'] },
];
const filters: CallFilter[] = [
  {},
  { from: noon },
  { from: noon + 3e6, until: noon + 5e6 },
  { direction: 'internal' },
  { caller: '101' },
  { and: [{ or: [{ caller: '101' }, { direction: 'inbound' }] }, { not: { from: noon + 4e6 } }] },
];

export function callPageSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`pages of calls on ${name}`, () => {
    let store: Store;

    beforeAll(async () => {
      store = await openStore({ url: await freshUrl() }, silent);
      const acme = { accountcode: 'acme' };
      await appendTo(store, 'pbx1/ami', [
        ...cdrs(tableRows()),
        record('101-1 > 102-2 Dial 0 2 10', acme),
        // One call of records behind two walls.
        record('101-1 > 103-3 Dial 10 10 15', { accountcode: 'beta', linkedid: '1795348800.1' }),
        record('104-4 > 105-5 Dial 3 - 8', { ...acme, linkedid: 'one' }),
        record('106-6 > 105-7 Dial 5 - 8', { linkedid: 'one', peeraccount: 'beta' }),
        record('107-8 > 101-9 Dial 9 9 12', { accountcode: 'beta' }),
        record('101-10 > 107-11 Dial 9 9 12', acme),
      ]);
    });
    afterAll(() => store.close());

    const cases = readers.flatMap((within) =>
      filters.map((filter): [string, Within, CallFilter] => [
        `${JSON.stringify(within)} ${JSON.stringify(filter)}`,
        within,
        filter,
      ]),
    );

    it.each(cases)('count and pass what a list has: %s', async (_case, within, filter) => {
      for (const order of ['start', '-start'] as const) {
        const query = { ...filter, within, order };
        const all = await store.listCalls({ ...query, limit: 1000 });
        expect(await store.countCalls({ ...filter, within })).toBe(all.length);
        for (const passed of [1, 2, all.length - 1, all.length].filter((count) => count > 0 && count <= all.length)) {
          expect(await store.passCalls(query, passed)).toEqual(all[passed - 1]!.place);
        }
        expect(await store.passCalls(query, all.length + 1)).toBeNull();
      }
    });

    it.each(cases)('have only what there was up to an id: %s', async (_case, within, filter) => {
      const query = { ...filter, within, order: '-start' } as const;
      const all = await store.listCalls({ ...query, limit: 1000 });
      for (const upTo of [0, ...all.map(({ place }) => place.id)]) {
        const some = all.filter(({ place }) => place.id <= upTo);
        expect(await store.listCalls({ ...query, upTo, limit: 1000 })).toEqual(some);
        expect(await store.countCalls({ ...filter, within, upTo })).toBe(some.length);
        if (some.length > 0) expect(await store.passCalls({ ...query, upTo }, some.length)).toEqual(some.at(-1)!.place);
        expect(await store.passCalls({ ...query, upTo }, some.length + 1)).toBeNull();
      }
    });

    it('go no further than they are told, where calls must be judged one by one', async () => {
      const within = ['acme'];
      const all = await store.countCalls({ within });
      const counts = await Promise.all([0, 1, 2, 3].map((most) => store.countCalls({ within }, most)));
      // Of two of its calls it sees a part.
      expect(counts).toEqual([undefined, undefined, all, all]);
      const query = { within, order: 'start' } as const;
      expect(await store.passCalls(query, 2, 2)).toEqual(await store.passCalls(query, 2));
      expect(await store.passCalls(query, 2, 1)).toBeUndefined();
      expect(await store.passCalls({ ...query, within: null }, 2, 1)).toEqual(
        await store.passCalls({ ...query, within: null }, 2),
      );
    });

    it('list calls with those of their records that their reader may see', async () => {
      for (const within of readers) {
        const calls = await store.listCallsInFull({ within, order: '-start', limit: 1000 });
        const plain = await store.listCalls({ within, order: '-start', limit: 1000 });
        expect(calls.map(({ cdrs: _, ...call }) => call)).toEqual(plain);
        for (const { id, cdrs: shown } of calls) {
          expect(shown).toEqual((await store.call(id, within))!.cdrs);
          expect(shown.every((cdr) => isVisible(cdr, within))).toBe(true);
        }
      }
      const [all = 0, acme = 0] = [
        await store.countCalls({ within: null }),
        await store.countCalls({ within: ['acme'] }),
      ];
      expect([all > acme, acme > 0]).toEqual([true, true]);
    });
  });
}
