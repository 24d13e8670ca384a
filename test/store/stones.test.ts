// What retention has taken is known again: by its row, by its content in any zone, by its birth in a table without ids.
import { afterAll, describe, expect, it } from 'vitest';
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Cdr } from '../../src/cdr/cdr.ts';
import { openStore } from '../../src/store/store.ts';
import { someCdr } from '../support/rows.ts';
import { appendTo, everything, silent, tempFolder } from '../support/store.ts';

const { folder, remove } = tempFolder();
afterAll(remove);
let stores = 0;
const opened = async () => {
  const file = join(folder, `${++stores}.db`);
  return { file, store: await openStore({ url: `sqlite:${file}` }, silent) };
};
const hour = 3600e6;
/** Without sequence, and as the table tells it. */
const call = (number: number, change: Partial<Cdr> = {}) =>
  someCdr(number, { sequence: null, timeOrigin: 'local', ...change });
const marks = (...keys: string[]) => ({ marks: keys.map((key) => ({ key })) });
const later = (cdr: Cdr, micros: number): Cdr => ({
  ...cdr,
  start: cdr.start + micros,
  answer: cdr.answer && cdr.answer + micros,
  end: cdr.end && cdr.end + micros,
});
const expired = { outcome: 'expired' };

describe('a record that was taken away', () => {
  it('does not come back by the source that told it by another clock, nor by any other zone', async () => {
    const { store } = await opened();
    const heard = call(1, { timeOrigin: 'epoch' });
    await appendTo(store, 'pbx1/ami', [heard]);
    const row = later(call(1), hour);
    expect(await appendTo(store, 'pbx1/table', [row])).toEqual([{ outcome: 'duplicate', id: 1 }]);
    await store.expire([1], 1);
    expect(await appendTo(store, 'pbx1/table', [row])).toEqual([expired]);
    expect(await appendTo(store, 'pbx1/import', [later(call(1), -5 * hour)])).toEqual([expired]);
    const others = [later(call(1), 60e6), later(call(1), 27 * hour)];
    const made = await appendTo(store, 'pbx1/import', others);
    expect(made!.map(({ outcome }) => outcome)).toEqual(['created', 'created']);
    await store.close();
  });

  it('does not come back by the word of a source that was not believed', async () => {
    const { store } = await opened();
    await appendTo(store, 'pbx1/table', [call(1)]);
    const file = call(1, { duration: 99, sequence: 7 });
    await appendTo(store, 'pbx1/import', [call(1, { sequence: 7 })]);
    expect(await appendTo(store, 'pbx1/import', [file])).toEqual([{ outcome: 'duplicate', id: 1 }]);
    await store.expire([1], 1);
    expect(await appendTo(store, 'pbx1/import', [{ ...file, sequence: null }])).toEqual([expired]);
    await store.close();
  });

  it('does not come back by its row in a table with ids, whatever is changed there; another row of its channel does', async () => {
    const { store } = await opened();
    await appendTo(store, 'pbx1/table', [call(1)], marks('0:5'));
    await store.expire([1], 1);
    const changed = later(call(1, { duration: 77, disposition: 'BUSY' }), 95e6);
    expect(await appendTo(store, 'pbx1/table', [changed], marks('0:5'))).toEqual([expired]);
    expect(await appendTo(store, 'pbx1/table', [{ ...changed, sequence: 3 }], marks('0:5'))).toEqual([expired]);
    expect(await appendTo(store, 'pbx1/table', [changed], marks('0:6'))).toEqual([{ outcome: 'created', id: 2 }]);
    expect(await appendTo(store, 'pbx1/table', [later(changed, 1e6)], marks('0:5'))).toEqual([expired]);
    await store.close();
  });

  it('does not come back by any sequence it had, nor by its unchanged row with another one; another record does', async () => {
    const { store } = await opened();
    await appendTo(store, 'pbx1/table', [call(1, { sequence: 4 })], marks('0:5'));
    await appendTo(store, 'pbx1/table', [call(1, { sequence: 1004 })], marks('0:5'));
    await store.expire([1], 1);
    const row = call(1, { sequence: 2004 });
    expect(await appendTo(store, 'pbx1/import', [call(1, { sequence: 4 })])).toEqual([expired]);
    expect(await appendTo(store, 'pbx1/table', [row], marks('0:5'))).toEqual([expired]);
    const others = [{ ...row, duration: 77 }, later(row, 60e6)];
    for (const [at, other] of others.entries())
      expect(await appendTo(store, 'pbx1/table', [{ ...other, sequence: at }], marks('0:5'))).toMatchObject([
        { outcome: 'created' },
      ]);
    expect(await appendTo(store, 'pbx1/table', [{ ...row, sequence: 5 }], marks('0:6'))).toMatchObject([
      { outcome: 'created' },
    ]);
    await store.close();
  });

  it('does not come back by a changed row of a table without ids that shows no more of its channel and second', async () => {
    const { store } = await opened();
    const [one, two] = [call(1), call(1, { dst: '103', duration: 50 })];
    await appendTo(store, 'pbx1/table', [one, two]);
    await store.expire([1, 2], 1);
    const changed = { ...one, duration: 78 };
    expect(await appendTo(store, 'pbx1/table', [changed, two])).toEqual([expired, expired]);
    expect(await appendTo(store, 'pbx1/ami', [changed])).toEqual([{ outcome: 'created', id: 3 }]);
    const third = call(1, { dst: '104', duration: 30 });
    await store.expire([3], 1);
    const outcomes = await appendTo(store, 'pbx1/table', [one, two, third]);
    expect(outcomes).toEqual([expired, expired, { outcome: 'created', id: 4 }]);
    await store.close();
  });

  it('is known by a tombstone of before, and not by that of another one', async () => {
    const { file, store } = await opened();
    await appendTo(store, 'pbx1/table', [call(1)]);
    await store.expire([1], 1);
    const database = new Database(file);
    const key = database.prepare("SELECT value FROM meta WHERE name = 'tombstone_key'").pluck().get() as string;
    const { system, uniqueid, start, duration, billsec, disposition } = call(1);
    const words = JSON.stringify([system, uniqueid, Math.floor(start / 1e6), duration, billsec, disposition]);
    const mark = createHmac('sha256', key).update(words).digest('base64url').slice(0, 22);
    database.prepare('UPDATE tombstone SET mark = ?, start = NULL').run(mark);
    database.close();
    expect(await appendTo(store, 'pbx1/table', [call(1)])).toEqual([expired]);
    expect(await appendTo(store, 'pbx1/table', [later(call(1), hour)])).toEqual([{ outcome: 'created', id: 2 }]);
    expect((await store.list(everything)).map(({ id }) => id)).toEqual([2]);
    await store.close();
  });
});
