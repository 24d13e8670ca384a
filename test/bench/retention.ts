// retention: what storing a record takes while the job takes old records away, slice by slice with its rests.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import type { Cdr, Micros } from '../../src/cdr/cdr.ts';
import { Broken } from '../../src/errors.ts';
import { Retention, retentionRules } from '../../src/ingest/retention.ts';
import { byCommand } from '../../src/store/audit.ts';
import { newBatch, openStore } from '../../src/store/store.ts';
import { derive } from '../support/rows.ts';
import { makeFolder } from './cleanup.ts';
import { cdrOf } from './events.ts';
import { eventsIn, storeOf } from './filled.ts';
import { figureOf, type Pair, type Part } from './pairs.ts';
import { quantile } from './requests.ts';

const pauseMs = 5;
/** Of the store's days, which are of 5,000 records each, the newest one is kept. */
const rules = retentionRules({ retention_days: 1, anonymise_days: 'off', companies: [] });

export const retention: Part = {
  name: 'retention',
  about: 'one record stored while the job of retention takes old ones away, against the same store when quiet',
  async run(options) {
    const { file: filled } = await storeOf(options);
    const file = join(makeFolder(), 'cdrd.db');
    copyFileSync(filled, file);
    const newest = newestIn(file);
    let next = eventsIn(file);
    const store = await openStore({ url: `sqlite:${file}` }, pino({ level: 'silent' }));
    const sourceName = 'pbx1/ami';
    const { id: sourceId } = await store.source(sourceName);
    const work = { sourceId, sourceName, repeats: 'never' as const, cursor: undefined, lost: 0, derive, within: null };
    const count = options.isShort ? 40 : 400;
    const stored = async () => {
      const took: number[] = [];
      for (let at = 0; at < count; at++) {
        const rows = [later(cdrOf(next++), newest - cdrOf(0).start)];
        const began = performance.now();
        await store.append({ ...work, rows, now: Date.now() * 1000 }, newBatch());
        took.push(performance.now() - began);
        await delay(pauseMs);
      }
      return { p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
    };
    const job = new Retention(store, { wake: () => undefined }, rules);
    const cleaning = async (signal: AbortSignal) => {
      const untilCut = job.run(signal, () => undefined, byCommand, newest);
      await untilCut.catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
      if (!signal.aborted) throw new Broken('all old records were gone before the run was over: it measures nothing');
    };
    await stored();
    const runs: Pair<{ p50: number; p99: number }>[] = [];
    for (let pair = 0; pair < options.pairs; pair++) {
      const reference = await stored();
      const stop = new AbortController();
      const running = cleaning(stop.signal);
      const measured = await stored();
      stop.abort();
      await running;
      runs.push({ measured, reference });
    }
    await store.close();
    if (job.counts.removed === 0) throw new Broken('no record was taken away: this run measures nothing');
    return (['p50', 'p99'] as const).map((name) =>
      figureOf(
        { part: retention.name, case: `one record stored, ${name}`, unit: 'ms' },
        runs.map(({ measured, reference }) => ({ measured: measured[name], reference: reference[name] })),
      ),
    );
  },
};

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
