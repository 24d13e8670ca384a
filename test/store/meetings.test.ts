// The newest records that AMI and the table both tell are found by system, wherever in the store they stand.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { someCdr } from '../support/rows.ts';
import { appendTo, silent, tempFolder } from '../support/store.ts';

const { folder, remove } = tempFolder();
afterAll(remove);

const ever = { ami: 0, table: 0 };

it('finds the records that both have shown behind any number of newer ones, those of the newest calls first', async () => {
  const file = join(folder, 'cdrd.db');
  const store = await openStore({ url: `sqlite:${file}` }, silent);
  onTestFinished(() => store.close());
  const second = 1_000_000;
  const at = (n: number, hours = 0) => {
    const start = someCdr(1).start + (n + hours * 3600) * second;
    return someCdr(n, { uniqueid: `170000000${n}.1`, start, answer: null, end: start + 5 * second });
  };
  const numbers = [1, 2, 3, 4, 5, 6];
  await appendTo(
    store,
    'pbx1/ami',
    numbers.map((n) => at(n)),
  );
  await appendTo(
    store,
    'pbx1/table',
    numbers.map((n) => at(n, 1)),
  );
  const newest = await store.meetingsOf('pbx1', 5, ever);
  expect(newest.map(({ uniqueid }) => uniqueid)).toEqual([6, 5, 4, 3, 2].map((n) => `170000000${n}.1`));
  expect(new Set(newest.map(({ ami, table }) => table - ami))).toEqual(new Set([3600 * second]));
  // As after the history of another system: only the counter of ids moves.
  const db = new Database(file);
  db.exec("UPDATE place SET last = last + 60000 WHERE name = 'cdr'");
  const plan = db.prepare('EXPLAIN QUERY PLAN SELECT start FROM cdr WHERE system_id = 1 ORDER BY uniqueid DESC').all();
  db.close();
  expect(JSON.stringify(plan)).toMatch(/cdr_identity/);
  expect(JSON.stringify(plan)).not.toMatch(/TEMP B-TREE/);
  expect(await store.meetingsOf('pbx1', 5, ever)).toEqual(newest);
  expect(await store.meetingsOf('pbx2', 5, ever)).toEqual([]);
});
