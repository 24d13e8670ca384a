import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TableReader } from '../../../src/sources/table/reader.ts';
import { lookedMax, survey, tallyIn, type Tally } from '../../../src/sources/table/survey.ts';

const first = 20_000;

/** A table of whose days nothing is known but how many rows each has, by epoch seconds. */
async function surveyed(has: readonly number[], tally: Tally | null, shown: readonly number[] = has, table = 'cdr') {
  const asked = { counts: 0, shown: 0 };
  const count: TableReader['count'] = (narrow) => {
    asked.counts += 1;
    const bounds: number[] = [];
    const query = {
      where: (_column: string, _operator: string, seconds: number) => (bounds.push(seconds / 86_400 - first), query),
      limit: (most: number) => (bounds.push(most), query),
    };
    narrow(query as never);
    const [from, until, most] = bounds as [number, number, number];
    const sum = has.slice(from, until).reduce((total, one) => total + one, 0);
    return Promise.resolve(Math.min(sum, most));
  };
  const found = await survey(
    {
      ...{ reader: { count } as TableReader, column: 'start', like: 0, table, first, last: first + has.length - 1 },
      shownOn: (day) => ((asked.shown += 1), Promise.resolve(shown[day - first]!)),
      signal: new AbortController().signal,
    },
    tally,
  );
  return { ...found, ...asked, numbers: found.days.map(({ day }) => day - first) };
}

const years = Array.from({ length: 1000 }, (_, day) => day % 7);
const more = (days: readonly number[]) => years.map((count, day) => count + (days.includes(day) ? 1 : 0));

describe('a survey of old days', () => {
  it('asks one SELECT a year while nothing has changed, and the store only of days it never counted', async () => {
    const one = await surveyed(years, null);
    expect([one.numbers, one.counts, one.shown]).toEqual([[], 3, 1000]);
    const two = await surveyed([...years, 5], one.tally);
    expect([two.numbers, two.counts, two.shown]).toEqual([[], 3, 1]);
  });

  it('finds the days that have rows more or less by a few SELECTs, and each once', async () => {
    const { tally } = await surveyed(years, null);
    const found = await surveyed(more([3, 999]), tally);
    expect([found.numbers, found.counts < 25]).toEqual([[999, 3], true]);
    expect((await surveyed(more([3, 999]), found.tally)).numbers).toEqual([]);
    expect((await surveyed(years, found.tally)).numbers).toEqual([999, 3]);
  });

  it('finds any days to which rows were added, however many, the newest first', async () => {
    const { tally } = await surveyed(years, null);
    const changed = fc.uniqueArray(fc.integer({ min: 0, max: 999 }), { maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(changed, async (days) => {
        const table = more(days);
        const all: number[] = [];
        let last = await surveyed(table, tally);
        all.push(...last.numbers);
        while (last.more) {
          expect(last.numbers).toHaveLength(lookedMax);
          last = await surveyed(table, last.tally);
          all.push(...last.numbers);
        }
        expect(all).toEqual([...days].sort((a, b) => b - a));
      }),
      { numRuns: 30 },
    );
  });

  it('counts days by themselves where a year has more rows than one SELECT may count', async () => {
    const busy = years.map(() => 10_000);
    const { tally } = await surveyed(busy, null);
    const found = await surveyed(
      busy.map((count, day) => (day === 500 ? count + 1 : count)),
      tally,
    );
    expect(found.numbers).toEqual([500]);
  });

  it('compares with the store again when it is another table, or the counts are not to be read', async () => {
    const { tally } = await surveyed(years, null);
    expect((await surveyed(years, tally, more([7]), 'other')).numbers).toEqual([7]);
    expect(tallyIn(JSON.stringify(tally))).toEqual(tally);
    expect([tallyIn(null), tallyIn('{'), tallyIn('{"table":"x"}')]).toEqual([null, null, null]);
  });
});
