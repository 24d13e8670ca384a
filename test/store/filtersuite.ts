// Filters and orders on any database: what SQL answers is what `matches` says, and every page is the next one of its order.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directions, dispositions, type Derived } from '../../src/cdr/cdr.ts';
import { matches, orders, type CdrFilter, type Conditions, type Place } from '../../src/cdr/query.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { someCdr } from '../support/rows.ts';
import { ann, appendTo, everything, silent } from '../support/store.ts';

const recordsMade = 150;
const base = someCdr(0).start;

// Few values, near each other: spaces at the end, other case, half of another, none.
const numbers = ['101', '101 ', '10', '+44', '+44207', '', 'ä', 'A', 'a', '%', '_01'];
const number = fc.constantFrom(...numbers);
const handle = fc.constantFrom('acme', 'ACME', 'Beta', 'über', 'ÜBER', 'beta2');
const tag = fc.constantFrom('VIP', 'vip', 'Été', 'late call', 'unused');
const phrase = fc.constantFrom(
  'Bob <101>',
  'bob',
  'Straße 1',
  'STRASSE',
  'a%b',
  'x_y',
  "o'clock",
  'İstanbul',
  '東京 tower',
);
const second = fc.integer({ min: 0, max: 5 });
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 4 });

const conditions: fc.Arbitrary<Conditions> = fc.oneof(
  fc.record({ company: handle }),
  fc.record({ extension: fc.oneof(number, fc.constant('102')) }),
  fc.record({ system: fc.constantFrom('pbx1', 'pbx2', 'PBX1', 'pbx1 ') }),
  fc.record({ disposition: fc.constantFrom(...dispositions) }),
  fc.record({ direction: fc.constantFrom(...directions) }),
  fc.record({ src: number }),
  fc.record({ dst: number }),
  fc.record({ prefix: fc.constantFrom('1', '10', '+', '+442', 'a', '%', '101 ') }),
  fc.record({ linkedid: fc.constantFrom('l1', 'l1 ', 'L1', 'l2') }),
  fc.record({ uniqueid: fc.constantFrom('u1', 'u1 ', 'U1') }),
  fc.record({ from: second.map((at) => base + at) }),
  fc.record({ until: second.map((at) => base + at) }),
  fc.record({ minDuration: second }),
  fc.record({ maxDuration: second }),
  fc.record({ tag: fc.oneof(tag, fc.constantFrom(' vip', 'ÉTÉ', 'vi')) }),
  fc.record({ text: fc.constantFrom('bo', 'bob 10', 'STRASSE', 'straß', '東', 'b', 'clock', 'i', 'NOTE') }),
);

const filters: fc.Arbitrary<CdrFilter> = fc.letrec<{ node: CdrFilter }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(conditions, conditions).map(([one, other]) => ({ ...one, ...other })),
    fc.record({ and: fc.array(tie('node'), { maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('node'), { maxLength: 3 }) }),
    fc.record({ not: tie('node') }),
    fc.tuple(conditions, tie('node')).map(([one, not]) => ({ ...one, not })),
  ),
})).node;

const derivedFacts: fc.Arbitrary<Derived> = fc.record({
  properties: fc.constant({}),
  company: orNull(handle),
  target: orNull(handle),
  extension: orNull(number),
  peerExtension: orNull(number),
  direction: orNull(fc.constantFrom(...directions)),
});

const seeds = fc.record({
  derived: derivedFacts,
  cdr: fc.record({
    system: fc.constantFrom('pbx1', 'pbx2'),
    uniqueid: fc.constantFrom('u1', 'u1 ', 'U1', 'u2'),
    start: second.map((at) => base + at),
    duration: second,
    disposition: fc.constantFrom(...dispositions),
    src: orNull(number),
    dst: orNull(number),
    linkedid: orNull(fc.constantFrom('l1', 'l1 ', 'L1')),
    clid: orNull(phrase),
    userfield: orNull(phrase),
  }),
  tags: fc.array(tag, { maxLength: 2 }),
  isNoted: fc.boolean(),
  isHidden: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
});

/** `freshUrl` gives the URL of an empty database. */
export function filterSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`filters on ${name}`, () => {
    let store: Store;

    beforeAll(async () => {
      store = await openStore({ url: await freshUrl() }, silent);
      const made = fc.sample(seeds, { numRuns: recordsMade, seed: 7 });
      const rows = made.map(({ cdr }, at) => someCdr(at, cdr));
      const derive = (cdr: { sequence: number | null }) => made[cdr.sequence!]!.derived;
      await appendTo(store, 'pbx1/ami', rows, { derive });
      for (const [at, { tags, isNoted, isHidden }] of made.entries()) {
        const editing = { id: at + 1, by: ann, now: 1, within: null };
        if (tags.length > 0 || isNoted) await store.edit(editing, { tags, ...(isNoted ? { note: 'A note: b' } : {}) });
        if (isHidden) await store.hide(editing);
      }
    });
    afterAll(() => store.close());

    it('agree with `matches` on any records, any filter and any wall', async () => {
      const all = await store.list(everything);
      const withHidden = await store.list({ ...everything, raw: true });
      expect(withHidden.length).toBe(recordsMade);
      expect(withHidden.length - all.length).toBeGreaterThan(5);
      let found = 0;
      const walls = fc.option(fc.array(handle, { maxLength: 2 }), { freq: 2 });
      await fc.assert(
        fc.asyncProperty(filters, walls, async (filter, within) => {
          const listed = (await store.list({ ...everything, ...filter, within })).map(({ id }) => id);
          expect(listed).toEqual(all.filter((cdr) => matches(cdr, filter, within)).map(({ id }) => id));
          if (listed.length > 0 && listed.length < all.length) found += 1;
        }),
        { numRuns: 400 },
      );
      // The filters were worth asking.
      expect(found).toBeGreaterThan(100);
    });

    it.each(orders)('walk the order %s from end to end, both ways, without a hole or a double', async (order) => {
      const ask = (query: object) => store.list({ ...everything, order, ...query });
      const all = await ask({});
      const sign = order.startsWith('-') ? -1 : 1;
      const byId = (a: (typeof all)[0], b: (typeof all)[0]) => sign * (a.id - b.id);
      const byStart = (a: (typeof all)[0], b: (typeof all)[0]) => sign * (a.start - b.start) || byId(a, b);
      const isByStart = order.endsWith('start');
      expect(all).toEqual([...all].sort(isByStart ? byStart : byId));
      const placeOf = ({ id, start }: (typeof all)[0]): Place => (isByStart ? { id, start } : id);
      const forward: typeof all = [];
      for (let page = await ask({ limit: 7 }); page.length > 0;) {
        forward.push(...page);
        page = await ask({ limit: 7, after: placeOf(page.at(-1)!) });
      }
      expect(forward).toEqual(all);
      const backward: typeof all = [all.at(-1)!];
      for (let page = backward; page.length > 0;) {
        page = await ask({ limit: 7, before: placeOf(page[0]!) });
        backward.unshift(...page);
      }
      expect(backward).toEqual(all);
    });
  });
}
