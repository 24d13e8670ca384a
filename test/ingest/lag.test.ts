import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { RawRow } from '../../src/cdr/normalise.ts';
import { Feed } from '../../src/feed/feed.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import type { Source } from '../../src/ingest/source.ts';
import { openStore } from '../../src/store/store.ts';
import { naming, raw } from '../support/rows.ts';
import { silent, tempFolder } from '../support/store.ts';

/** A call that ended so many seconds ago. */
const ended = (secondsAgo: number): RawRow => {
  const calldate = new Date(Date.now() - secondsAgo * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return raw('table', { calldate, uniqueid: `${secondsAgo}.1`, duration: 0, billsec: 0, disposition: 'BUSY' });
};

it('the history that a table first shows is not late; what ends from then on is as late as it is, over restarts', async () => {
  const { folder, remove } = tempFolder();
  onTestFinished(remove);
  const store = await openStore({ url: `sqlite:${join(folder, 'cdrd.db')}` }, silent);
  const feed = await Feed.open(store, silent);
  onTestFinished(async () => {
    feed.close();
    await store.close();
  });
  const lagOf = async (...rows: RawRow[]) => {
    const ingest = new Ingest({ store, feed, systems: new Map([['pbx1', naming]]), log: silent });
    const source: Source = { name: 'pbx1/table', kind: 'table', system: 'pbx1', run: ({ emit }) => emit({ rows }) };
    await ingest.open(source);
    await ingest.run(source, new AbortController().signal);
    await ingest.close();
    return ingest.reports()[0]!.lagSeconds;
  };
  await store.source('pbx1/table', (Date.now() - 3600_000) * 1000);
  expect(await lagOf(ended(90_000), ended(7200))).toBe(null);
  expect(Math.round((await lagOf(ended(8000), ended(600)))! / 60)).toBe(10);
  expect((await store.source('pbx1/table')).lastRecord).toBeGreaterThan((Date.now() - 700_000) * 1000);
});
