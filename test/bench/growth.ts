// growth: what a batch and a page cost in stores of ten times the size each. What grows faster than the logarithm is a fault.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { newBatch, openStore } from '../../src/store/store.ts';
import { derive } from '../support/rows.ts';
import { makeFolder, removeFolder } from './cleanup.ts';
import { cdrOf } from './events.ts';
import { eventsIn, storeOf } from './filled.ts';
import { figureAlone, type Figure, type Part } from './pairs.ts';

const batchRows = 500;

export const growth: Part = {
  name: 'growth',
  about: 'a batch of 500 and a page of 500 in stores of 10,000, 100,000 … records, up to --rows',
  async run(options) {
    const most = options.rows ?? (options.isShort ? 20_000 : 1_000_000);
    const figures: Figure[] = [];
    for (const rows of [10_000, 100_000, 1_000_000, 10_000_000].filter((size) => size <= most)) {
      const { file: filled } = await storeOf({ ...options, rows });
      const folder = makeFolder();
      const file = join(folder, 'cdrd.db');
      copyFileSync(filled, file);
      const store = await openStore({ url: `sqlite:${file}` }, pino({ level: 'silent' }));
      const sourceName = 'pbx1/ami';
      const { id: sourceId } = await store.source(sourceName);
      const work = {
        sourceId,
        sourceName,
        repeats: 'never' as const,
        cursor: undefined,
        lost: 0,
        derive,
        within: null,
      };
      const [batches, pages]: number[][] = [[], []];
      let next = eventsIn(file);
      // The first are the warm-up.
      for (let run = -5; run < options.pairs * 4; run++) {
        const cdrs = Array.from({ length: batchRows }, () => cdrOf(next++));
        let began = performance.now();
        await store.append({ ...work, rows: cdrs, now: Date.now() * 1000 }, newBatch());
        if (run >= 0) batches!.push(performance.now() - began);
        began = performance.now();
        await store.list({ within: null, order: 'id', after: Math.floor(rows / 2), limit: batchRows });
        if (run >= 0) pages!.push(performance.now() - began);
      }
      await store.close();
      removeFolder(folder);
      const name = `${rows.toLocaleString('en')} records`;
      figures.push(figureAlone({ part: growth.name, case: `a batch of ${batchRows}, ${name}`, unit: 'ms' }, batches!));
      figures.push(figureAlone({ part: growth.name, case: `a page of ${batchRows}, ${name}`, unit: 'ms' }, pages!));
    }
    return figures;
  },
};
