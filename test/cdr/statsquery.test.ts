import { describe, expect, it } from 'vitest';
import { noSums } from '../../src/cdr/stats.ts';
import { StatsClock } from '../../src/cdr/statsclock.ts';
import { Fold, scanReason, statsRowsMax, type StatsQuery } from '../../src/cdr/statsquery.ts';

const span = { from: Date.UTC(2026, 0, 1) * 1000, until: Date.UTC(2026, 1, 1) * 1000 };
const plain: StatsQuery = { by: ['day'], ...span, zone: 'UTC', within: null };

describe('rows of statistics', () => {
  it('are as many as an answer may have, and no more: then it says so', () => {
    const fold = new Fold();
    const add = (extension: string) => fold.add(extension, () => ({ extension }), { ...noSums, calls: 1 });
    for (let at = 0; at < statsRowsMax; at++) add(String(at));
    expect([fold.rows.size, fold.isOver]).toEqual([statsRowsMax, false]);
    add('0');
    expect([fold.rows.get('0')!.calls, fold.isOver]).toEqual([2, false]);
    add('one more');
    expect([fold.rows.size, fold.isOver]).toEqual([statsRowsMax, true]);
  });

  it('are in the order of what they are by', () => {
    const fold = new Fold();
    for (const [hour, company] of [
      [10, 'b'],
      [9, 'b'],
      [9, null],
      [9, 'a'],
    ] as const) {
      fold.add(`${hour} ${company}`, () => ({ hour, company }), noSums);
    }
    expect(fold.sorted(['hour', 'company']).map(({ hour, company }) => `${hour}${company}`)).toEqual([
      '9null',
      '9a',
      '9b',
      '10b',
    ]);
    expect(fold.sorted(['company', 'hour']).map(({ hour, company }) => `${hour}${company}`)).toEqual([
      '9null',
      '9a',
      '9b',
      '10b',
    ]);
  });
});

describe('what kept counts can answer', () => {
  const reasonOf = (change: Partial<StatsQuery>) =>
    scanReason({ ...plain, ...change }, new StatsClock(span.from, span.until, 'UTC'));

  it.each<[Partial<StatsQuery>, boolean]>([
    [{}, true],
    [{ by: ['weekday', 'hour', 'company', 'extension', 'direction', 'outcome'] }, true],
    [{ by: ['trunk'], direction: 'inbound', outcome: 'answered', company: 'acme' }, true],
    [{ by: ['trunk', 'extension'] }, false],
    [{ by: ['trunk'], extension: '101' }, false],
    [{ trunk: 'telco', extension: '101' }, false],
    [{ more: { system: 'pbx1' } }, false],
    [{ from: span.from + 1 }, false],
    [{ until: span.until + 60_000_000 }, false],
    [{ within: ['acme'] }, true],
    [{ within: [] }, true],
    [{ within: ['acme', 'beta'] }, false],
    [{ within: ['acme', 'beta'], by: ['company'] }, false],
    [{ within: ['acme', 'beta'], company: 'beta' }, true],
    [{ within: { companies: ['acme'], extensions: ['101'] }, company: 'acme' }, false],
  ])('%j: %s', (change, isKept) => {
    expect(reasonOf(change) === null).toBe(isKept);
  });
});
