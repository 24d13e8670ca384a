// retention: what storing a record takes while old records are taken away slice by slice, with a turn of the loop between two.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { newBatch, openStore } from '../../src/store/store.ts';
import { derive } from '../support/rows.ts';
import { makeFolder } from './cleanup.ts';
import { cdrOf } from './events.ts';
import { eventsIn, storeOf } from './filled.ts';
import { figureOf, type Pair, type Part } from './pairs.ts';
import { quantile } from './requests.ts';

/** Records that one transaction takes away. */
const sliceRows = 50;
const pauseMs = 5;

export const retention: Part = {
  name: 'retention',
  about: `one record stored while old ones are taken away by ${sliceRows}, against the same store when quiet`,
  async run(options) {
    const { file: filled } = await storeOf(options);
    const file = join(makeFolder(), 'cdrd.db');
    copyFileSync(filled, file);
    const store = await openStore({ url: `sqlite:${file}` }, pino({ level: 'silent' }));
    const sourceName = 'pbx1/ami';
    const { id: sourceId } = await store.source(sourceName);
    const work = { sourceId, sourceName, repeats: 'never' as const, cursor: undefined, lost: 0, derive, within: null };
    let next = eventsIn(file);
    let oldest = 1;
    const count = options.isShort ? 40 : 400;
    const stored = async () => {
      const took: number[] = [];
      for (let at = 0; at < count; at++) {
        const began = performance.now();
        await store.append({ ...work, rows: [cdrOf(next++)], now: Date.now() * 1000 }, newBatch());
        took.push(performance.now() - began);
        await delay(pauseMs);
      }
      return { p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
    };
    const slices = async (signal: AbortSignal) => {
      while (!signal.aborted) {
        const ids = Array.from({ length: sliceRows }, () => oldest++);
        await store.expire(ids, Date.now() * 1000);
        await delay(pauseMs);
      }
    };
    await stored();
    const runs: Pair<{ p50: number; p99: number }>[] = [];
    for (let pair = 0; pair < options.pairs; pair++) {
      const reference = await stored();
      const stop = new AbortController();
      const cleaning = slices(stop.signal);
      const measured = await stored();
      stop.abort();
      await cleaning;
      runs.push({ measured, reference });
    }
    await store.close();
    return (['p50', 'p99'] as const).map((name) =>
      figureOf(
        { part: retention.name, case: `one record stored, ${name}`, unit: 'ms' },
        runs.map(({ measured, reference }) => ({ measured: measured[name], reference: reference[name] })),
      ),
    );
  },
};
