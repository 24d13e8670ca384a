// All that reads one table, with a real store and ingest behind it: live reading, backfill and reconcile as the daemon runs them.
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { StoredCdr } from '../../../src/cdr/cdr.ts';
import { Feed } from '../../../src/feed/feed.ts';
import type { Chores } from '../../../src/ingest/chores.ts';
import { Ingest, type SourceReport } from '../../../src/ingest/ingest.ts';
import type { TableConfig } from '../../../src/sources/table/config.ts';
import { openTableSources } from '../../../src/sources/table/index.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { naming } from '../../support/rows.ts';
import { everything, silent } from '../../support/store.ts';
import { until } from '../../support/until.ts';
import { temporaryFolder } from './files.ts';
import { configOf } from './watch.ts';

export interface TableHouse {
  /** Where the store is: a second house on it goes on where this one stopped. */
  folder: string;
  store: Store;
  chores: Chores;
  report(kind: 'table' | 'backfill' | 'reconcile'): SourceReport;
  /** All records, in the order of their ids. */
  cdrs(): Promise<StoredCdr[]>;
  /** Waits until the history was read. */
  filled(): Promise<void>;
  stop(): Promise<void>;
}

export interface HouseOptions {
  url: string;
  config?: Partial<TableConfig>;
  folder?: string;
  timezone?: string;
}

export async function openTableHouse({
  url,
  config,
  folder = temporaryFolder(),
  timezone = 'UTC',
}: HouseOptions): Promise<TableHouse> {
  const store = await openStore({ url: `sqlite:${join(folder, 'cdrd.db')}` }, silent);
  const feed = await Feed.open(store, silent);
  const ingest = new Ingest({ store, feed, systems: new Map([['pbx1', naming]]), log: silent });
  const options = { system: 'pbx1', timezone, config: configOf(url, { poll_seconds: 0.05, ...config }), log: silent };
  const { sources, chores } = openTableSources(options, store);
  const stopper = new AbortController();
  for (const source of sources) await ingest.open(source);
  const running = sources.map((source) => ingest.run(source, stopper.signal));
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (isStopped) return;
    isStopped = true;
    stopper.abort();
    await Promise.all(running);
    await ingest.close();
    feed.close();
    await store.close();
  };
  onTestFinished(stop);
  return {
    ...{ folder, store, chores, stop },
    report: (kind) => ingest.reports().find(({ name }) => name === `pbx1/${kind}`)!,
    cdrs: () => store.list(everything),
    filled: async () => {
      await until(() => chores.backfill.report().state === 'done', 'the backfill to be done');
    },
  };
}
