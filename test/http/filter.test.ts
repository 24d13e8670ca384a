import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ClientError } from '../../src/errors.ts';
import { checkText, filterLimits, readFilter } from '../../src/http/filter.ts';

const day = 86_400_000_000;
const nested = (depth: number): unknown => (depth === 1 ? { company: 'acme' } : { not: nested(depth - 1) });
const listOf = (length: number) => Array.from({ length }, () => ({}));

test('the documented form is read as it stands', () => {
  const given = {
    and: [{ company: 'acme' }, { not: { disposition: 'BUSY' } }],
    or: [{ tag: 'VIP' }, { prefix: '+44' }],
  };
  expect(readFilter(given)).toEqual(given);
  expect(
    readFilter({ from: '1970-01-02T00:00:00Z', to: '1970-01-03T01:00:00+01:00', min_duration: 1, max_duration: 2 }),
  ).toEqual({
    ...{ from: day, until: 2 * day, minDuration: 1, maxDuration: 2 },
  });
});

test('a day is the midnight of UTC with which it begins', () => {
  expect(readFilter({ from: '1970-01-02', to: '1970-01-03' })).toEqual({ from: day, until: 2 * day });
  expect(() => readFilter({ from: '1970-02-30' })).toThrow('filter.from: "1970-02-30" is not a time');
});

test.each([
  ['acme', 'filter: "acme" is not a filter like {"company":"acme"}'],
  [null, 'filter: nothing is not a filter'],
  [[{}], 'filter: a list is not a filter'],
  [{ compnay: 'x' }, 'filter.compnay: is not known, expected one of from, to, company'],
  [{ and: [{}, { or: [{ src: '' }] }] }, 'filter.and.1.or.0.src: "" is not a text of 1 to 255 characters'],
  [{ not: { direction: 'up' } }, 'filter.not.direction: "up" is not one of inbound, outbound, internal, transit'],
  [{ min_duration: '5' }, 'filter.min_duration: "5" is not a whole number from 0'],
  [{ and: {} }, 'filter.and: an object is not a list of filters'],
  [{ or: [] }, 'filter.or: has no part, expected 1 to 50'],
  [{ or: listOf(51) }, 'filter.or: has 51 parts, expected 1 to 50'],
  [{ not: { to: 'noon' } }, 'filter.not.to: "noon" is not a time like 2026-11-22T03:15:29Z'],
  [nested(9), 'filter.not.not.not.not.not.not.not.not: lies deeper than 8 filters inside each other'],
  [
    { and: Array.from({ length: 5 }, () => ({ or: listOf(50) })) },
    'is one filter more than the 200 that may be inside one',
  ],
  [{ text: '"; --' }, 'filter.text: "\\"; --" has no word'],
  [{ text: 'a b c d e f g h i' }, 'filter.text: has 9 words, expected at most 8'],
  [{ tag: 'x'.repeat(65) }, 'is not a text of 1 to 64 characters'],
])('%j is refused with a sentence that says the limit', (given, sentence) => {
  expect(() => readFilter(given)).toThrow(sentence);
});

test('what is just inside the limits is taken', () => {
  expect(() => readFilter(nested(filterLimits.depth))).not.toThrow();
  expect(() => readFilter({ or: listOf(filterLimits.parts) })).not.toThrow();
  expect(() => readFilter({ text: 'a b c d e f g h' })).not.toThrow();
});

test('whatever comes is a filter or a ClientError', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 5 }),
      fc.constantFrom('and', 'or', 'not', 'text', 'from', 'company'),
      (json, name) => {
        for (const given of [json, { [name]: json }, { not: { [name]: [json] } }]) {
          try {
            checkText(readFilter(given));
          } catch (error) {
            expect(error).toBeInstanceOf(ClientError);
          }
        }
      },
    ),
    { numRuns: 500 },
  );
});

describe('a search for words', () => {
  const year = { from: 0, until: 366 * day };
  test.each([
    ['beside its range', { ...year, text: 'a' }],
    ['in a part of what has a range', { ...year, or: [{ src: '1' }, { and: [{ not: { text: 'a' } }] }] }],
    ['beside a part that has the range', { and: [year, { text: 'a' }] }],
    ['with its ends in two places', { from: 0, and: [{ and: [{ until: day }] }, { or: [{ text: 'a' }] }] }],
  ])('may stand %s', (_where, filter) => {
    expect(() => checkText(filter)).not.toThrow();
  });
  test.each([
    ['without a range', { text: 'a' }],
    ['with half a range', { from: 0, text: 'a' }],
    ['with a range too long', { from: 0, until: 366 * day + 1, text: 'a' }],
    ['in an alternative to a range', { or: [year, { text: 'a' }] }],
    ['in a `not` with its range in there', { not: { ...year, text: 'a' } }],
  ])('may not stand %s', (_where, filter) => {
    expect(() => checkText(filter)).toThrow('text: a search for words needs from and to, at most 366 days apart');
  });
});
