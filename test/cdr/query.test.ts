import { describe, expect, test } from 'vitest';
import { factsOf, isVisible, matches, type Facts } from '../../src/cdr/query.ts';

const facts: Facts = {
  system: 'pbx1',
  company: 'Acme',
  target: 'Umbrella',
  extension: '101',
  peerExtension: '201',
  disposition: 'ANSWERED',
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
])('the filter %j holds: %j', (filter, isPart) => {
  expect(matches(facts, filter, null)).toBe(isPart);
});

test('a record without any party matches no company and no extension', () => {
  const bare = { ...nobodys, extension: null, peerExtension: null };
  expect([matches(bare, { company: '' }, null), matches(bare, { extension: '' }, null)]).toEqual([false, false]);
});

test('facts are those of the record and nothing else, in one order', () => {
  const more = Object.fromEntries([['id', 7], ...Object.entries(facts).reverse()]) as unknown as Facts;
  expect(JSON.stringify(factsOf(more))).toBe(JSON.stringify(facts));
});
