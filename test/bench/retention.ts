// retention: what storing a record and reading a page take while the job takes old records away, slice by slice with its rests.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import type { Cdr, Micros } from '../../src/cdr/cdr.ts';
import { Broken } from '../../src/errors.ts';
import { Retention, retentionRules } from '../../src/ingest/retention.ts';
import { byCommand } from '../../src/store/audit.ts';
import { newBatch, openStore } from '../../src/store/store.ts';
import { derive } from '../support/rows.ts';
import { silent } from '../support/store.ts';
import { makeFolder } from './cleanup.ts';
import { cdrOf, poolSize } from './events.ts';
import { eventsIn, storeOf } from './filled.ts';
import { openMariaDb } from './mariadb.ts';
import { figureOf, type Figure, type Pair, type Part, type PartOptions } from './pairs.ts';
import { quantile } from './requests.ts';
import { appendAll } from './storesqlite.ts';

const works = ['one record stored', 'a page of 50 read'] as const;
/** Milliseconds of each. */
type Served = Record<(typeof works)[number], number[]>;
const shares = [
  ['p50', 0.5],
  ['p99', 0.99],
] as const;
const dayMicros = 86_400_000_000;
const pauseMs = 5;
/** Of the store's days, which are of 5,000 records each, the newest one is kept. */
const rules = retentionRules({ retention_days: 1, anonymise_days: 'off', companies: [] });

export const retention: Part = {
  name: 'retention',
  about:
    'a record stored and a page read while the job of retention takes old ones away, against the same store when quiet',
  async run(options) {
    const { file: filled } = await storeOf(options);
    const file = join(makeFolder(), 'cdrd.db');
    copyFileSync(filled, file);
    const sqlite = { url: `sqlite:${file}`, newest: newestIn(file), next: eventsIn(file) };
    const figures = await costsOf('SQLite', sqlite, options);
    const server = await openMariaDb();
    try {
      const mariadb = await filledOn(await server.fresh(), options.isShort ? 2 : 20);
      return [...figures, ...(await costsOf('MariaDB', mariadb, options))];
    } finally {
      await server.end();
    }
  },
};

interface Filled {
  url: string;
  /** The start of its newest record. */
  newest: Micros;
  /** The first event that it has not heard. */
  next: number;
}

async function costsOf(kind: string, { url, newest, next }: Filled, options: PartOptions): Promise<Figure[]> {
  const store = await openStore({ url }, silent);
  const sourceName = 'pbx1/ami';
  const { id: sourceId } = await store.source(sourceName);
  const work = { sourceId, sourceName, repeats: 'never' as const, cursor: undefined, lost: 0, derive, within: null };
  const count = options.isShort ? 40 : 400;
  const timed = async (took: number[], work: () => Promise<unknown>) => {
    const began = performance.now();
    await work();
    took.push(performance.now() - began);
  };
  const served = async () => {
    const took: Served = { 'one record stored': [], 'a page of 50 read': [] };
    for (let at = 0; at < count; at++) {
      const rows = [later(cdrOf(next++), newest - cdrOf(0).start)];
      await timed(took['one record stored'], () => store.append({ ...work, rows, now: Date.now() * 1000 }, newBatch()));
      await timed(took['a page of 50 read'], () => store.list({ within: null, order: '-start', limit: 50 }));
      await delay(pauseMs);
    }
    return took;
  };
  const job = new Retention(store, { wake: () => undefined }, rules);
  const cleaning = async (signal: AbortSignal) => {
    const untilCut = job.run(signal, () => undefined, byCommand, newest);
    await untilCut.catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (!signal.aborted) throw new Broken('all old records were gone before the run was over: it measures nothing');
  };
  await served();
  const runs: Pair<Served>[] = [];
  for (let pair = 0; pair < options.pairs; pair++) {
    const reference = await served();
    const stop = new AbortController();
    const running = cleaning(stop.signal);
    const measured = await served();
    stop.abort();
    await running;
    runs.push({ measured, reference });
  }
  await store.close();
  if (job.counts.removed === 0) throw new Broken('no record was taken away: this run measures nothing');
  return works.flatMap((work) =>
    shares.map(([name, share]) =>
      figureOf(
        { part: retention.name, case: `${kind}, ${work}, ${name}`, unit: 'ms' },
        runs.map(({ measured, reference }) => ({
          measured: quantile(measured[work], share),
          reference: quantile(reference[work], share),
        })),
      ),
    ),
  );
}

/** Days of one round of events each. */
async function filledOn(url: string, days: number): Promise<Filled> {
  const cdrs = Array.from({ length: days * poolSize }, (_, at) =>
    later(cdrOf(at), Math.floor(at / poolSize) * dayMicros),
  );
  await appendAll(url, cdrs);
  return { url, newest: cdrs.at(-1)!.start, next: cdrs.length };
}

function newestIn(file: string): Micros {
  const database = new Database(file, { readonly: true });
  const newest = database.prepare('SELECT MAX(start) FROM cdr').pluck().get() as Micros;
  database.close();
  return newest;
}

/** Events bear the times of the first day, and would be old as soon as they are stored. */
function later(cdr: Cdr, by: Micros): Cdr {
  const moved = (at: Micros | null) => (at === null ? null : at + by);
  return { ...cdr, start: cdr.start + by, answer: moved(cdr.answer), end: moved(cdr.end) };
}
