import { DateTime, IANAZone } from 'luxon';
import { describe, expect, test } from 'vitest';
import {
  birthOf,
  sinceBirth,
  clockOf,
  instantsOf,
  isNever,
  isoOf,
  isUtc,
  isWholeEpoch,
  isZone,
  nearest,
  parseEpoch,
  parseIso,
  parseWall,
} from '../../src/cdr/time.ts';

const hour = 3_600_000;
const day = 24 * hour;
const wallForm = 'yyyy-MM-dd HH:mm:ss';

/** Beginnings of the hours after which a zone's offset is another one. */
function changesOf(zone: string, year: number): number[] {
  const at = IANAZone.create(zone);
  const changes: number[] = [];
  for (let ms = Date.UTC(year, 0, 1); ms < Date.UTC(year + 1, 0, 1); ms += hour) {
    if (at.offset(ms) !== at.offset(ms + hour)) changes.push(ms);
  }
  return changes;
}

const zones = [
  'Europe/London',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Asia/Kathmandu',
  'America/New_York',
  'Asia/Gaza',
];

describe('a wall time in a zone', () => {
  test.each(zones)('means every instant at which the clocks of %s show it, by luxon', (zone) => {
    for (const change of [2006, 2010, 2026].flatMap((year) => changesOf(zone, year))) {
      const shown = new Map<string, number[]>();
      for (let ms = change - 3 * hour; ms <= change + 4 * hour; ms += 60_000) {
        const wall = DateTime.fromMillis(ms, { zone }).toFormat(wallForm);
        shown.set(wall, [...(shown.get(wall) ?? []), ms * 1000]);
      }
      for (const [wall, instants] of shown) {
        const found = instantsOf(parseWall(wall)!, zone);
        // At the edges of the span the other instant of a doubled hour lies outside of what was walked through.
        expect(found, `${wall} in ${zone}`).toEqual(expect.arrayContaining(instants));
        const real = found.map((micros) => DateTime.fromMillis(micros / 1000, { zone }).toFormat(wallForm));
        expect(real, `${wall} in ${zone}`).toEqual(found.map(() => wall));
        expect(found).toEqual([...found].sort((a, b) => a - b));
      }
    }
  });

  test.each(zones)('of an ordinary day in %s is one instant, by luxon', (zone) => {
    for (let ms = Date.UTC(2024, 0, 1); ms < Date.UTC(2027, 0, 1); ms += 7 * hour + 61_000) {
      const at = DateTime.fromMillis(ms, { zone });
      const possible = at.getPossibleOffsets().map((one) => one.toMillis() * 1000);
      expect(instantsOf(parseWall(at.toFormat(wallForm))!, zone)).toEqual(possible.sort((a, b) => a - b));
    }
  });

  test('in the doubled hour of autumn has two meanings, the earlier first', () => {
    const wall = parseWall('2026-10-25 01:30:00')!;
    expect(instantsOf(wall, 'Europe/London').map(isoOf)).toEqual(['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z']);
  });

  test('in the doubled half hour of Lord Howe has two meanings half an hour apart', () => {
    const wall = parseWall('2026-04-05 01:45:00')!;
    const found = instantsOf(wall, 'Australia/Lord_Howe').map(isoOf);
    expect(found).toEqual(['2026-04-04T14:45:00Z', '2026-04-04T15:15:00Z']);
  });

  test('in the gap of spring is read by the clock before it', () => {
    const wall = parseWall('2026-03-29 01:30:00')!;
    expect(instantsOf(wall, 'Europe/London').map(isoOf)).toEqual(['2026-03-29T01:30:00Z']);
  });

  test('one minute after a change that was not at a full quarter is read right', () => {
    const wall = parseWall('2010-03-14 01:05:00')!;
    expect(instantsOf(wall, 'America/St_Johns').map(isoOf)).toEqual(['2010-03-14T03:35:00Z']);
  });

  test('keeps its microseconds', () => {
    const wall = parseWall('2026-07-01 12:00:00.000001')!;
    expect(instantsOf(wall, 'Europe/London').map(isoOf)).toEqual(['2026-07-01T11:00:00.000001Z']);
  });

  test.each(['UTC', 'utc', 'Etc/UTC', 'GMT', 'Etc/Greenwich', 'Zulu'])('in %s is UTC itself', (zone) => {
    expect(isUtc(zone)).toBe(true);
    expect(isZone(zone)).toBe(true);
    expect(instantsOf(5_000_000, zone)).toEqual([5_000_000]);
  });

  test('is remembered: a million rows of one day cost no look into the zone each', () => {
    const began = performance.now();
    const wall = parseWall('2026-06-01 00:00:00')!;
    for (let i = 0; i < 100_000; i++) instantsOf(wall + (i % 86_400) * 1e6, 'Europe/London');
    expect(performance.now() - began).toBeLessThan(500);
  });

  test('stays right when more days were asked for than are remembered', () => {
    const wall = parseWall('2026-10-25 01:30:00')!;
    for (let i = 0; i < 60_000; i++) instantsOf(wall + ((i * day) / 4) * 10, 'Asia/Kathmandu');
    expect(instantsOf(wall, 'Europe/London')).toHaveLength(2);
  });
});

describe('nearest', () => {
  test('takes the first when nothing is known, and the closest else', () => {
    expect(nearest([10, 20], null)).toBe(10);
    expect(nearest([10, 20], 19)).toBe(20);
    expect(nearest([10, 20], 15)).toBe(10);
    expect(nearest([10], 99)).toBe(10);
  });
});

describe('parseWall', () => {
  test.each(['2026-11-22 03:15:29', '2026-11-22T03:15:29'])('reads %s', (text) => {
    expect(isoOf(parseWall(text)!)).toBe('2026-11-22T03:15:29Z');
  });
  test('reads fractions of one to six digits', () => {
    expect(isoOf(parseWall('2026-11-22 03:15:29.5')!)).toBe('2026-11-22T03:15:29.500000Z');
    expect(isoOf(parseWall('2026-11-22 03:15:29.000009')!)).toBe('2026-11-22T03:15:29.000009Z');
  });
  test.each([
    '2026-02-29 00:00:00',
    '2026-13-01 00:00:00',
    '2026-00-10 00:00:00',
    '2026-01-01 24:00:00',
    '2026-01-01 00:60:00',
    '2026-12-31 23:59:60',
    '0099-01-01 00:00:00',
    '9999-12-31 23:59:59',
    '2026-1-1 0:0:0',
    '22/11/2026 03:15',
    '',
  ])('refuses %j', (text) => {
    expect(parseWall(text)).toBeUndefined();
  });
});

describe('parseEpoch', () => {
  test('reads seconds with and without a fraction', () => {
    expect(parseEpoch('1795317329.613914')).toBe(1_795_317_329_613_914);
    expect(parseEpoch('1795317329.5')).toBe(1_795_317_329_500_000);
    expect(parseEpoch('1795317329')).toBe(1_795_317_329_000_000);
    expect(parseEpoch('1795317329.123456789')).toBe(1_795_317_329_123_456);
  });
  test('takes zero for never', () => {
    expect(parseEpoch('0')).toBeNull();
    expect(parseEpoch('0.000000')).toBeNull();
  });
  test.each(['', '5', '17953173', '17953173291', '1795317329.', '-1', '1e9', '9999999999', '1795317329.1.2'])(
    'refuses %j',
    (text) => {
      expect(parseEpoch(text)).toBeUndefined();
    },
  );
  test('a header is whole only with its six decimals', () => {
    expect(isWholeEpoch('1795317329.613914')).toBe(true);
    expect(isWholeEpoch('0.000000')).toBe(true);
    expect(['1795317329', '1795317329.61391', '179', ''].some(isWholeEpoch)).toBe(false);
  });
});

test.each(['', '0000-00-00 00:00:00', '1970-01-01 00:00:00', '1970-01-01 05:45:00', '1969-12-31 19:00:00'])(
  '%j says never',
  (text) => {
    expect(isNever(text)).toBe(true);
  },
);
test('a time of this century does not say never', () => expect(isNever('2026-11-22 03:15:29')).toBe(false));

test('a record may begin at any instant since its channel was born, and at the last one if none is', () => {
  const [early, late] = [1_792_889_700e6, 1_792_893_300e6];
  expect(sinceBirth([early, late], null)).toEqual([early, late]);
  expect(sinceBirth([early, late], early + 2e6)).toEqual([early, late]);
  expect(sinceBirth([early, late], early + 2e6 + 1)).toEqual([late]);
  expect(sinceBirth([early, late], late + 60e6)).toEqual([late]);
});

test('the birth of a channel is the epoch in its uniqueid, with and without a system name', () => {
  expect(birthOf('1795314479.78')).toBe(1_795_314_479_000_000);
  expect(birthOf('pbx1-1795314479.78')).toBe(1_795_314_479_000_000);
  expect(birthOf('pbx-2024-1795314479.78')).toBe(1_795_314_479_000_000);
  for (const none of ['', '1795314479', 'a.b', '12345.6', '17953144790000.1']) expect(birthOf(none)).toBeNull();
});

describe('RFC 3339', () => {
  test.each([
    ['2026-11-22T03:15:29Z', '2026-11-22T03:15:29Z'],
    ['2026-11-22t03:15:29.411497z', '2026-11-22T03:15:29.411497Z'],
    ['2026-11-22T04:15:29+01:00', '2026-11-22T03:15:29Z'],
    ['2026-11-21T23:45:29-03:30', '2026-11-22T03:15:29Z'],
  ])('%s is %s', (text, instant) => {
    expect(isoOf(parseIso(text)!)).toBe(instant);
  });
  test.each(['2026-11-22T03:15:29', '2026-11-22', '2026-11-22T03:15:29+24:00', '2026-11-22T03:15:29+0100', 'now'])(
    'refuses %s',
    (text) => {
      expect(parseIso(text)).toBeUndefined();
    },
  );
});

describe('the clock of a zone', () => {
  test.each([
    ['UTC', '2026-11-22T03:15:29.411497Z', '2026-11-22T03:15:29.411497Z'],
    ['Europe/Berlin', '2026-11-22T03:15:29.411497Z', '2026-11-22T04:15:29.411497+01:00'],
    ['Europe/London', '2026-11-22T03:15:29Z', '2026-11-22T03:15:29+00:00'],
    ['America/St_Johns', '2026-11-22T03:15:29Z', '2026-11-21T23:45:29-03:30'],
    ['Asia/Kathmandu', '2026-11-22T23:59:59.9Z', '2026-11-23T05:44:59.900000+05:45'],
    ['Europe/Berlin', '2026-10-25T00:59:59Z', '2026-10-25T02:59:59+02:00'],
    ['Europe/Berlin', '2026-10-25T01:00:00Z', '2026-10-25T02:00:00+01:00'],
    ['America/St_Johns', '2010-11-07T02:30:59Z', '2010-11-07T00:00:59-02:30'],
    ['America/St_Johns', '2010-11-07T02:31:00Z', '2010-11-06T23:01:00-03:30'],
  ])('%s shows %s as %s', (zone, instant, shown) => {
    expect(clockOf(zone)(parseIso(instant)!)).toBe(shown);
  });

  test.each(['UTC', 'Europe/London', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Pacific/Apia'])(
    'in %s is the very instant, as luxon shows it',
    (zone) => {
      const clock = clockOf(zone);
      for (let at = 0; at < 3000; at++) {
        const micros = 1_262_000_000_000_000 + at * 178_123_456_789 + (at % 2) * 500_000;
        expect(parseIso(clock(micros))).toBe(micros);
        const luxon = DateTime.fromMillis(micros / 1000, { zone });
        expect(clock(micros).slice(0, 19)).toBe(luxon.toFormat("yyyy-MM-dd'T'HH:mm:ss"));
      }
    },
  );
});

test('whether a zone is one can be asked for every row of a file: ICU is asked once', () => {
  for (const zone of ['Europe/London', 'Mars/Olympus'])
    expect([zone, isZone(zone)]).toEqual([zone, zone !== 'Mars/Olympus']);
  const before = process.memoryUsage().rss;
  for (let row = 0; row < 20_000; row++) isZone('Europe/London');
  expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(100);
});

test('reads a wall time of a day that it has seen before as it read the first one, and refuses what is none', () => {
  const first = parseWall('2031-03-04 00:00:00')!;
  expect(first).toBe(Date.UTC(2031, 2, 4) * 1000);
  expect(parseWall('2031-03-04 23:59:58')).toBe(first + 86_398_000_000);
  expect(parseWall('2031-03-04T01:00:00')).toBe(first + 3_600_000_000);
  for (const time of ['24:00:00', '00:60:00', '00:00:60', '0x:00:00', ' 1:00:00', '01:00-00', '01-00:00'])
    expect(parseWall(`2031-03-04 ${time}`)).toBe(undefined);
  expect(parseWall('2031-03-04_01:00:00')).toBe(undefined);
  expect(parseWall('2031-02-29 01:00:00')).toBe(undefined);
});
