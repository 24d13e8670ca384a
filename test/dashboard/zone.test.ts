// The clock of a zone on the page, held against luxon.
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import {
  clockText,
  dateText,
  dayOf,
  instantOf,
  isZone,
  pickedAt,
  pickerText,
  wallOf,
} from '../../src/dashboard/zone.ts';

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe'];
const year = Date.parse('2026-01-01T00:00:00Z');
const moments = Array.from({ length: 200 }, (_, at) => year + at * 159_753_000);

describe('the clock of a zone', () => {
  it.each(zones)('reads in %s as luxon reads it, and finds the way back', (zone) => {
    for (const ms of moments) {
      const { year: y, month, day, hour, minute, second } = DateTime.fromMillis(ms, { zone });
      expect(wallOf(ms, zone)).toEqual({ year: y, month, day, hour, minute, second });
      expect(wallOf(instantOf(wallOf(ms, zone), zone), zone)).toEqual(wallOf(ms, zone));
      expect(dayOf(ms, zone)).toBe(DateTime.fromMillis(ms, { zone }).startOf('day').toMillis());
      expect(dayOf(ms, zone, -6)).toBe(DateTime.fromMillis(ms, { zone }).startOf('day').minus({ days: 6 }).toMillis());
    }
  });

  it('takes the first of an hour that comes twice, and goes on after one that is left out', () => {
    const berlin = 'Europe/Berlin';
    expect(new Date(pickedAt('2026-10-25T02:30', berlin)!).toISOString()).toBe('2026-10-25T00:30:00.000Z');
    expect(new Date(pickedAt('2026-03-29T02:30', berlin)!).toISOString()).toBe('2026-03-29T01:30:00.000Z');
  });

  it('shows what a picker holds, and reads it again', () => {
    const ms = Date.parse('2026-11-22T23:05:33Z');
    expect([dateText(ms, 'Asia/Kathmandu'), clockText(ms, 'Asia/Kathmandu')]).toEqual(['2026-11-23', '04:50:33']);
    expect(pickedAt(pickerText(ms, 'Asia/Kathmandu'), 'Asia/Kathmandu')).toBe(ms - 33_000);
    expect(pickedAt('', 'UTC')).toBe(null);
    expect([isZone('Europe/Berlin'), isZone('Mars/Olympus')]).toEqual([true, false]);
  });
});
