// growth: what a batch and a page cost in stores of ten times the size each. What grows faster than the logarithm is a fault, unless the
// same rows written bare into the same indexes grow as fast: each brings pages of its own into the WAL once an index has more pages than a
// batch has rows. CPU beside time: the disk of a shared machine tells more of its neighbours than of the store.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { newBatch, openStore } from '../../src/store/store.ts';
import { derive } from '../support/rows.ts';
import { makeFolder, removeFolder } from './cleanup.ts';
import { cdrOf } from './events.ts';
import { eventsIn, storeOf } from './filled.ts';
import { figureAlone, figureOf, type Figure, type Pair, type Part } from './pairs.ts';
import { batchRows, openBare, rowsAsStored, type Stored } from './storesqlite.ts';

/** The first are the warm-up. */
const warmUps = 5;
const silent = pino({ level: 'silent' });

export const growth: Part = {
  name: 'growth',
  about: 'a batch of 500, against the same rows bare, and a page of 500 in stores of 10,000, 100,000 … up to --rows',
  async run(options) {
    const most = options.rows ?? (options.isShort ? 20_000 : 1_000_000);
    const figures: Figure[] = [];
    for (const rows of [10_000, 100_000, 1_000_000, 10_000_000].filter((size) => size <= most)) {
      const { file } = await storeOf({ ...options, rows });
      const name = `${rows.toLocaleString('en')} records`;
      figures.push(...(await costsIn(file, rows, warmUps + options.pairs * 4)).figures(name));
    }
    return figures;
  },
};

/** Both sides by turns, each in a copy of the store. */
async function costsIn(filled: string, rows: number, runs: number): Promise<Costs> {
  const folder = makeFolder();
  const [file, bareFile] = [join(folder, 'cdrd.db'), join(folder, 'bare.db')];
  for (const copy of [file, bareFile]) copyFileSync(filled, copy);
  const first = eventsIn(filled);
  const cdrs = Array.from({ length: runs * batchRows }, (_, at) => cdrOf(first + at));
  const bare = openBare(bareFile, behind(bareFile, await rowsAsStored(cdrs)));
  const store = await openStore({ url: `sqlite:${file}` }, silent);
  const sourceName = 'pbx1/ami';
  const { id: sourceId } = await store.source(sourceName);
  const work = { sourceId, sourceName, repeats: 'never' as const, cursor: undefined, lost: 0, derive, within: null };
  const costs = new Costs();
  for (let run = 0; run < runs; run++) {
    const some = cdrs.slice(run * batchRows, (run + 1) * batchRows);
    const sides = [
      ['batch', () => store.append({ ...work, rows: some, now: Date.now() * 1000 }, newBatch())],
      ['bare', async () => bare.write(run)],
      ['page', () => store.list({ within: null, order: 'id', after: Math.floor(rows / 2), limit: batchRows })],
    ] as const;
    for (const [side, work] of run % 2 === 0 ? sides : sides.toReversed()) await costs.add(run >= warmUps, side, work);
  }
  await store.close();
  bare.close();
  removeFolder(folder);
  return costs;
}

/** The rows of an empty store under ids that follow those of this one. */
function behind(file: string, { tables, settings }: Stored): Stored {
  const database = new Database(file, { readonly: true });
  const last = (table: string, id: string) =>
    database.prepare(`SELECT MAX(${id}) FROM ${table}`).pluck().get() as number;
  const [cdr, call, change] = [
    last('cdr', 'id'),
    last('call', 'id'),
    Math.max(last('change', 'seq'), last('call_change', 'seq')),
  ];
  database.close();
  const gains: Record<string, Record<string, number>> = {
    cdr: { id: cdr, call_id: call },
    call: { id: call, first_cdr: cdr },
    change: { seq: change, cdr_id: cdr },
    call_change: { seq: change, call_id: call },
    rollup: {},
  };
  const moved = tables.map((table) => {
    const gain = table.columns.map((column) => gains[table.name]![column] ?? 0);
    const rowOf = (row: Stored['tables'][number]['batches'][number][number]) =>
      row.map((cell, at) => (gain[at] === 0 || cell === null ? cell : Number(cell) + gain[at]!));
    return { ...table, batches: table.batches.map((batch) => batch.map(rowOf)) };
  });
  return { tables: moved, settings };
}

type Side = 'batch' | 'bare' | 'page';
interface Cost {
  time: number;
  cpu: number;
}

class Costs {
  readonly #all: Record<Side, Cost[]> = { batch: [], bare: [], page: [] };

  async add(isCounted: boolean, side: Side, work: () => Promise<unknown>): Promise<void> {
    const [began, used] = [performance.now(), process.cpuUsage()];
    await work();
    const { user, system } = process.cpuUsage(used);
    if (isCounted) this.#all[side].push({ time: performance.now() - began, cpu: (user + system) / 1000 });
  }

  figures(name: string): Figure[] {
    const { batch, bare, page } = this.#all;
    return (['time', 'cpu'] as const).flatMap((what) => {
      const about = { part: growth.name, unit: 'ms' as const };
      const end = what === 'cpu' ? `${name}, CPU` : name;
      const pairs: Pair<number>[] = batch.map((cost, at) => ({ measured: cost[what], reference: bare[at]![what] }));
      return [
        figureOf({ ...about, case: `a batch of ${batchRows}, ${end}` }, pairs),
        figureAlone(
          { ...about, case: `a page of ${batchRows}, ${end}` },
          page.map((cost) => cost[what]),
        ),
      ];
    });
  }
}
