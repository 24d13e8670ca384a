// growth: what a batch and a page cost in stores of ten times the size each. What grows faster than the logarithm is a fault.
// CPU beside time: the disk of a shared machine tells more of its neighbours than of the store.
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
      const batches = new Costs();
      const pages = new Costs();
      let next = eventsIn(file);
      // The first are the warm-up.
      for (let run = -5; run < options.pairs * 4; run++) {
        const cdrs = Array.from({ length: batchRows }, () => cdrOf(next++));
        const append = () => store.append({ ...work, rows: cdrs, now: Date.now() * 1000 }, newBatch());
        const list = () => store.list({ within: null, order: 'id', after: Math.floor(rows / 2), limit: batchRows });
        await batches.add(run >= 0, append);
        await pages.add(run >= 0, list);
      }
      await store.close();
      removeFolder(folder);
      const name = `${rows.toLocaleString('en')} records`;
      figures.push(
        ...batches.figures(`a batch of ${batchRows}, ${name}`),
        ...pages.figures(`a page of ${batchRows}, ${name}`),
      );
    }
    return figures;
  },
};

class Costs {
  readonly #times: number[] = [];
  readonly #cpus: number[] = [];

  async add(isCounted: boolean, work: () => Promise<unknown>): Promise<void> {
    const [began, used] = [performance.now(), process.cpuUsage()];
    await work();
    const { user, system } = process.cpuUsage(used);
    if (!isCounted) return;
    this.#times.push(performance.now() - began);
    this.#cpus.push((user + system) / 1000);
  }

  figures(name: string): Figure[] {
    const about = { part: growth.name, unit: 'ms' as const };
    return [
      figureAlone({ ...about, case: name }, this.#times),
      figureAlone({ ...about, case: `${name}, CPU` }, this.#cpus),
    ];
  }
}
