import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StatsClock } from '../../src/cdr/statsclock.ts';
import { clockOf } from '../../src/cdr/time.ts';

const micros = (text: string) => Date.parse(text) * 1000;
const year = [micros('2026-01-01T00:00:00Z'), micros('2027-01-01T00:00:00Z')] as const;
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Kiritimati',
];

describe('the clock of the statistics', () => {
  it('shows at every instant what the clock of exports shows', () => {
    fc.assert(
      fc.property(fc.integer({ min: year[0], max: year[1] - 1 }), fc.constantFrom(...zones), (at, zone) => {
        const { day, hour, quarter, offset } = new StatsClock(...year, zone).at(at);
        const text = clockOf(zone)(at);
        const [hours, minutes] = [Number(text.slice(11, 13)), Number(text.slice(14, 16))];
        expect([day, hour, quarter]).toEqual([text.slice(0, 10), hours, minutes - (minutes % 15)]);
        expect(micros(`${text.slice(0, 19)}Z`) - offset * 60e6).toBe(Math.floor(at / 1e6) * 1e6);
      }),
    );
  });

  it('counts weekdays from Monday', () => {
    const clock = new StatsClock(...year, 'America/Los_Angeles');
    // A Monday in London, still Sunday there.
    expect(clock.at(micros('2026-11-23T03:00:00Z'))).toMatchObject({ day: '2026-11-22', weekday: 7, hour: 19 });
    expect(clock.at(micros('2026-11-23T09:00:00Z'))).toMatchObject({ day: '2026-11-23', weekday: 1, hour: 1 });
  });

  it('knows clocks that were not set by quarters, and that did not jump at them', () => {
    const isByQuarters = (from: string, to: string, zone: string) =>
      new StatsClock(micros(from), micros(to), zone).isByQuarters;
    expect(isByQuarters('1971-01-01T00:00:00Z', '1971-02-01T00:00:00Z', 'Africa/Monrovia')).toBe(false);
    // One minute past midnight.
    expect(isByQuarters('2010-03-01T00:00:00Z', '2010-04-01T00:00:00Z', 'America/St_Johns')).toBe(false);
    expect(isByQuarters('2010-04-01T00:00:00Z', '2010-05-01T00:00:00Z', 'America/St_Johns')).toBe(true);
  });
});
