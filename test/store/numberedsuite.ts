// Lists with page numbers on any database: column tests say what `holdsColumns` says, counts and places what a list does, kin what the records tell.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directions, dispositions, type StoredCdr } from '../../src/cdr/cdr.ts';
import { holdsColumns, type ColumnFilter, type ColumnTest } from '../../src/cdr/columns.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { hashOf } from '../../src/store/tokens.ts';
import { derive, someCdr } from '../support/rows.ts';
import { ann, appendTo, everything, silent } from '../support/store.ts';

const base = someCdr(0).start;
const text = fc.constantFrom('101', '101 ', '10', '+44', '', 'a', 'A', '%', 'x_y', 'Queue', '"quoted"');
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 4 });
const small = fc.integer({ min: 0, max: 6 });
const signs = fc.constantFrom('=' as const, '<' as const, '<=' as const, '>' as const, '>=' as const);

const tests: fc.Arbitrary<ColumnTest> = fc.oneof(
  fc.record({ column: fc.constantFrom('duration', 'billsec'), is: signs, value: small }),
  fc.record({ column: fc.constant('id' as const), is: signs, value: fc.integer({ min: 0, max: 130 }) }),
  fc.record({ column: fc.constant('start' as const), is: signs, value: small.map((at) => base + at * 1e6) }),
  fc.record({
    column: fc.constant('id' as const),
    is: fc.constant('in' as const),
    value: fc.array(fc.integer({ min: 0, max: 130 }), { maxLength: 90 }),
  }),
  fc.record({
    column: fc.constantFrom(
      'src' as const,
      'dst' as const,
      'userfield' as const,
      'lastapp' as const,
      'dstchannel' as const,
    ),
    is: fc.constantFrom('=' as const, 'has' as const, 'filled' as const),
    value: text,
  }),
  fc.record({
    column: fc.constant('disposition' as const),
    is: fc.constant('=' as const),
    value: fc.constantFrom<string>(...dispositions),
  }),
  fc.record({
    column: fc.constant('direction' as const),
    is: fc.constant('=' as const),
    value: fc.constantFrom<string>(...directions),
  }),
  fc.record({ custom: fc.constantFrom('did', 'x'), is: fc.constant('=' as const), value: text }),
);

const filters = fc.letrec<{ node: ColumnFilter }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tests,
    fc.record({ all: fc.array(tie('node'), { maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('node'), { maxLength: 3 }) }),
    fc.record({ no: tie('node') }),
  ),
})).node;

const seeds = fc.record({
  start: small.map((at) => base + at * 1e6),
  duration: small,
  billsec: small,
  disposition: fc.constantFrom(...dispositions),
  ...{ src: orNull(text), dst: orNull(text), userfield: orNull(text), lastapp: orNull(text), dstchannel: orNull(text) },
  custom: fc.dictionary(fc.constantFrom('did', 'x', 'y'), text, { maxKeys: 2 }),
});

/** `freshUrl` gives the URL of an empty database. */
export function numberedSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`numbered lists on ${name}`, () => {
    let store: Store;
    let all: StoredCdr[];

    beforeAll(async () => {
      store = await openStore({ url: await freshUrl() }, silent);
      const made = fc.sample(seeds, { numRuns: 120, seed: 11 });
      await appendTo(
        store,
        'pbx1/ami',
        made.map((cdr, at) => someCdr(at, cdr)),
        { derive: (cdr) => ({ ...derive(cdr), direction: directions[cdr.sequence! % 5] ?? null }) },
      );
      all = await store.list(everything);
    });
    afterAll(() => store.close());

    it('find by columns what `holdsColumns` finds, and count it', async () => {
      let found = 0;
      await fc.assert(
        fc.asyncProperty(filters, async (columns) => {
          const ids = all.filter((cdr) => holdsColumns(cdr, columns)).map(({ id }) => id);
          expect((await store.list({ ...everything, columns })).map(({ id }) => id)).toEqual(ids);
          expect(await store.count({ within: null, columns }, 30, 90)).toBe(
            ids.filter((id) => id >= 30 && id <= 90).length,
          );
          if (ids.length > 0 && ids.length < all.length) found += 1;
        }),
        { numRuns: 400 },
      );
      expect(found).toBeGreaterThan(100);
    });

    it.each(['id', '-id', 'start', '-start'] as const)('step over records in the order %s', async (order) => {
      const columns: ColumnFilter = { column: 'duration', is: '>', value: 1 };
      const list = await store.list({ ...everything, order, columns });
      const places = list.map(({ id, start }) => (order.endsWith('start') ? { start, id } : id));
      const query = { within: null, order, columns };
      expect(await store.placeAhead(query, 1)).toEqual(places[0]);
      expect(await store.placeAhead(query, 17)).toEqual(places[16]);
      expect(await store.placeAhead({ ...query, after: places[16]! }, 5)).toEqual(places[21]);
      expect(await store.placeAhead(query, list.length + 1)).toBeUndefined();
    });

    it('know their edge, what changed since, and the ids of a time', async () => {
      const { most, head } = await store.edge();
      expect(most).toBe(120);
      await store.edit({ id: 7, by: ann, now: 1, within: null }, { note: 'x' });
      const later = await store.edge();
      expect(later).toEqual({ most, head: head + 1 });
      expect(await store.changedIds(head, later.head, 10)).toEqual([7]);
      expect(await store.changedIds(0, later.head, 10)).toBeNull();
      const ids = all.filter(({ start }) => start >= base + 2e6 && start < base + 3e6).map(({ id }) => id);
      const span = await store.idsBetween(base + 2e6, base + 3e6);
      expect(span).toEqual({ least: Math.min(...ids), most: Math.max(...ids) });
      expect(await store.idsBetween(base - 2e6, base)).toEqual({ least: 1, most: 0 });
    });

    it('tell how the channels of a call follow each other, and count the children that the reader may see', async () => {
      const call = { linkedid: '1795009000.1', accountcode: '', peeraccount: '' };
      const [first] = (await appendTo(store, 'pbx1/ami', [
        someCdr(9000, { ...call, uniqueid: '1795009000.1' }),
        someCdr(9001, { ...call, uniqueid: '1795009000.1' }),
        someCdr(9002, { ...call, uniqueid: '1795009001.2' }),
        someCdr(9003, { ...call, uniqueid: '1795009001.2' }),
      ]))!;
      const id = (first as { id: number }).id;
      const kin = await store.kin([id], null);
      const of = (live: number, parent: number | null, children: number) => ({
        ...{ systemId: expect.any(Number) as number, live, parent, root: id, children },
      });
      const expected = [of(id, null, 2), of(id, null, 2), of(id + 2, id, 0), of(id + 2, id, 0)];
      expect([...kin].sort(([a], [b]) => a - b)).toEqual(expected.map((one, at) => [id + at, one]));
      await store.hide({ id: id + 3, by: ann, now: 1, within: null });
      expect((await store.kin([id + 2], null)).get(id)?.children).toBe(1);
      expect((await store.kin([id], ['nobody'])).get(id)?.children).toBe(0);
      expect(await store.kin([999_999], null)).toEqual(new Map());
    });

    it('let users make tokens that are theirs, by name once, until they end or their user goes', async () => {
      const user = (name: string) =>
        store.addUser(
          { name, password: 'correct horse battery', role: 'billing', companies: ['acme'], extensions: [] },
          ann,
          1,
        );
      const [bill, eve] = [await user('bill'), await user('eve')];
      const { token, secret } = await store.addUserToken({ userId: bill.id, name: 'one', expires: 100 }, ann, 10);
      const hash = hashOf(secret);
      expect((await store.findUserToken(hash, 99))?.name).toBe('bill');
      expect(await store.findUserToken(hash, 100)).toBeUndefined();
      await expect(store.addUserToken({ userId: bill.id, name: 'ONE', expires: null }, ann, 99)).rejects.toThrow(
        'name: there is a token ONE of this user already',
      );
      expect((await store.addUserToken({ userId: eve.id, name: 'one', expires: null }, ann, 99)).token.userId).toBe(
        eve.id,
      );
      expect(await store.removeUserToken(eve.id, { id: token.id }, ann, 99)).toBe(false);
      expect(await store.removeUserToken(eve.id, { secret }, ann, 99)).toBe(false);
      // One that has ended makes room for its name.
      const again = await store.addUserToken({ userId: bill.id, name: 'one', expires: null }, ann, 100);
      expect(await store.userTokens(bill.id, 100)).toEqual([again.token]);
      await store.changeUser(bill.id, { disabled: true }, ann, 101);
      const next = hashOf(again.secret);
      expect(await store.findUserToken(next, 102)).toBeUndefined();
      await store.changeUser(bill.id, { disabled: false }, ann, 103);
      expect((await store.findUserToken(next, 104))?.id).toBe(bill.id);
      await store.removeUser(bill.id, ann, 105);
      expect(await store.findUserToken(next, 106)).toBeUndefined();
      expect(await store.userTokens(bill.id, 106)).toEqual([]);
    });
  });
}
