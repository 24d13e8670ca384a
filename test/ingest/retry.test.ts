import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import type { RawRow } from '../../src/cdr/normalise.ts';
import { Feed } from '../../src/feed/feed.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import type { Source } from '../../src/ingest/source.ts';
import { byCommand } from '../../src/store/audit.ts';
import { openStore } from '../../src/store/store.ts';
import { naming, raw } from '../support/rows.ts';
import { everything, silent, tempFolder } from '../support/store.ts';

const call = { calldate: '2026-11-22 03:15:29', uniqueid: '1.1', billsec: 1, disposition: 'ANSWERED', did: '49301' };
const row = (id: number, duration: string | number): RawRow => ({
  ...raw('table', { nr: id, ...call, duration }),
  ...{ idColumn: 'nr', mark: { key: `0:${id}` } },
});

it('a retried row of a table is that row: its id is no value of it, and rows equal in all else stay two', async () => {
  const { folder, remove } = tempFolder();
  onTestFinished(remove);
  const file = join(folder, 'cdrd.db');
  const store = await openStore({ url: `sqlite:${file}` }, silent);
  const feed = await Feed.open(store, silent);
  const ingest = new Ingest({ store, feed, systems: new Map([['pbx1', naming]]), log: silent });
  onTestFinished(async () => {
    await ingest.close();
    feed.close();
    await store.close();
  });
  const bring = async (...rows: RawRow[]) => {
    const source: Source = { name: 'pbx1/table', kind: 'table', system: 'pbx1', run: ({ emit }) => emit({ rows }) };
    await ingest.open(source);
    await ingest.run(source, new AbortController().signal);
  };
  await bring(row(7, 'long'), row(8, 'long'));
  const database = new Database(file);
  database.exec(`UPDATE reject SET raw = replace(raw, '"long"', '5')`);
  database.close();
  const rejects = await store.rejects(9, { after: 0 });
  expect(rejects.map(({ row }) => row)).toEqual([7, 8].map((id) => ({ idColumn: 'nr', mark: { key: `0:${id}` } })));
  for (const reject of rejects) expect(await ingest.retry([reject], byCommand)).toMatchObject([{ outcome: 'created' }]);
  await bring(row(8, 5), row(7, 5));
  const stored = await store.list(everything);
  expect(stored.map(({ custom }) => custom)).toEqual([{ did: '49301' }, { did: '49301' }]);
  const { received, stored: made, duplicate, rejected } = await store.source('pbx1/table');
  expect({ received, made, duplicate, rejected }).toEqual({ received: 6, made: 2, duplicate: 2, rejected: 2 });
});
