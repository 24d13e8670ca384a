// Retention on SQLite; on MariaDB: keep.service.test.ts.
import { afterAll, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../src/store/store.ts';
import { someCdr } from '../support/rows.ts';
import { ann, appendTo, silent, tempFolder } from '../support/store.ts';
import { retentionSuite } from './retentionsuite.ts';

const { folder, remove } = tempFolder();
let stores = 0;
const freshUrl = async () => `sqlite:${join(folder, `${++stores}.db`)}`;

retentionSuite('SQLite', freshUrl);

it('leaves nothing of a number in the bytes of the file', async () => {
  const url = await freshUrl();
  const store = await openStore({ url }, silent);
  const rows = Array.from({ length: 50 }, (_, at) => someCdr(at, { src: '447700900123', clid: '"Zoe Smith" <1>' }));
  await appendTo(store, 'pbx1/table', rows);
  await store.eraseNumbers({ numbers: ['447700900123'], after: 0, isDryRun: false, now: 1 });
  await store.expire([1, 2, 3], 2);
  // While the daemon runs, too.
  const file = url.slice('sqlite:'.length);
  for (const one of [file, `${file}-wal`]) expect(readFileSync(one).includes('447700900123'), one).toBe(false);
  await store.close();
  expect(readFileSync(file).includes('447700900123')).toBe(false);
});

it('nor of one that was a tag before', async () => {
  const url = await freshUrl();
  const store = await openStore({ url }, silent);
  await appendTo(store, 'pbx1/table', [someCdr(1)]);
  for (const tags of [['447922222222'], ['ok']]) await store.edit({ id: 1, by: ann, now: 1, within: null }, { tags });
  const ask = { numbers: ['447922222222'], after: 0, isDryRun: false, now: 1 };
  await store.eraseNumbers(ask);
  await store.eraseCopies(ask);
  const file = url.slice('sqlite:'.length);
  for (const one of [file, `${file}-wal`]) expect(readFileSync(one).includes('447922222222'), one).toBe(false);
  await store.close();
  expect(readFileSync(file).includes('447922222222')).toBe(false);
});
afterAll(remove);
