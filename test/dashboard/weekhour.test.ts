// One hour of the week as a filter: as often as the clock of the zone shows it, through the changes of that clock.
import { expect, it } from 'vitest';
import { readCallFilter } from '../../src/http/callfilter.ts';
import { queryOf } from '../../src/dashboard/search/criteria.ts';
import { timesOf, weekHourFilter, weekHourOf, weekHourText } from '../../src/dashboard/search/weekhour.ts';

const at = (text: string) => Date.parse(text);
const begins = (...asked: Parameters<typeof timesOf>) =>
  timesOf(...asked).map(({ from }) => new Date(from).toISOString().slice(0, 16));

it('reads what it writes, and nothing else', () => {
  expect(weekHourOf(weekHourText({ weekday: 7, hour: 23 }))).toEqual({ weekday: 7, hour: 23 });
  expect(['0-9', '8-9', '1-24', '1-09', '1', '', undefined].map(weekHourOf)).toEqual(new Array(7).fill(null));
});

it('is every such hour between two times, those that only begin or end there too', () => {
  const mondays = { weekday: 1, hour: 9 };
  const span = { from: at('2026-11-02T09:30:00Z'), to: at('2026-11-23T09:00:01Z') };
  expect(begins(mondays, span, 'UTC')).toEqual([
    ...['2026-11-23T09:00', '2026-11-16T09:00', '2026-11-09T09:00', '2026-11-02T09:00'],
  ]);
  expect(begins(mondays, { from: at('2026-11-02T10:00:00Z'), to: at('2026-11-23T09:00:00Z') }, 'UTC')).toEqual([
    ...['2026-11-16T09:00', '2026-11-09T09:00'],
  ]);
  expect(begins(mondays, { from: null, to: at('2026-11-23T09:00:00Z') }, 'UTC')).toHaveLength(53);
});

it('comes twice where the clock is set back, and not at all where it is set forward', () => {
  const sundays = { weekday: 7, hour: 2 };
  expect(
    begins(sundays, { from: at('2026-10-20T00:00:00Z'), to: at('2026-10-30T00:00:00Z') }, 'Europe/Berlin'),
  ).toEqual([...['2026-10-25T01:00', '2026-10-25T00:00']]);
  expect(
    begins(sundays, { from: at('2026-03-25T00:00:00Z'), to: at('2026-04-06T00:00:00Z') }, 'Europe/Berlin'),
  ).toEqual(['2026-04-05T00:00']);
});

it('is asked as a filter that the API reads, of a whole year too, and of no such hour nothing is found', () => {
  const year = { from: at('2025-11-20T00:00:00Z'), to: at('2026-11-23T00:00:00Z') };
  const filter = weekHourFilter(timesOf({ weekday: 5, hour: 17 }, year, 'Europe/Berlin'));
  expect(filter.length).toBeLessThan(4096);
  const { or } = readCallFilter(JSON.parse(filter));
  expect(or!.slice(0, -1)).toHaveLength(49);
  expect(or!.at(-1)!.or).toHaveLength(4);
  expect(readCallFilter(JSON.parse(weekHourFilter([])))).toEqual({ not: {} });
  const given = { range: 'custom', from: '2026-11-02T00:00:00Z', to: '2026-11-10T00:00:00Z', weekhour: '1-9' };
  expect(JSON.parse(queryOf(given, at('2026-11-23T00:00:00Z'), 'UTC')['filter'] as string)).toEqual({
    or: [
      { from: '2026-11-09T09:00:00Z', to: '2026-11-09T10:00:00Z' },
      { from: '2026-11-02T09:00:00Z', to: '2026-11-02T10:00:00Z' },
    ],
  });
});
