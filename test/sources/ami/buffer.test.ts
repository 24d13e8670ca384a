import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { RawRow } from '../../../src/cdr/normalise.ts';
import { RowBuffer } from '../../../src/sources/ami/buffer.ts';

const log = pino({ level: 'silent' });
const row = (uniqueid: number): RawRow => ({ kind: 'ami', timezone: 'UTC', fields: { uniqueid } });

test('keeps order, drops the newest when full and reports each drop in one batch only', async () => {
  const buffer = new RowBuffer(3, log, Date.now);
  for (const n of [1, 2, 3, 4, 5]) buffer.push(row(n));
  expect(await buffer.take(2)).toEqual({ rows: [row(1), row(2)], lost: 2 });
  for (const n of [6, 7, 8]) buffer.push(row(n));
  expect(await buffer.take(2)).toEqual({ rows: [row(3), row(6)], lost: 1 });
  expect(await buffer.take(2)).toEqual({ rows: [row(7)] });
});

test('a row wakes the one who waits, and a closed buffer gives what it has and then null', async () => {
  const buffer = new RowBuffer(3, log, Date.now);
  const taken = buffer.take(9);
  buffer.push(row(1));
  expect(await taken).toEqual({ rows: [row(1)] });
  buffer.push(row(2));
  buffer.close();
  expect(await buffer.take(9)).toEqual({ rows: [row(2)] });
  expect(await buffer.take(9)).toBeNull();
  const idle = new RowBuffer(3, log, Date.now);
  const nothing = idle.take(9);
  idle.close();
  expect(await nothing).toBeNull();
});

test('of a flood one batch takes what further turns of the loop bring, and never more than it may', async () => {
  const buffer = new RowBuffer(1000, log, Date.now);
  const flood = (from: number) => {
    for (let n = from; n < from + 40; n += 1) buffer.push(row(n));
  };
  flood(0);
  setImmediate(() => {
    flood(40);
    setImmediate(() => flood(80));
  });
  expect((await buffer.take(100))?.rows.length).toBe(100);
  expect((await buffer.take(100))?.rows.length).toBe(20);
});

test('a few rows wait for no others', async () => {
  const buffer = new RowBuffer(1000, log, Date.now);
  for (let n = 0; n < 5; n += 1) buffer.push(row(n));
  setImmediate(() => buffer.push(row(5)));
  expect((await buffer.take(100))?.rows.length).toBe(5);
});

test('tells when the oldest row came that is not stored: one of the batch in hand, else of those that wait', async () => {
  let now = 100;
  const buffer = new RowBuffer(3, log, () => now++);
  expect(buffer.oldest).toBeNull();
  for (const n of [1, 2, 3, 4]) buffer.push(row(n));
  expect(buffer.oldest).toBe(100);
  await buffer.take(2);
  expect(buffer.oldest).toBe(100);
  await buffer.take(2);
  expect(buffer.oldest).toBe(102);
  const next = buffer.take(2);
  expect(buffer.oldest).toBeNull();
  buffer.push(row(5));
  await next;
  expect(buffer.oldest).toBe(103);
});
