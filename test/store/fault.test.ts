import { expect, it } from 'vitest';
import { Unavailable } from '../../src/errors.ts';
import { isDiskFull, storeFault } from '../../src/store/fault.ts';

const coded = (code: string) => Object.assign(new Error('insert into `cdr` values (secret) - refused'), { code });

it.each([
  [coded('SQLITE_FULL'), 'the disk is full (SQLITE_FULL)', true],
  [coded('ENOSPC'), 'the disk is full (ENOSPC)', true],
  [coded('ECONNREFUSED'), 'the database server refuses connections (ECONNREFUSED)', false],
  [coded('SQLITE_BUSY'), 'SQLITE_BUSY', false],
  [
    new Unavailable("the store's database did not answer within 30 s"),
    "the store's database did not answer within 30 s",
    false,
  ],
  [
    new Error("Can't add new command when connection is in closed state"),
    'the connection to the database was lost',
    false,
  ],
  [new Error('insert into `cdr` values (secret)'), 'unknown fault', false],
])('%s is told in words, without SQL and values', (error, words, isFull) => {
  expect([storeFault(error), isDiskFull(error)]).toEqual([words, isFull]);
});
