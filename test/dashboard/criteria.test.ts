// A search as the URL holds it, and what the API is asked for it.
import { describe, expect, it } from 'vitest';
import { callConditionSchemas } from '../../src/http/callfilter.ts';
import { conditionSchemas } from '../../src/http/filter.ts';
import {
  conditionsIn,
  furtherIn,
  isTooLongForWords,
  longestForWords,
  queryOf,
  ranges,
  rangeOf,
  rulesOf,
  secondsOf,
  spanOf,
  withoutOther,
} from '../../src/dashboard/search/criteria.ts';
import { readBy } from '../../src/dashboard/leftout.ts';

const now = Date.parse('2026-03-31T22:30:00Z');
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
const span = (given: Record<string, string>, zone: string) => {
  const { from, to } = spanOf(given, now, zone);
  return [iso(from), iso(to)];
};

describe('a search', () => {
  it('speaks of days and months of its zone', () => {
    expect(span({ range: 'today' }, 'UTC')).toEqual(['2026-03-31T00:00:00.000Z', null]);
    // In Berlin it is April already.
    expect(span({ range: 'today' }, 'Europe/Berlin')).toEqual(['2026-03-31T22:00:00.000Z', null]);
    expect(span({ range: 'month' }, 'Europe/Berlin')).toEqual(['2026-03-31T22:00:00.000Z', null]);
    expect(span({ range: 'lastmonth' }, 'Europe/Berlin')).toEqual([
      '2026-02-28T23:00:00.000Z',
      '2026-03-31T22:00:00.000Z',
    ]);
    expect(span({ range: 'yesterday' }, 'UTC')).toEqual(['2026-03-30T00:00:00.000Z', '2026-03-31T00:00:00.000Z']);
    expect(span({ range: '7d' }, 'UTC')).toEqual(['2026-03-25T00:00:00.000Z', null]);
    expect(span({}, 'UTC')).toEqual(['2026-03-30T22:30:00.000Z', null]);
    expect(span({ range: 'all' }, 'UTC')).toEqual([null, null]);
    expect(span({ range: 'custom', from: '2026-01-01T00:00:00Z', to: 'x' }, 'UTC')).toEqual([
      '2026-01-01T00:00:00.000Z',
      null,
    ]);
  });

  it('never begins after it ends', () => {
    for (const range of ranges) {
      const { from, to } = spanOf({ range }, now, 'America/New_York');
      if (from !== null && to !== null) expect(from).toBeLessThan(to);
    }
  });

  it('asks calls only for what calls know, and records for what they know', () => {
    const given = {
      range: 'all',
      outcome: 'missed',
      disposition: 'BUSY',
      text: 'mill',
      company: ' acme ',
      min: '1:30',
      call: '7',
    };
    expect(queryOf(given, now, 'UTC')).toEqual({
      ...{ outcome: 'missed', text: 'mill', company: 'acme', min_duration: 90 },
      // Words are searched between two times.
      to: '2026-04-01T22:30:00.000Z',
    });
    expect(queryOf({ ...given, kind: 'records' }, now, 'UTC')).toEqual({
      ...{ disposition: 'BUSY', text: 'mill', company: 'acme', min_duration: 90 },
      to: '2026-04-01T22:30:00.000Z',
    });
    const all = Object.keys(callConditionSchemas).map((name): [string, string] => [name, 'x']);
    const asked = Object.keys(queryOf({ ...Object.fromEntries(all), range: 'all' }, now, 'UTC'));
    expect(asked.filter((name) => !(name in callConditionSchemas))).toEqual([]);
  });

  it('knows for how long a time words can be looked for', () => {
    const isTooLong = (given: Record<string, string>) => isTooLongForWords({ text: 'mill', ...given }, now, 'UTC');
    expect([isTooLong({ range: 'all' }), isTooLong({ range: '30d' }), isTooLong({ range: 'all', text: '' })]).toEqual([
      true,
      false,
      false,
    ]);
    const year = longestForWords(now);
    expect([isTooLong(year), isTooLong({ ...year, from: iso(Date.parse(year['from']!) - 1)! })]).toEqual([false, true]);
    const { from, to } = queryOf({ ...year, text: 'mill' }, now, 'UTC');
    expect(Date.parse(to as string) - Date.parse(from as string)).toBe(366 * 86_400_000);
  });

  it('knows which of its conditions have no field of their own', () => {
    const given = { company: 'acme', trunk: 'telco', text: 'mill', src: '101', linkedid: '1.1', tag: '' };
    expect(furtherIn(given)).toEqual(['linkedid', 'trunk']);
    expect(furtherIn({ ...given, kind: 'records' })).toEqual(['linkedid', 'src']);
  });

  it('reads seconds, minutes and hours, and nothing else', () => {
    expect(['90', '1:30', ' 1:02:03 ', '', 'x', '-1', '1.5'].map(secondsOf)).toEqual([
      90,
      90,
      3723,
      null,
      null,
      null,
      null,
    ]);
  });

  it.each([
    ['min', '1:30', 'abc'],
    ['max', '90', '1.5'],
    ['from', '2026-11-22', '2026-13-41'],
    ['to', '2026-11-22T08:00:00+01:00', '8'],
    ['zone', 'Europe/London', 'Mars/Base'],
    ['range', '7d', 'ever'],
    ['kind', 'records', 'cats'],
    ['direction', 'inbound', 'sideways'],
    ['outcome', 'missed', 'MISSED'],
    ['person', 'yes', 'maybe'],
    ['weekhour', '1-9', '9-1'],
    ['call', '7', 'seven'],
  ])('leaves out what it does not understand of %s, keeps the rest, and counts neither', (name, good, bad) => {
    const rules = rulesOf('calls', 'UTC');
    expect(readBy(rules, { [name]: good, company: 'acme' }).leftOut).toEqual([]);
    const { given, leftOut } = readBy(rules, { [name]: bad, company: 'acme', text: '' });
    expect(leftOut).toEqual([{ name, value: bad }]);
    expect(given).toEqual({ company: 'acme', text: '' });
    expect(conditionsIn(given)).toBe(1);
  });

  it('leaves out names that nobody knows, and those of the other kind; a change of the kind takes them away', () => {
    const address = { tag: 'vip', caller: '101', colour: 'red', toString: 'x' };
    expect(readBy(rulesOf('calls', 'UTC'), address).given).toEqual({ caller: '101' });
    expect(readBy(rulesOf('records', 'UTC'), address).given).toEqual({ tag: 'vip' });
    expect(withoutOther('records')).toMatchObject({ caller: '', outcome: '' });
    expect(withoutOther('calls')).toMatchObject({ tag: '', disposition: '' });
    expect(withoutOther('calls')).not.toHaveProperty('caller');
  });

  it('understands every word of the API', () => {
    for (const [kind, schemas] of [
      ['calls', callConditionSchemas],
      ['records', conditionSchemas],
    ] as const) {
      const words = Object.entries(schemas).flatMap(([name, schema]) =>
        ((schema as { enum?: string[] }).enum ?? []).map((word) => ({ [name]: word })),
      );
      expect(words.length).toBeGreaterThan(10);
      for (const word of words) expect(readBy(rulesOf(kind, 'UTC'), word).leftOut).toEqual([]);
    }
  });

  it('takes a time that stands alone as picked, and days as those of its zone', () => {
    expect([rangeOf({ from: '2026-11-22' }), rangeOf({ from: '2026-11-22', range: 'all' }), rangeOf({})]).toEqual([
      ...['custom', 'all', '24h'],
    ]);
    expect(span({ from: '2026-01-02', to: '2026-07-02' }, 'Europe/Berlin')).toEqual([
      '2026-01-01T23:00:00.000Z',
      '2026-07-01T22:00:00.000Z',
    ]);
  });

  it('counts its conditions without the time and what is open', () => {
    expect(conditionsIn({ range: '7d', zone: 'UTC', call: '3', company: 'acme', tag: '' })).toBe(1);
  });
});
