// A batch with a row that the database refuses for ever, and rows equal in everything beside it.
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { join } from 'node:path';
import type { RawRow } from '../../src/cdr/normalise.ts';
import type { Feed } from '../../src/feed/feed.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import type { Source, SourceContext, SourceKind } from '../../src/ingest/source.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { naming, raw } from '../support/rows.ts';
import { everything, silent, tempFolder } from '../support/store.ts';

let store: Store;
let remove: () => void;
beforeEach(async () => {
  const { folder, remove: away } = tempFolder();
  const file = join(folder, 'cdrd.db');
  store = await openStore({ url: `sqlite:${file}` }, silent);
  const beside = new Database(file);
  beside.exec("CREATE TRIGGER no BEFORE INSERT ON cdr WHEN NEW.dst = '666' BEGIN SELECT RAISE(ABORT, 'no bad'); END");
  beside.close();
  remove = away;
});
afterEach(async () => {
  await store.close();
  remove();
});

/** Hands the batches over as a source of this kind does; resolves to the counts. */
async function hand(kind: SourceKind, ...batches: RawRow[][]) {
  const feed = { wake: () => undefined } as Feed;
  const ingest = new Ingest({ store, feed, systems: new Map([['pbx1', naming]]), log: silent });
  const run = async ({ emit }: SourceContext) => {
    for (const rows of batches) await emit({ rows });
  };
  const source: Source = { name: `pbx1/${kind}`, kind, system: 'pbx1', run };
  await ingest.open(source);
  await ingest.run(source, new AbortController().signal);
  await ingest.close();
  const { received, stored, duplicate, rejected } = await store.source(source.name);
  return { received, stored, duplicate, rejected };
}

const fields = { calldate: '2026-11-22 03:15:29', uniqueid: '1795317329.1', channel: 'PJSIP/101-1', duration: 5 };
const row = (dst: string) => raw('table', { ...fields, dst, billsec: 4, disposition: 'ANSWERED' });
const [twin, bad] = [() => row('102'), row('666')];

it('keeps the refused row as a reject, and equal rows beside it stay as many as they are', async () => {
  expect(await hand('table', [twin(), bad, twin()])).toEqual({ received: 3, stored: 2, duplicate: 0, rejected: 1 });
  expect(await store.list(everything)).toHaveLength(2);
  const [reject] = await store.rejects(10, { after: 0 });
  expect(reject!.reason).toMatch(/^the store's database refused it: no bad/);
  // Shown again, they are the two that are there.
  expect(await hand('table', [twin(), bad, twin()])).toEqual({ received: 6, stored: 2, duplicate: 2, rejected: 2 });
});

it('stores an event of AMI that is equal to an earlier one: AMI never repeats, also beside a refused one', async () => {
  expect(await hand('ami', [twin()], [twin(), bad])).toEqual({ received: 3, stored: 2, duplicate: 0, rejected: 1 });
});
