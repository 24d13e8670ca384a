// The beat of the one writer, by which a watchdog tells a daemon that hangs from one that waits.
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Broken } from '../../src/errors.ts';
import { Feed } from '../../src/feed/feed.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import type { Source } from '../../src/ingest/source.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { naming, raw } from '../support/rows.ts';
import { silent, tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';

const row = raw('table', { calldate: '2026-11-22 10:00:00', uniqueid: '1.1', duration: 0, disposition: 'BUSY' });

/** An ingest whose source has handed over one row, on a store that appends as `append` does; until the test ends. */
async function running(append: () => Promise<never>): Promise<{ ingest: Ingest; isBeating: () => boolean }> {
  const { folder, remove } = tempFolder();
  onTestFinished(remove);
  const store = await openStore({ url: `sqlite:${join(folder, 'cdrd.db')}` }, silent);
  const feed = await Feed.open(store, silent);
  const failing = new Proxy<Store>(store, {
    get: (of, key) => {
      if (key === 'append') return append;
      const value = Reflect.get(of, key) as unknown;
      return typeof value === 'function' ? (value.bind(of) as unknown) : value;
    },
  });
  const ingest = new Ingest({ store: failing, feed, systems: new Map([['pbx1', naming]]), log: silent });
  const source: Source = {
    name: 'pbx1/table',
    kind: 'table',
    system: 'pbx1',
    run: ({ emit }) => emit({ rows: [row] }),
  };
  await ingest.open(source);
  let isBeating = false;
  const run = ingest.run(source, new AbortController().signal).catch(() => undefined);
  void ingest.beat().then(() => (isBeating = true));
  onTestFinished(async () => {
    await ingest.close();
    await run;
    feed.close();
    await store.close();
  });
  return { ingest, isBeating: () => isBeating };
}

it('beats with each try while the store is away: waiting is no hanging', async () => {
  const { ingest } = await running(async () => {
    throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
  });
  await ingest.beat();
  await ingest.beat();
  expect(ingest.storeFault).toBe('the disk is full (SQLITE_FULL)');
});

it('does not beat while a commit hangs, and beats when it comes to an end', async () => {
  let end: ((error: Error) => void) | undefined;
  const { ingest, isBeating } = await running(() => new Promise((_, reject) => (end = reject)));
  const fail = await until(() => end, 'the commit to begin');
  // Whatever does not wait for the commit is done by then.
  await new Promise((resolve) => setImmediate(resolve));
  expect(isBeating()).toBe(false);
  fail(new Broken('over'));
  await ingest.beat();
  expect(isBeating()).toBe(true);
});
