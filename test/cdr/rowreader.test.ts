// What a person is told about a bad row, and what hostile rows cannot do.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalise, type RawRow, type RawValue } from '../../src/cdr/normalise.ts';
import { BadRecord } from '../../src/errors.ts';
import { amiRow, apiRow, bare, byAcctid, changed, eventOf, tableRow, without } from './rows.ts';

function messageOf(row: RawRow): string {
  try {
    normalise(row, 'pbx1');
  } catch (error) {
    if (error instanceof BadRecord) return error.message;
    throw error;
  }
  return '';
}

const written = { uniqueid: '1.2', start: '2026-11-22T03:15:29Z', duration: 2, billsec: 1, disposition: 'ANSWERED' };
const seconds = 'a whole number of seconds from 0 to 9999999999';
const words = 'one of NO ANSWER, FAILED, BUSY, ANSWERED, CONGESTION, CANCEL, UNKNOWN';
let deep: RawValue = 'x';
for (let i = 0; i < 100_000; i++) deep = [deep];

describe('a bad row is told what was found and what was expected', () => {
  test.each<[RawRow, string]>([
    [changed(eventOf(81), { uniqueid: ' ' }), 'uniqueid: is missing or empty, expected a unique id like 1795317329.20'],
    [changed(eventOf(81), { duration: 'x' }), `duration: "x" is not ${seconds}`],
    [changed(eventOf(81), { duration: '-1' }), `duration: "-1" is not ${seconds}`],
    [changed(eventOf(81), { billableseconds: '1e3' }), `billableseconds: "1e3" is not ${seconds}`],
    [without(byAcctid(81), 'duration'), `duration: is missing or empty, expected ${seconds}`],
    [changed(byAcctid(81), { sequence: '7.5' }), 'sequence: "7.5" is not a whole number from 0 to 9999999999'],
    [changed(byAcctid(81), { disposition: 'GONE' }), `disposition: "GONE" is not ${words}`],
    [changed(byAcctid(81), { disposition: null }), `disposition: is missing or empty, expected ${words}`],
    [
      changed(byAcctid(81), { amaflags: 'often' }),
      'amaflags: "often" is not OMIT, BILLING, DOCUMENTATION or a number from 0 to 99',
    ],
    [
      changed(byAcctid(81), { calldate: '22/11/2026 03:15' }),
      'calldate: "22/11/2026 03:15" is not a time like 2026-11-22 03:15:29',
    ],
    [without(byAcctid(81), 'calldate'), 'calldate: is missing or empty, expected a time like 2026-11-22 03:15:29'],
    [
      changed(byAcctid(81), { calldate: '1970-01-01 00:01:00' }),
      'calldate: "1970-01-01 00:01:00" is not a time like 2026-11-22 03:15:29',
    ],
    [
      changed(without(byAcctid(81), 'calldate'), { start: 'now' }),
      'start: "now" is not a time like 2026-11-22 03:15:29',
    ],
    [changed(byAcctid(81), { end: 'later' }), 'end: "later" is not a time like 2026-11-22 03:15:29'],
    [
      apiRow({ ...written, start: '2026-11-22 03:15:29' }),
      'start: "2026-11-22 03:15:29" is not a time like 2026-11-22T03:15:29Z',
    ],
    [
      apiRow({ ...written, start: '9999-01-01T00:00:00Z' }),
      'start: "9999-01-01T00:00:00Z" is not a time like 2026-11-22T03:15:29Z',
    ],
    [apiRow({ ...written, uniqueid: 1.2 }), 'uniqueid: 1.2 is a number, expected a text like "1795317329.20"'],
    [apiRow({ ...written, src: { a: 1 } }), 'src: an object is not a text'],
    [apiRow({ ...written, src: ['a', 'b'] }), 'src: a list of 2 is not a text'],
    [
      changed(eventOf(81), { accountcode: ['acme', 'other', 'x', 'y'] }),
      'accountcode: comes 4 times ("acme", "other", "x"), expected one value',
    ],
    [
      changed(byAcctid(81), { src: 'é'.repeat(256) }),
      `src: "${'é'.repeat(80)}…" has 256 characters, expected at most 255`,
    ],
    [
      changed(byAcctid(81), { uniqueid: '1'.repeat(151) }),
      `uniqueid: "${'1'.repeat(80)}…" has 151 characters, expected at most 150`,
    ],
    [changed(eventOf(81), { disposition: 'a"b\nc' }), `disposition: "a\\"b\\nc" is not ${words}`],
    [apiRow({ ...written, custom: 'did=1' }), 'custom: "did=1" is not an object of texts'],
    [apiRow({ ...written, custom: ['did'] }), 'custom: a list of 1 is not an object of texts'],
    [apiRow({ ...written, custom: { did: 1 } }), 'custom.did: "1" is not a text'],
    [apiRow({ ...written, custom: { did: null } }), 'custom.did: nothing is not a text'],
    [apiRow({ ...written, custom: { 'a b': 'x' } }), 'custom: "a b" is not a name of letters, digits, _ . and -'],
    [
      apiRow({ ...written, custom: { DID: '1', did: '2' } }),
      'custom.did: comes in upper and in lower case, expected one',
    ],
    [apiRow({ ...written, custom: { a: 'x'.repeat(4097) } }), 'custom.a: has 4097 characters, expected at most 4096'],
    [
      apiRow({ ...written, custom: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`v${i}`, 'x'])) }),
      'custom: has 65 values, expected at most 64',
    ],
  ])('in its own words (%#)', (row, message) => {
    expect(messageOf(row)).toBe(message);
  });

  test('all that is wrong is told at once, each field once', () => {
    const faults = messageOf(tableRow({ duration: 'x', calldate: 'y', amaflags: 'z' })).split('; ');
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'uniqueid',
      'duration',
      'calldate',
      'disposition',
      'amaflags',
    ]);
    const nothing = messageOf(amiRow({})).split('; ');
    expect(nothing.map((fault) => fault.split(':')[0])).toEqual(['uniqueid', 'duration', 'starttime', 'disposition']);
  });

  test('the longest value of each kind is still taken', () => {
    const most = { src: 's'.repeat(255), lastdata: 'l'.repeat(4096), uniqueid: '1'.repeat(150), did: 'd'.repeat(4096) };
    expect(messageOf(changed(byAcctid(81), most))).toBe('');
  });
});

describe('hostile rows', () => {
  test('a value nested a hundred thousand deep is a fault like any other', () => {
    const message = messageOf(apiRow({ ...written, src: deep, custom: { a: deep } }));
    expect(message).toBe('src: a list of 1 is not a text; custom.a: a list of 1 is not a text');
  });

  test('names that objects answer to never become values', () => {
    const names = { ['__proto__']: 'x', constructor: 'x', hasownproperty: 'y', tostring: 'z' };
    for (const row of [changed(eventOf(81), names), apiRow({ ...written, custom: bare({ ['__proto__']: 'x' }) })]) {
      const message = messageOf(row);
      if (message !== '') expect(message).toBe('custom: "__proto__" is not a name of letters, digits, _ . and -');
      else expect(normalise(row, 'a').custom).toEqual({ company: '', hasownproperty: 'y', tostring: 'z' });
    }
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  test('of a very wide table the first 64 further columns are kept', () => {
    const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`v${i}`, String(i)]));
    const { custom } = normalise(changed(without(byAcctid(81), 'company'), wide), 'a');
    expect(Object.keys(custom)).toEqual(Array.from({ length: 64 }, (_, i) => `v${i}`));
  });

  test('headers of every AMI event are no values of the record', () => {
    const debug = { timestamp: '1.2', sequencenumber: '4', file: 'cdr.c', line: '8', func: 'post', systemname: 'p' };
    expect(normalise(changed(eventOf(81), { event: 'Cdr', privilege: 'cdr,all', ...debug }), 'a').custom).toEqual({
      company: '',
    });
  });

  const value: fc.Arbitrary<RawValue> = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.constantFrom('1795317329.20', '2026-11-22 03:15:29', '1970-01-01 00:00:00', '5', 'ANSWERED', '', '0.000000'),
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.jsonValue() as fc.Arbitrary<RawValue>,
    fc.array(fc.string(), { maxLength: 4 }),
  );
  const good = { ...eventOf(81).fields, ...byAcctid(81).fields, ...written };
  const names = fc.oneof(fc.constantFrom(...Object.keys(good), 'custom', '__proto__', 'constructor'), fc.string());

  test('any row gives a record or a BadRecord, and the record has only values of its types', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('ami' as const, 'table' as const, 'api' as const),
        fc.constantFrom('UTC', 'Europe/London', 'Australia/Lord_Howe'),
        fc.boolean(),
        fc.array(fc.tuple(names, value), { maxLength: 12 }),
        (kind, timezone, isGoodElsewhere, entries) => {
          const fields = bare(isGoodElsewhere ? (kind === 'api' ? written : good) : {});
          for (const [name, found] of entries) fields[name] = found;
          try {
            const cdr = normalise({ kind, timezone, fields }, 'pbx1');
            for (const at of [cdr.start, cdr.answer ?? 0, cdr.end ?? 0, cdr.duration, cdr.billsec, cdr.sequence ?? 0]) {
              expect(Number.isSafeInteger(at) && at >= 0).toBe(true);
            }
            expect(cdr.uniqueid.length).toBeGreaterThan(0);
            expect(Object.values(cdr.custom).every((text) => typeof text === 'string')).toBe(true);
          } catch (error) {
            if (!(error instanceof BadRecord)) throw error;
            expect(error.faults.every(({ field, message }) => field !== '' && message.length < 400)).toBe(true);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test.each(['1', '1.', '9999999999.', 'x111111111.', '2026-', 'a=', ';', ' ', '\u0000', 'PJSIP/1-', '{', 'é'])(
    'a megabyte of %j in every field costs milliseconds',
    (piece) => {
      const long = piece.repeat(Math.ceil(1_000_000 / piece.length));
      for (const kind of ['ami', 'table', 'api'] as const) {
        const fields = bare(Object.fromEntries(Object.keys(good).map((name) => [name, long])));
        const began = performance.now();
        expect(messageOf({ kind, timezone: 'UTC', fields })).toContain('expected');
        expect(performance.now() - began).toBeLessThan(500);
      }
    },
  );
});
