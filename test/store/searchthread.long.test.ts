// The thread of searches: what is committed is read there while the loop goes on; it comes and goes, and its faults are answers.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Unavailable } from '../../src/errors.ts';
import { SearchThread } from '../../src/store/searchthread.ts';
import { tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';

/** Half a second of SQLite's, about. */
const long =
  'WITH RECURSIVE `n`(`at`) AS (SELECT 1 UNION ALL SELECT `at` + 1 FROM `n` WHERE `at` < ?) SELECT MAX(`at`) AS `most` FROM `n`';

describe('the thread of searches', () => {
  let file: string;
  let remove: () => void;
  let writer: Database.Database;
  let thread: SearchThread;
  beforeEach(() => {
    const temp = tempFolder();
    ({ remove } = temp);
    file = join(temp.folder, 'some.db');
    writer = new Database(file);
    writer.pragma('journal_mode = WAL');
    writer.exec(
      "CREATE TABLE `some` (`id`, `name`, `share`); INSERT INTO `some` VALUES (1, 'a', 0.5), (2, NULL, 9007199254740991)",
    );
    thread = new SearchThread(file, 100);
  });
  afterEach(async () => {
    await thread.close();
    writer.close();
    remove();
  });

  it('reads what is committed by then, rows as the daemon has them', async () => {
    const select = 'SELECT `id`, `name`, `share` FROM `some` WHERE `id` > ? ORDER BY `id`';
    expect(await thread.sql.all(select, [0])).toEqual(writer.prepare(select).all(0));
    expect(await thread.sql.all(select, [2])).toEqual([]);
    writer.exec("INSERT INTO `some` VALUES (3, 'c', 1)");
    expect(await thread.sql.all(select, [2])).toEqual([{ id: 3, name: 'c', share: 1 }]);
  });

  it('leaves the loop alone while it looks', async () => {
    await thread.sql.all('SELECT 1');
    let most = 0;
    let last = performance.now();
    const tick = setInterval(() => {
      most = Math.max(most, performance.now() - last);
      last = performance.now();
    }, 1);
    const began = performance.now();
    expect(await thread.sql.all(long, [4_000_000])).toEqual([{ most: 4_000_000 }]);
    const took = performance.now() - began;
    clearInterval(tick);
    expect(most).toBeLessThan(took / 2);
  });

  it('ends when nothing was asked for a while, and comes again', async () => {
    expect(thread.isRunning).toBe(false);
    await Promise.all([1, 2, 3].map((at) => thread.sql.all('SELECT ? AS `at`', [at])));
    expect(thread.isRunning).toBe(true);
    await until(() => !thread.isRunning, 'the thread to end');
    expect(await thread.sql.all('SELECT 1 AS `one`')).toEqual([{ one: 1 }]);
  });

  it('tells a fault of a statement with its code, writes nothing, and goes on', async () => {
    await expect(thread.sql.all('SELECT * FROM `nowhere`')).rejects.toMatchObject({
      message: expect.stringContaining('no such table') as string,
      code: 'SQLITE_ERROR',
    });
    await expect(thread.sql.all("INSERT INTO `some` VALUES (4, 'd', 1) RETURNING `id`")).rejects.toMatchObject({
      code: 'SQLITE_READONLY',
    });
    await expect(thread.sql.run('DELETE FROM `some`')).rejects.toThrow('writes nothing');
    expect(await thread.sql.all('SELECT COUNT(*) AS `rows` FROM `some`')).toEqual([{ rows: 2 }]);
  });

  it('what waits for it when it ends fails as something that may be tried again', async () => {
    await thread.sql.all('SELECT 1');
    const waiting = thread.sql.all(long, [1e9]);
    const told = expect(waiting).rejects.toThrow(Unavailable);
    await thread.close();
    await told;
  });

  it('takes no other file of the same name for the store', async () => {
    renameSync(file, `${file}.old`);
    await expect(thread.sql.all('SELECT 1')).rejects.toThrow('was removed or replaced');
    new Database(file).close();
    await expect(thread.sql.all('SELECT 1')).rejects.toThrow(Unavailable);
  });
});
