// Lists on any database: every condition has an index in every order, and no statement of a long search is long.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CdrQuery } from '../../src/cdr/query.ts';
import { conditionNames, matches, orders, type Conditions, type Order } from '../../src/cdr/query.ts';
import { connect } from '../../src/store/connect.ts';
import { Names } from '../../src/store/names.ts';
import { Pages, type Steps } from '../../src/store/pages.ts';
import { Reader } from '../../src/store/read.ts';
import type { Database } from '../../src/store/sql.ts';
import { openStore } from '../../src/store/store.ts';
import { waysOf } from '../../src/store/ways.ts';
import { heard, type Heard } from '../support/heard.ts';
import { derive, someCdr } from '../support/rows.ts';
import { ann, appendTo, everything, silent } from '../support/store.ts';

const made = 300;
const base = someCdr(0).start;

/** One of each condition there is: the compiler asks for further ones. */
const examples: { [Name in keyof Conditions]-?: NonNullable<Conditions[Name]> } = {
  company: 'acme',
  extension: '101',
  system: 'pbx1',
  disposition: 'BUSY',
  direction: 'internal',
  src: '101',
  dst: '102',
  prefix: '10',
  linkedid: someCdr(7).linkedid!,
  uniqueid: someCdr(7).uniqueid,
  from: base + 40e6,
  until: base + 200e6,
  minDuration: 5,
  maxDuration: 5,
  tag: 'vip',
  text: '101',
};

/** These lead to their records by an index of their own. */
const keyed: string[] = ['company', 'extension', 'src', 'dst', 'linkedid', 'uniqueid', 'tag'];

export function waySuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`the ways to records on ${name}`, () => {
    let database: Database;
    let rooms: { systems: Names; companies: Names; read: Reader };
    const said: Heard[] = [];

    beforeAll(async () => {
      const url = await freshUrl();
      const store = await openStore({ url }, silent);
      const rows = Array.from({ length: made }, (_, number) => ({
        ...someCdr(number, number % 3 === 0 ? { accountcode: 'acme', src: '201', disposition: 'BUSY' } : {}),
        // Starts in another order than ids, and some of them equal.
        start: base + ((number * 37) % 220) * 1e6,
      }));
      await appendTo(store, 'pbx1/table', rows, {
        derive: (cdr, tables) => ({ ...derive(cdr, tables), company: cdr.accountcode, direction: 'internal' }),
      });
      for (const id of [3, 30, 299]) await store.edit({ id, within: null, by: ann, now: 1 }, { tags: ['vip'] });
      await store.close();
      database = await connect(url, silent);
      // MariaDB counts by itself at some later time, and a table it has not counted is not one it chooses an index for.
      if (database.dialect === 'mysql') await database.write((sql) => sql.all('ANALYZE TABLE cdr'));
      const systems = new Names('system');
      const companies = new Names('company');
      rooms = { systems, companies, read: new Reader(systems, companies) };
      await database.read(async (sql) => {
        await systems.load(sql);
        await companies.load(sql);
      });
    });
    afterAll(() => database.close());

    const pagesOf = (steps?: Steps) => {
      said.length = 0;
      const hear = (one: Heard) => void (/ FROM `cdr`| JOIN `cdr`/.test(one.sql) && said.push(one));
      return new Pages(heard(database, hear), rooms, undefined, steps);
    };
    const explained = ({ sql, values }: Heard) =>
      database.read((on) =>
        on.all<Record<string, unknown>>(`EXPLAIN ${database.dialect === 'sqlite' ? 'QUERY PLAN ' : ''}${sql}`, values),
      );

    it.each(conditionNames)(
      'has an index for %s in each order, and reads only what it finds there',
      async (condition) => {
        for (const order of orders) {
          const query = queryOf(condition, order);
          const { ordered } = waysOf(query, rooms, database.dialect);
          const found = await pagesOf({ entries: 20, sorted: 4, hereMs: 0, sliceMs: 1 }).list(query);
          expect(found.length, order).toBeGreaterThan(0);
          expect(said.length).toBeGreaterThan(0);
          for (const statement of said) {
            const isAlongIds = statement.sql.includes('NOT INDEXED') && !keyed.includes(condition);
            const steps = (await explained(statement)).map((row) => stepOf(row, isAlongIds));
            const bare = steps.filter(({ isOfCdr, index }) => isOfCdr && index === null);
            expect({ order, bare, sql: bare.length > 0 && statement.sql }).toEqual({ order, bare: [], sql: false });
            // What is read in the order of its index is not sorted; pages of several branches are, by id and start alone.
            if (ordered?.length === 1 && statement.sql.includes(ordered[0]!.hint) && !/UNION/.test(statement.sql))
              expect({ order, sorts: steps.filter(({ isSort }) => isSort), sql: statement.sql }).toMatchObject({
                sorts: [],
              });
          }
        }
      },
    );

    const span = { from: examples.from, until: examples.until };
    it.each<[string, Conditions, RegExp]>([
      ['a company', { company: 'acme' }, /^cdr_company/],
      ['a company and a range', { company: 'acme', ...span }, /^cdr_company/],
      ['an extension', { extension: '101' }, /^cdr_extension/],
      ['an extension and a range', { extension: '101', ...span }, /^cdr_extension/],
      ['a caller', { src: '101' }, /^cdr_src/],
      ['a prefix', { prefix: '10' }, /^cdr_src/],
      ['a prefix and a range', { prefix: '10', ...span }, /^cdr_(src|start)/],
      ['a range', span, /^cdr_start/],
      ['words and a range', { text: '101', ...span }, /^cdr_start/],
    ])('enters the index of %s in each order, and not that of all records alone', async (_, conditions, index) => {
      for (const order of orders) {
        const pages = pagesOf({ entries: 20, sorted: 4, hereMs: 0, sliceMs: 1 });
        await pages.list({ ...conditions, within: null, order, limit: 20 });
        const used: (string | null)[] = [];
        for (const one of said) for (const row of await explained(one)) used.push(stepOf(row, false).index);
        expect(used.some((name) => name !== null && index.test(name)) || { order, used }).toBe(true);
      }
    });

    it.each(orders)('finds by %s, in whatever stretches, what `matches` says, page by page and back', async (order) => {
      const filters = [
        ...conditionNames.map((name) => ({ [name]: examples[name] })),
        { company: 'acme', from: examples.from, until: examples.until },
        { extension: '101', from: examples.from, disposition: 'ANSWERED' as const },
        { prefix: '20', until: examples.until },
        { prefix: '10', tag: 'VIP' },
        { and: [{ company: 'acme' }, { from: examples.from }], not: { dst: '101' } },
        { or: [{ src: '201' }, { src: '101' }] },
      ];
      const all = await new Pages(database, rooms).list({ ...everything, order });
      expect(all).toHaveLength(made);
      for (const within of [null, ['acme'], { companies: null, extensions: ['101', '201'] }]) {
        for (const filter of filters) {
          const want = all.filter((cdr) => matches(cdr, filter, within)).map(({ id }) => id);
          for (const steps of [
            { entries: 20, sorted: 4, hereMs: 0, sliceMs: 0.2 },
            { entries: 1000, sorted: 1000, hereMs: 1000, sliceMs: 1000 },
          ]) {
            const pages = new Pages(database, rooms, undefined, steps);
            const query = { ...filter, within, order, limit: 41 };
            const got: number[] = [];
            for (let page = await pages.list(query); page.length > 0;) {
              got.push(...page.map(({ id }) => id));
              page = await pages.list({ ...query, after: placeIn(order, page.at(-1)!) });
            }
            expect({ filter, within, steps, got }).toEqual({ filter, within, steps, got: want });
            const last = all.find(({ id }) => id === want.at(-1));
            if (!last) continue;
            const before = await pages.list({ ...query, before: placeIn(order, last) });
            expect(before.map(({ id }) => id)).toEqual(want.slice(0, -1).slice(-41));
          }
        }
      }
    });

    it('looks at a bounded stretch in one statement, however little it finds, and gives way between two', async () => {
      let turns = 0;
      const tick = setInterval(() => (turns += 1), 0);
      const found = await pagesOf({ entries: 10, sorted: 4, hereMs: 0, sliceMs: 0 }).list({
        ...everything,
        minDuration: 1000,
      });
      clearInterval(tick);
      expect(found).toEqual([]);
      const stretches = said.filter(({ sql }) => !/OFFSET/.test(sql));
      expect(stretches.length).toBeGreaterThan(made / 10);
      // All but the first are pieces of a long search: beside the loop, where it is the loop that reads.
      expect(stretches.map(({ isSearch }) => isSearch)).toEqual(stretches.map((_, at) => at > 0));
      expect(turns).toBeGreaterThan(1);
    });

    function queryOf(condition: keyof Conditions, order: Order): CdrQuery {
      const range = condition === 'text' ? { from: base, until: base + 400e6 } : {};
      return { ...range, [condition]: examples[condition], within: null, order, limit: 20 };
    }

    /** What one row of an explanation says of a table. */
    function stepOf(
      row: Record<string, unknown>,
      isAlongIds: boolean,
    ): { isOfCdr: boolean; index: string | null; isSort: boolean } {
      if (database.dialect === 'mysql') {
        const isOfCdr = row['table'] === 'cdr';
        return {
          isOfCdr,
          index: row['key'] as string | null,
          isSort: isOfCdr && /filesort/.test(String(row['Extra'])),
        };
      }
      const detail = row['detail'] as string;
      const isOfCdr = /^(SEARCH|SCAN) cdr\b/.test(detail);
      // Along the table itself is along its ids.
      const index = /USING (?:COVERING )?(?:INDEX (\w+)|INTEGER (PRIMARY KEY))/.exec(detail);
      return {
        isOfCdr,
        index: isAlongIds && detail === 'SCAN cdr' ? 'PRIMARY' : (index?.[1] ?? index?.[2] ?? null),
        isSort: /TEMP B-TREE/.test(detail),
      };
    }
  });
}

function placeIn(order: Order, { id, start }: { id: number; start: number }) {
  return order.endsWith('start') ? { id, start } : id;
}
