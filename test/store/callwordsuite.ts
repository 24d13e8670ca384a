// Calls by the words of their records, on any database: the same as asking every record, in every order, and never a long statement.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matches, orders, type Within } from '../../src/cdr/query.ts';
import { callsOn, type Calls } from '../../src/store/calllist.ts';
import { connect } from '../../src/store/connect.ts';
import { Names } from '../../src/store/names.ts';
import { Reader } from '../../src/store/read.ts';
import type { Database } from '../../src/store/sql.ts';
import { openStore } from '../../src/store/store.ts';
import { noon, record } from '../cdr/conversation.ts';
import { heard } from '../support/heard.ts';
import { ann, appendTo, silent } from '../support/store.ts';

const made = 60;
const readers: Within[] = [null, ['acme'], ['beta'], { companies: null, extensions: ['103'] }];

export function callWordSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`calls by words on ${name}`, () => {
    let database: Database;
    let calls: Calls;
    /** Entries of `call` that each look for the end of a stretch passes over. */
    const stretches: number[] = [];
    /** The lower bound that each list of a stretch tells first. */
    const bounds: unknown[] = [];

    beforeAll(async () => {
      const url = await freshUrl();
      const store = await openStore({ url }, silent);
      const clids = ['"Ada Miller" <101>', '"Grace" <101>', null];
      await appendTo(
        store,
        'pbx1/ami',
        Array.from({ length: made }, (_, at) => {
          const begin = (at * 37) % made;
          const linkedid = `call-${at % 40}`;
          const company = at % 4 === 0 ? 'beta' : 'acme';
          return record(`101-${2 * at} > ${102 + (at % 3)}-${2 * at + 1} Dial ${begin} ${begin + 1} ${begin + 3}`, {
            ...{
              linkedid,
              accountcode: company,
              clid: clids[(at >> 1) % 3]!,
              userfield: at % 7 === 0 ? 'Großmühle' : null,
            },
          });
        }),
      );
      await store.edit({ id: 5, within: null, by: ann, now: 1 }, { note: 'promised a refund' });
      await store.hide({ id: 7, within: null, by: ann, now: 1 });
      await store.close();
      const opened = await connect(url, silent);
      database = heard(opened, ({ sql, values }) => {
        if (sql.includes('OFFSET')) stretches.push(Number(values.at(-1)) + 1);
        const [told] = sql.includes('INSTR') ? sql.split('`start` >= ?') : [];
        if (told !== undefined) bounds.push(values[told.split('?').length - 1]);
      });
      const [systems, companies] = [new Names('system'), new Names('company')];
      await database.read(async (sql) => {
        await systems.load(sql);
        await companies.load(sql);
      });
      const rooms = { systems, companies, read: new Reader(systems, companies) };
      calls = callsOn(database, rooms, undefined, { entries: 3, hereMs: 0, sliceMs: 1 });
    });
    afterAll(() => database.close());

    const range = { from: noon, until: noon + 3600e6 };

    it('are those of which the reader may see a record that has all the words', async () => {
      let found = 0;
      for (const within of readers) {
        const all = await calls.listCalls({ within, limit: 100 });
        for (const text of ['mill', 'MILLER ada', 'grace', 'mühle', 'großm 101', 'refund', 'ada grace', 'nobody']) {
          const expected = [];
          for (const { id } of all) {
            const { cdrs } = (await calls.call(id, within))!;
            if (cdrs.some((cdr) => matches(cdr, { text }, within))) expected.push(id);
          }
          const listed = await calls.listCalls({ within, text, ...range, limit: 100 });
          expect([within, text, listed.map(({ id }) => id)]).toEqual([within, text, expected]);
          found += listed.length;
        }
      }
      expect(found).toBeGreaterThan(50);
    });

    it('are the same page by page, in every order, both ways', async () => {
      for (const within of readers) {
        for (const order of orders) {
          const query = { within, order, text: 'miller', ...range };
          const placeOf = ({ place }: (typeof whole)[number]) => (order.endsWith('start') ? place : place.id);
          const whole = await calls.listCalls({ ...query, limit: 100 });
          const forwards: typeof whole = [];
          for (let more = true; more;) {
            const after = forwards.length > 0 ? { after: placeOf(forwards.at(-1)!) } : {};
            const page = await calls.listCalls({ ...query, ...after, limit: 4 });
            forwards.push(...page);
            more = page.length === 4;
          }
          expect(whole.length).toBeGreaterThan(4);
          expect(forwards).toEqual(whole);
          expect(await calls.listCalls({ ...query, limit: 3, before: placeOf(whole.at(-1)!) })).toEqual(
            whole.slice(-4, -1),
          );
        }
      }
    });

    it('looks at few calls at a time, however little is found', async () => {
      stretches.length = 0;
      expect(await calls.listCalls({ within: null, text: 'nobody', ...range, order: '-start', limit: 9 })).toEqual([]);
      expect(stretches.length).toBeGreaterThan(1);
      // The next stretch is at most four times as long as the last.
      for (const [at, length] of stretches.entries()) expect(length).toBeLessThanOrEqual(3 * 4 ** at);
    });

    it('tells a stretch before the range that it lies in: SQLite goes by the first bound of an index, and would look at all of the range', async () => {
      bounds.length = 0;
      await calls.listCalls({ within: null, text: 'nobody', ...range, order: '-start', limit: 9 });
      expect(bounds.length).toBeGreaterThan(1);
      // The last one goes to the end of the range, where the one before may have ended too.
      expect([bounds[0], bounds.at(-1)].map((bound) => bound === range.from)).toEqual([false, true]);
    });
  });
}
