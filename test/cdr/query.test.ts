import { describe, expect, test } from 'vitest';
import { factsOf, isVisible, matches, type Facts } from '../../src/cdr/query.ts';

const facts: Facts = {
  system: 'pbx1',
  company: 'Acme',
  target: 'Umbrella',
  extension: '101',
  peerExtension: '201',
  disposition: 'ANSWERED',
  direction: 'internal',
  src: '101',
  dst: '+4420',
  linkedid: '1795000000.1',
  uniqueid: '1795000000.2',
  start: 1_795_000_000_000_000,
  duration: 30,
  tags: ['Callback', 'VIP'],
  words: ' bob 101 4420',
  hidden: false,
};
const nobodys: Facts = { ...facts, company: null, target: null };

describe('behind a wall', () => {
  test.each([['acme'], ['ACME'], ['umbrella']])(
    '%s sees the record, as caller or as called, without case',
    (handle) => {
      expect(isVisible(facts, [handle])).toBe(true);
      expect(isVisible(facts, ['other', handle])).toBe(true);
    },
  );
  test.each([[[]], [['acm']], [['acme2', '']], [['pbx1', '101']]])('%j do not see it', (within) => {
    expect(isVisible(facts, within)).toBe(false);
  });
  test('a record of no company is seen by the unbound only', () => {
    expect([isVisible(nobodys, null), isVisible(nobodys, ['acme']), isVisible(nobodys, [''])]).toEqual([
      true,
      false,
      false,
    ]);
    expect(isVisible({ ...nobodys, target: 'umbrella' }, ['umbrella'])).toBe(true);
  });
  test('asking for a company is no way through', () => {
    expect(matches(facts, { company: 'acme' }, ['other'])).toBe(false);
    expect(matches(facts, {}, ['other'])).toBe(false);
  });
  test('of one party, the other party may be asked for', () => {
    expect(matches(facts, { company: 'umbrella' }, ['acme'])).toBe(true);
  });
});

test.each([
  [{}, true],
  [{ company: 'ACME' }, true],
  [{ company: 'umbrella' }, true],
  [{ company: 'other' }, false],
  [{ extension: '101' }, true],
  [{ extension: '201' }, true],
  [{ extension: '10' }, false],
  [{ system: 'pbx1' }, true],
  [{ system: 'PBX1' }, false],
  [{ disposition: 'ANSWERED' as const }, true],
  [{ disposition: 'BUSY' as const }, false],
  [{ extension: '201', company: 'acme', system: 'pbx1' }, true],
  [{ extension: '201', company: 'other' }, false],
  [{ src: '101', dst: '+4420' }, true],
  [{ src: '101 ' }, false],
  [{ prefix: '10' }, true],
  [{ prefix: '+44' }, true],
  [{ prefix: '44' }, false],
  [{ direction: 'internal' as const }, true],
  [{ direction: 'inbound' as const }, false],
  [{ linkedid: '1795000000.1', uniqueid: '1795000000.2' }, true],
  [{ linkedid: '1795000000.2' }, false],
  [{ from: facts.start, until: facts.start + 1 }, true],
  [{ until: facts.start }, false],
  [{ from: facts.start + 1 }, false],
  [{ minDuration: 30, maxDuration: 30 }, true],
  [{ minDuration: 31 }, false],
  [{ maxDuration: 29 }, false],
  [{ tag: 'vip' }, true],
  [{ tag: 'vi' }, false],
  [{ text: 'BO 44' }, true],
  [{ text: 'ob' }, false],
  [{ and: [{ company: 'acme' }, { not: { disposition: 'BUSY' as const } }] }, true],
  [{ and: [{ company: 'acme' }, { not: { disposition: 'ANSWERED' as const } }] }, false],
  [{ or: [{ src: '9' }, { dst: '+4420' }] }, true],
  [{ or: [{ src: '9' }, { dst: '9' }] }, false],
  [{ src: '101', or: [{ dst: '9' }] }, false],
  [{ not: { not: {} } }, true],
])('the filter %j holds: %j', (filter, isPart) => {
  expect(matches(facts, filter, null)).toBe(isPart);
});

test('a record without any party matches no company and no extension', () => {
  const bare = { ...nobodys, extension: null, peerExtension: null };
  expect([matches(bare, { company: '' }, null), matches(bare, { extension: '' }, null)]).toEqual([false, false]);
});

test('what is not known is not equal to anything, so its contrary holds', () => {
  const bare = { ...facts, dst: null, words: null };
  expect([matches(bare, { dst: '1' }, null), matches(bare, { not: { dst: '1' } }, null)]).toEqual([false, true]);
  expect([matches(bare, { text: 'b' }, null), matches(bare, { not: { text: 'b' } }, null)]).toEqual([false, true]);
});

test('a hidden record is part of no answer', () => {
  expect(matches({ ...facts, hidden: true }, {}, null)).toBe(false);
});

test('facts are those of the record and nothing else, in one order', () => {
  const more = Object.fromEntries([['id', 7], ...Object.entries(facts).reverse()]) as unknown as Facts;
  expect(JSON.stringify(factsOf(more))).toBe(JSON.stringify(facts));
});
