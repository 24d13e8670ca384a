// Lists of calls: what SQL finds is what callMatches says of the calls as their reader sees them, on any database.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { callMatches, type CallFilter } from '../../src/cdr/callquery.ts';
import { directions } from '../../src/cdr/cdr.ts';
import { outcomes } from '../../src/cdr/outcome.ts';
import type { Within } from '../../src/cdr/query.ts';
import type { CallInFull } from '../../src/store/calllist.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { noon, record } from '../cdr/conversation.ts';
import { cdrs, tableRows } from '../support/rows.ts';
import { appendTo, silent } from '../support/store.ts';

const second = (at: number) => noon + at * 1e6;
const numbers = ['101', '102', '103', '104', '15551234567', '1', "'", '\n', 'nobody'];

const conditions: fc.Arbitrary<CallFilter> = fc.record(
  {
    company: fc.constantFrom('acme', 'ACME', 'beta', 'gamma'),
    extension: fc.constantFrom(...numbers),
    system: fc.constantFrom('pbx1', 'pbx9'),
    outcome: fc.constantFrom(...outcomes),
    direction: fc.constantFrom(...directions),
    caller: fc.constantFrom(...numbers),
    called: fc.constantFrom(...numbers),
    answeredBy: fc.constantFrom(...numbers),
    person: fc.constantFrom('yes' as const, 'no' as const),
    trunk: fc.constantFrom('telco', 'trunk', 'tel'),
    prefix: fc.constantFrom(...numbers),
    linkedid: fc.constantFrom('one', '1795348800.1', '1795317329.41', ','),
    uniqueid: fc.constantFrom('1795348800.1', '1795348800.3', '1795317329.11'),
    from: fc.integer({ min: 0, max: 20 }).map(second),
    until: fc.integer({ min: 0, max: 20 }).map(second),
    endFrom: fc.integer({ min: 0, max: 24 }).map(second),
    minDuration: fc.integer({ min: 0, max: 8 }),
    maxDuration: fc.integer({ min: 0, max: 8 }),
  },
  { requiredKeys: [] },
);
const filters: fc.Arbitrary<CallFilter> = fc
  .tuple(conditions, conditions, conditions, fc.constantFrom('plain', 'or', 'not', 'and'))
  .map(([one, two, three, kind]) => {
    if (kind === 'or') return { or: [one, two] };
    if (kind === 'not') return { ...one, not: two };
    return kind === 'and' ? { and: [one, { or: [two, three] }] } : one;
  });
const readers: fc.Arbitrary<Within> = fc.constantFrom<Within>(
  ...[null, ['acme'], ['beta'], ['acme', 'beta'], ['gamma'], []],
  ...[
    { companies: ['acme'], extensions: ['102'] },
    { companies: null, extensions: ['103', '105'] },
    { companies: ['beta'], extensions: [] },
  ],
);

export function callListSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`lists of calls on ${name}`, () => {
    let store: Store;
    let ids: number[];
    beforeAll(async () => {
      store = await openStore({ url: await freshUrl() }, silent);
      const acme = { accountcode: 'acme' };
      await appendTo(store, 'pbx1/ami', [
        ...cdrs(tableRows()),
        record('101-1 > 102-2 Dial 0 2 10', acme),
        record('101-1 > 103-3 Dial 10 10 15', { accountcode: 'beta' }),
        record('104-4 > 105-5 Dial 3 - 8', { ...acme, linkedid: 'one' }),
        record('106-6 > 105-7 Dial 5 - 8', { linkedid: 'one', peeraccount: 'beta' }),
        record('107-8 > . VoiceMail 9 9 12', { linkedid: ',' }),
      ]);
      ids = (await store.listCalls({ within: null, limit: 1000 })).map(({ id }) => id);
      expect(ids.length).toBe(20);
    });
    afterAll(() => store.close());

    const known = new Map<string, Promise<(CallInFull | undefined)[]>>();
    const seenBy = (within: Within) => {
      const key = JSON.stringify(within);
      if (!known.has(key)) known.set(key, Promise.all(ids.map((id) => store.call(id, within))));
      return known.get(key)!;
    };

    it('hold what each reader may see of what it asked for', async () => {
      await fc.assert(
        fc.asyncProperty(filters, readers, async (filter, within) => {
          const seen = await seenBy(within);
          const expected = seen.filter((call) => call !== undefined && callMatches(call, filter, within));
          const found = await store.listCalls({ ...filter, within, limit: 1000 });
          expect(found.map(({ id, start, records }) => [id, start, records])).toEqual(
            expected.map((call) => [call!.id, call!.start, call!.records]),
          );
        }),
        { numRuns: 300 },
      );
    }, 120_000);

    it('are the same page by page, in every order, both ways', async () => {
      for (const within of [null, ['beta'], { companies: null, extensions: ['103', '105'] }]) {
        for (const order of ['id', '-id', 'start', '-start'] as const) {
          const whole = await store.listCalls({ within, order, limit: 1000 });
          const placeOf = ({ place }: (typeof whole)[number]) => (order.endsWith('start') ? place : place.id);
          const forwards: typeof whole = [];
          for (;;) {
            const after = forwards.length > 0 ? { after: placeOf(forwards.at(-1)!) } : {};
            const page = await store.listCalls({ within, order, limit: 3, ...after });
            forwards.push(...page);
            if (page.length < 3) break;
          }
          expect(forwards).toEqual(whole);
          const before = await store.listCalls({ within, order, limit: 2, before: placeOf(whole.at(-1)!) });
          expect(before).toEqual(whole.slice(-3, -1));
        }
      }
    });
  });
}
