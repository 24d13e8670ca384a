import { describe, expect, test } from 'vitest';
import { dispositions, type Cdr } from '../../src/cdr/cdr.ts';
import { texts } from '../../src/cdr/fields.ts';
import { normalise } from '../../src/cdr/normalise.ts';
import { isoOf } from '../../src/cdr/time.ts';
import { amiRow, amiRows, apiRow, byAcctid, changed, eventOf, tableRow, tableRows, without } from './rows.ts';

const second = (micros: number | null) => (micros === null ? null : Math.floor(micros / 1e6));

/** What an event and its row may differ in: the trust and the fraction of the times, and a variable nobody set. */
function common({ custom, ...cdr }: Cdr) {
  const set = Object.fromEntries(Object.entries(custom).filter(([, value]) => value !== ''));
  return {
    ...cdr,
    timeOrigin: null,
    start: second(cdr.start),
    answer: second(cdr.answer),
    end: second(cdr.end),
    custom: set,
  };
}

describe('the real capture', () => {
  test('has 40 events and 40 rows, each event with its row', () => {
    expect([amiRows.length, tableRows.length]).toEqual([40, 40]);
    expect(new Set(amiRows.map(({ fields }) => fields['sequence'])).size).toBe(40);
  });

  test.each(tableRows.map((row) => [row.fields['acctid'] as number]))(
    'event and row %i tell the same record',
    (acctid) => {
      const event = normalise(eventOf(acctid), 'pbx1');
      const row = normalise(byAcctid(acctid), 'pbx1');
      expect(common(event)).toEqual(common(row));
      expect([event.timeOrigin, row.timeOrigin]).toEqual(['epoch', 'utc']);
      // The event has a header for each mapped variable; the row has NULL where the dialplan set none.
      expect(event.custom).toHaveProperty('company');
      if (row.custom['company'] === undefined) expect(event.custom['company']).toBe('');
    },
  );

  test('an event becomes this record', () => {
    expect(normalise(eventOf(81), 'pbx1')).toEqual({
      system: 'pbx1',
      uniqueid: '1795317329.11',
      sequence: 7,
      linkedid: '1795317329.11',
      start: 1_795_317_329_509_170,
      answer: 1_795_317_329_512_426,
      end: 1_795_317_331_519_353,
      timeOrigin: 'epoch',
      duration: 2,
      billsec: 2,
      disposition: 'ANSWERED',
      amaflags: 3,
      clid: '"Alice" <101>',
      src: '101',
      dst: '102',
      dcontext: 'acme-internal',
      channel: 'PJSIP/acme-101-00000005',
      dstchannel: 'PJSIP/acme-102-00000006',
      lastapp: 'Dial',
      lastdata: 'PJSIP/acme-102,10',
      accountcode: 'acme',
      peeraccount: 'acme',
      userfield: '',
      custom: { company: '' },
    });
  });

  test('an unanswered call has no answer, by either source', () => {
    expect([normalise(eventOf(47), 'a').answer, normalise(byAcctid(47), 'a').answer]).toEqual([null, null]);
  });

  test('a name outside ASCII and quotes in it come through', () => {
    expect(normalise(eventOf(54), 'a').clid).toBe('"Zoë \\"the Boss\\" <Müller>" <101>');
  });
});

describe('an event without mapped headers', () => {
  const mapped = [
    'linkedid',
    'sequence',
    'peeraccount',
    'startepoch',
    'answerepoch',
    'endepoch',
    'billsecf',
    'company',
  ];
  const bareEvent = without(eventOf(81), ...mapped);

  test('does not know what it was not told', () => {
    const cdr = normalise(bareEvent, 'a');
    expect([cdr.linkedid, cdr.sequence, cdr.peeraccount, cdr.custom]).toEqual([null, null, null, {}]);
  });

  test('has its times in the zone of the system', () => {
    const cdr = normalise({ ...bareEvent, timezone: 'America/New_York' }, 'a');
    expect([isoOf(cdr.start), cdr.timeOrigin]).toEqual(['2026-11-22T08:15:29Z', 'local']);
  });

  test('tells the doubled autumn hour by the birth of the channel, end and answer by the start', () => {
    const times = {
      starttime: '2026-10-25 01:59:50',
      answertime: '2026-10-25 01:00:10',
      endtime: '2026-10-25 01:00:20',
    };
    const row = changed(
      { ...bareEvent, timezone: 'Europe/London' },
      { ...times, duration: '30', billableseconds: '10' },
    );
    const first = normalise(changed(row, { uniqueid: '1792889989.1' }), 'a');
    expect([first.start, first.answer, first.end].map((at) => isoOf(at!))).toEqual([
      '2026-10-25T00:59:50Z',
      '2026-10-25T01:00:10Z',
      '2026-10-25T01:00:20Z',
    ]);
    const second = normalise(changed(row, { uniqueid: 'pbx-1792893589.1', starttime: '2026-10-25 01:59:50' }), 'a');
    expect(isoOf(second.start)).toBe('2026-10-25T01:59:50Z');
  });

  test.each([
    // The channel was born at 01:50 on the first of the two clocks.
    ['01:25:00', '2026-10-25T01:25:00Z', 'local'],
    ['01:40:00', '2026-10-25T01:40:00Z', 'local'],
    ['01:45:00', '2026-10-25T01:45:00Z', 'local'],
    ['01:49:57', '2026-10-25T01:49:57Z', 'local'],
    ['01:49:58', '2026-10-25T00:49:58Z', 'doubled'],
    ['01:55:00', '2026-10-25T00:55:00Z', 'doubled'],
    ['00:10:00', '2026-10-24T23:10:00Z', 'local'],
  ])('never begins a record before its channel was born: %s in the doubled hour is %s', (wall, start, origin) => {
    const row = tableRow(
      {
        ...{ uniqueid: '1792889400.1', calldate: `2026-10-25 ${wall}`, duration: 5, disposition: 'ANSWERED' },
      },
      'Europe/London',
    );
    const cdr = normalise(row, 'a');
    expect([isoOf(cdr.start), cdr.timeOrigin]).toEqual([start, origin]);
  });

  test('tells the answer in the doubled hour without an end, too', () => {
    const table = tableRow(
      {
        ...{ calldate: '2026-10-25 01:30:00', answer: '2026-10-25 01:30:05', uniqueid: '1792891800.1' },
        ...{ duration: 10, billsec: 5, disposition: 'ANSWERED' },
      },
      'Europe/London',
    );
    // 1792891800 is 01:30:00 UTC, the second time the clocks show it.
    const cdr = normalise(table, 'a');
    expect([cdr.start, cdr.answer].map((at) => isoOf(at!))).toEqual(['2026-10-25T01:30:00Z', '2026-10-25T01:30:05Z']);
  });
});

test.each(['', '17953', '1795317329.41302', 'StartEpoch'])(
  'an epoch header cut to %j gives way to the wall time beside it',
  (startepoch) => {
    const cdr = normalise(changed(eventOf(81), { startepoch }), 'a');
    expect([isoOf(cdr.start), cdr.timeOrigin]).toEqual(['2026-11-22T03:15:29Z', 'utc']);
  },
);

test('empty is known to be empty, absent and NULL are unknown', () => {
  const row = without(changed(byAcctid(81), { dst: '', lastdata: null }), 'userfield');
  const { dst, lastdata, userfield } = normalise(row, 'a');
  expect([dst, lastdata, userfield]).toEqual(['', null, null]);
});

test.each([...dispositions, 'no answer', 'NOANSWER', 'NO_ANSWER', ' Answered '])('%j is a disposition', (word) => {
  const { disposition } = normalise(changed(byAcctid(81), { disposition: word }), 'a');
  expect(dispositions).toContain(disposition);
  expect(disposition.replace(/\W/, '')).toBe(word.trim().toUpperCase().replace(/[\W_]/, ''));
});

test.each([
  [0, 'NO ANSWER'],
  [1, 'NO ANSWER'],
  [2, 'FAILED'],
  [4, 'BUSY'],
  [8, 'ANSWERED'],
  ['16', 'CONGESTION'],
])('the number %j in a disposition column is %s', (number, word) => {
  expect(normalise(changed(byAcctid(81), { disposition: number }), 'a').disposition).toBe(word);
});

test.each([
  ['OMIT', 1],
  ['BILLING', 2],
  ['bill', 2],
  ['Documentation', 3],
  ['default', 3],
  ['Unknown', null],
  ['', null],
  [null, null],
  [0, 0],
  ['3', 3],
  [99, 99],
])('amaflags %j is %j', (given, number) => {
  expect(normalise(changed(byAcctid(81), { amaflags: given }), 'a').amaflags).toBe(number);
});

describe('a written record', () => {
  const written = {
    ...{ uniqueid: '1795317329.17', start: '2026-11-22T04:15:29.5+01:00', duration: 2, billsec: 1 },
    ...{ disposition: 'ANSWERED', src: '101', custom: { DID: '+441632960100' } },
  };

  test('speaks the words of a record, times with their zone', () => {
    const cdr = normalise(apiRow(written), 'pbx1');
    expect([isoOf(cdr.start), cdr.timeOrigin]).toEqual(['2026-11-22T03:15:29.500000Z', 'utc']);
    expect([cdr.src, cdr.dst, cdr.custom]).toEqual(['101', null, { did: '+441632960100' }]);
  });

  test('every text of it is a field under its own name', () => {
    const all = Object.fromEntries(texts.map(({ name }) => [name, `a ${name}`]));
    expect(normalise(apiRow({ ...written, ...all }), 'a')).toMatchObject(all);
  });

  test('with half a surrogate pair is what the database will give back', () => {
    expect(normalise(apiRow({ ...written, uniqueid: 'x\ud800' }), 'a').uniqueid).toBe('x\ufffd');
  });
});

test('a row costs about 20 microseconds, the best of several rounds on a busy machine', () => {
  for (const rows of [amiRows, tableRows]) {
    const local = rows.map((row) => ({ ...row, timezone: 'Europe/London' }));
    const rounds = Array.from({ length: 40 }, () => {
      const began = performance.now();
      for (let i = 0; i < 20; i++) for (const row of local) normalise(row, 'a');
      return ((performance.now() - began) * 1000) / (20 * local.length);
    });
    expect(Math.min(...rounds)).toBeLessThan(40);
  }
});

test('an event whose own headers a mapping repeats is one record', () => {
  const twice = amiRow({ ...eventOf(81).fields, accountcode: ['acme', 'acme'], company: ['x', 'x'] });
  expect(normalise(twice, 'a')).toMatchObject({ accountcode: 'acme', custom: { company: 'x' } });
});
