// What is remembered of lists that are paged through: for a while, and no more than so much.
import { expect, it } from 'vitest';
import { Listings, rememberEnd, type Listing } from '../../../../src/http/dialects/portsip/listings.ts';

const listing = (ids: number | null = null): Listing => ({
  ...{ upTo: 1, head: 1, count: 1, ends: new Map() },
  ids: ids === null ? null : new Array<number>(ids).fill(1),
});

it('a list is forgotten a quarter of an hour after its last page', () => {
  let now = 0;
  const listings = new Listings(() => now);
  const one = listing();
  listings.keep('one', one);
  now = 15 * 60_000;
  expect(listings.find('one')).toBe(one);
  listings.keep('one', one);
  now *= 2;
  expect(listings.find('one')).toBe(one);
  now += 1;
  expect(listings.find('one')).toBeUndefined();
});

it('the one that was used longest ago goes first: of more than a hundred, and of a million ids', () => {
  const listings = new Listings();
  for (let at = 0; at < 100; at++) listings.keep(`${at}`, listing());
  listings.keep('0', listing());
  listings.keep('more', listing());
  expect(['0', '1', '2', 'more'].map((key) => listings.find(key) !== undefined)).toEqual([true, false, true, true]);
  const big = new Listings();
  for (const key of ['a', 'b', 'c']) big.keep(key, listing(400_000));
  expect(['a', 'b', 'c'].map((key) => big.find(key) !== undefined)).toEqual([false, true, true]);
});

it('a list remembers the ends of its last pages', () => {
  const one = listing();
  for (let at = 1; at <= 2001; at++) rememberEnd(one, at, { start: at, id: at });
  expect([one.ends.size, one.ends.has(1), one.ends.get(2001)]).toEqual([2000, false, { start: 2001, id: 2001 }]);
});
