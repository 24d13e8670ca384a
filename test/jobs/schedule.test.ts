import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isoOf } from '../../src/cdr/time.ts';
import { Schedule, scheduleFault } from '../../src/jobs/schedule.ts';

/** When a schedule is due after a time, and after that, and so on. */
async function dues(cron: string, zone: string, from: string, count = 3): Promise<string[]> {
  const schedule = new Schedule(cron, zone);
  vi.setSystemTime(from);
  const found = [];
  for (let at = 0; at < count; at++) {
    const next = schedule.next();
    found.push(isoOf(next));
    vi.setSystemTime(next / 1000);
  }
  await schedule.close();
  return found;
}

describe('a schedule', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  it('is due by the wall clock of its zone, in summer and in winter', async () => {
    expect(await dues('15 3 * * *', 'Europe/Berlin', '2026-01-10T12:00:00Z', 1)).toEqual(['2026-01-11T02:15:00Z']);
    expect(await dues('15 3 * * *', 'Europe/Berlin', '2026-07-10T12:00:00Z', 1)).toEqual(['2026-07-11T01:15:00Z']);
    expect(await dues('*/20 * * * *', 'UTC', '2026-01-10T12:00:00Z')).toEqual([
      '2026-01-10T12:20:00Z',
      '2026-01-10T12:40:00Z',
      '2026-01-10T13:00:00Z',
    ]);
  });

  it('whose time a spring night leaves out is due when the clock is moved, once', async () => {
    // 29 March 2026: 02:00 in Berlin is followed by 03:00, at 01:00 UTC.
    expect(await dues('30 2 * * *', 'Europe/Berlin', '2026-03-27T12:00:00Z')).toEqual([
      '2026-03-28T01:30:00Z',
      '2026-03-29T01:00:00Z',
      '2026-03-30T00:30:00Z',
    ]);
    expect(await dues('59 2 * * 0', 'Europe/Berlin', '2026-03-27T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00:00Z',
      '2026-04-05T00:59:00Z',
    ]);
    // Not on a night that leaves out another hour, and not one that is an hour of that night.
    expect(await dues('30 1 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T00:30:00Z',
      '2026-03-29T23:30:00Z',
    ]);
    expect(await dues('0 3 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00:00Z',
      '2026-03-30T01:00:00Z',
    ]);
  });

  it('once a year, in the very hour that year leaves out, is not a year late', async () => {
    expect(await dues('30 2 29 3 *', 'Europe/Berlin', '2025-06-01T00:00:00Z', 2)).toEqual([
      '2026-03-29T01:00:00Z',
      '2027-03-29T00:30:00Z',
    ]);
  });

  it('knows gaps of half an hour, and west of Greenwich', async () => {
    // 4 October 2026: 02:00 on Lord Howe is followed by 02:30. 8 March 2026: 02:00 in New York by 03:00.
    expect(await dues('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00:00Z', 2)).toEqual([
      '2026-10-03T15:30:00Z',
      '2026-10-04T15:15:00Z',
    ]);
    expect(await dues('30 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z', 2)).toEqual([
      '2026-03-08T07:00:00Z',
      '2026-03-09T06:30:00Z',
    ]);
  });

  it('whose time an autumn night has twice is due once', async () => {
    // 25 October 2026: 03:00 in Berlin is followed by 02:00, at 01:00 UTC.
    const night = await dues('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2);
    expect(['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z']).toContain(night[0]);
    expect(night[1]).toBe('2026-10-26T01:30:00Z');
  });

  it.each(['17 3 * * *', '*/5 * * * 1-5', '0 0 1 jan *', '@daily', 'off'])('may be %j', (text) => {
    expect(scheduleFault(text)).toBeNull();
  });

  it.each([
    ['61 * * * *', /61 is a invalid expression for minute/],
    ['* * * *', /expected five fields of cron/],
    ['0 17 3 * * *', /expected five fields of cron/],
    ['0 0 31 2 *', /impossible day/],
    ['@sometimes', /found "@sometimes", expected five fields/],
    ['', /found ""/],
    ['17 3 * * $(x)', /illegal characters/],
    ['17 * *99999999999999999999 * *', /99999999999999999999 has more than the two digits of a time/],
    ['0-4294967295 * * * *', /4294967295 has more than/],
  ])('may not be %j', (text, fault) => {
    expect(scheduleFault(text)).toMatch(fault);
  });
});
