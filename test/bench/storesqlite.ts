// store-sqlite: what the store's promises cost. store.append with everything it looks up and keeps, against the same
// rows put into the same tables and indexes with prepared statements.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import type { Cdr } from '../../src/cdr/cdr.ts';
import { connect } from '../../src/store/connect.ts';
import { Broken } from '../../src/errors.ts';
import { newBatch, openStore } from '../../src/store/store.ts';
import { derive } from '../support/rows.ts';
import { makeFolder, removeFolder, startChild } from './cleanup.ts';
import { alternate, figureOf, type Part } from './pairs.ts';

const silent = pino({ level: 'silent' });
const side = fileURLToPath(new URL('storeside.ts', import.meta.url));
/** As many rows as the sources hand over at once. */
export const batchRows = 500;
/** What a connection is set to; read from the store's own, so that the reference cannot differ (src/store/connect.ts). */
const pragmas = [
  ...['journal_mode', 'synchronous', 'secure_delete', 'cache_size', 'temp_store', 'mmap_size', 'wal_autocheckpoint'],
];

type Cells = (string | number | null)[];
/** What the store writes to a table, batch by batch. */
export interface Table {
  name: string;
  columns: string[];
  batches: Cells[][];
  /** What follows the values: cells of `rollup` are summed up, as no store of calls can do without. */
  tail: string;
}

/** The key of a cell, and what is summed up in it (src/store/rollups.ts). */
export const cellKey = ['kind', 'viewer', 'bucket', 'name', 'direction', 'outcome'];
export const cellSums = ['calls', 'records', 'talk', 'ring', 'rung'];

export const storeSqlite: Part = {
  name: 'store-sqlite',
  about: 'store.append, batches of 500; against bare better-sqlite3, same rows, tables, indexes and PRAGMAs',
  async run({ isShort, pairs }) {
    const records = isShort ? 5000 : 40_000;
    const [append, reference] = [await startSide('append', records), await startSide('bare', records)];
    const runs = await alternate(pairs, append.run, reference.run);
    await Promise.all([append.end(), reference.end()]);
    return [figureOf({ part: storeSqlite.name, case: `batches of ${batchRows}`, unit: 'records/s' }, runs)];
  },
};

/** A process that does it again and again, and has done it once. */
async function startSide(name: 'append' | 'bare', records: number) {
  const isUp = (line: string) => line === 'up' || undefined;
  const { process, end } = await startChild([side, name, String(records)], isUp);
  const run = () =>
    new Promise<number>((resolve, reject) => {
      const gone = () => reject(new Broken(`the process of ${name} ended in its run`));
      process.once('exit', gone);
      process.once('message', (rate) => {
        process.off('exit', gone);
        resolve(rate as number);
      });
      process.send('run', (error) => error && gone());
    });
  return { run, end };
}

export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = makeFolder();
  try {
    return await work(folder);
  } finally {
    removeFolder(folder);
  }
}

/** Records per second into a new store; `each` sees it after every batch, not counted in. */
export async function appendAll(url: string, cdrs: readonly Cdr[], each?: () => void): Promise<number> {
  const store = await openStore({ url }, silent);
  try {
    const sourceName = 'pbx1/ami';
    const { id: sourceId } = await store.source(sourceName);
    const work = { sourceId, sourceName, repeats: 'never' as const, cursor: undefined, lost: 0, derive, within: null };
    const began = performance.now();
    for (let at = 0; at < cdrs.length; at += batchRows) {
      await store.append({ ...work, rows: cdrs.slice(at, at + batchRows), now: Date.now() * 1000 }, newBatch());
      each?.();
    }
    return cdrs.length / ((performance.now() - began) / 1000);
  } finally {
    await store.close();
  }
}

/** What the store writes of the records, read back after every batch, and the settings of its connection. */
export function rowsAsStored(cdrs: readonly Cdr[]) {
  return inFolder(async (folder) => {
    const file = join(folder, 'cdrd.db');
    await (await openStore({ url: `sqlite:${file}` }, silent)).close();
    const database = new Database(file, { readonly: true });
    const growing = ['cdr', 'change', 'call', 'call_change'].map((name) => growthOf(database, name));
    const cells = cellsOf(database);
    await appendAll(`sqlite:${file}`, cdrs, () => [...growing, cells].forEach(({ look }) => look()));
    database.close();
    return { tables: [...growing, cells].map(({ table }) => table), settings: await settingsOf(file) };
  });
}

/** New rows of a table: a row that later batches change counts as it was at first. */
function growthOf(database: Database.Database, name: string): { table: Table; look: () => void } {
  // Generated columns, which take no value, are not in its list.
  const columns = (database.pragma(`table_info(${name})`) as { name: string }[]).map((column) => column.name);
  const names = columns.map((column) => `\`${column}\``).join(', ');
  const seen = database.prepare(`SELECT ${names} FROM \`${name}\` WHERE rowid > ? ORDER BY rowid`);
  const last = database.prepare(`SELECT MAX(rowid) FROM \`${name}\``).pluck();
  const table: Table = { name, columns, batches: [], tail: '' };
  let from = 0;
  const look = () => {
    table.batches.push(seen.raw().all(from) as Cells[]);
    from = last.get() as number;
  };
  return { table, look };
}

/** The cells that a batch has changed, by how much. */
function cellsOf(database: Database.Database): { table: Table; look: () => void } {
  const columns = [...cellKey, ...cellSums];
  const all = database.prepare(`SELECT ${columns.join(', ')} FROM rollup`).raw();
  const sums = cellSums.map((name) => `${name} = ${name} + excluded.${name}`).join(', ');
  const tail = ` ON CONFLICT (${cellKey.join(', ')}) DO UPDATE SET ${sums}`;
  const table: Table = { name: 'rollup', columns, batches: [], tail };
  let before = new Map<string, number[]>();
  const look = () => {
    const now = new Map<string, number[]>();
    const changed: Cells[] = [];
    for (const row of all.all() as Cells[]) {
      const key = row.slice(0, cellKey.length);
      const text = JSON.stringify(key);
      const is = row.slice(cellKey.length) as number[];
      now.set(text, is);
      const gain = is.map((sum, at) => sum - (before.get(text)?.[at] ?? 0));
      if (gain.some((sum) => sum !== 0)) changed.push([...key, ...gain]);
    }
    table.batches.push(changed);
    before = now;
  };
  return { table, look };
}

async function settingsOf(file: string): Promise<string[]> {
  const database = await connect(`sqlite:${file}`, silent);
  try {
    return await database.read(async (sql) => {
      const settings: string[] = [];
      for (const name of pragmas) {
        const [row] = await sql.all<Record<string, Cells[number]>>(`PRAGMA ${name}`);
        settings.push(`${name} = ${Object.values(row!)[0]}`);
      }
      return settings;
    });
  } finally {
    await database.close();
  }
}

/** What the reference writes, and the settings of the store's connection. */
export type Stored = Awaited<ReturnType<typeof rowsAsStored>>;

/**
 * Records per second into the same schema, one transaction per batch, one prepared statement per table. `reading` gives what is done
 * before each batch.
 */
export function bare(
  stored: Stored,
  reading: () => Promise<() => Promise<void>> = async () => async () => undefined,
): Promise<number> {
  return inFolder(async (folder) => {
    const file = join(folder, 'cdrd.db');
    await (await openStore({ url: `sqlite:${file}` }, silent)).close();
    const { write, close } = openBare(file, stored);
    const { batches } = stored.tables[0]!;
    const read = await reading();
    const began = performance.now();
    for (let batch = 0; batch < batches.length; batch += 1) {
      await read();
      write(batch);
    }
    const seconds = (performance.now() - began) / 1000;
    close();
    return batches.reduce((count, { length }) => count + length, 0) / seconds;
  });
}

/** `write` puts one batch of the rows into a store that is there. */
export function openBare(file: string, { tables, settings }: Stored) {
  const database = new Database(file);
  for (const setting of settings) database.pragma(setting);
  const inserts = tables.map(({ name, columns, batches, tail }) => {
    const names = columns.map((column) => `\`${column}\``).join(', ');
    const places = columns.map(() => '?').join(', ');
    return { batches, statement: database.prepare(`INSERT INTO \`${name}\` (${names}) VALUES (${places})${tail}`) };
  });
  const writeBatch = database.transaction((batch: number) => {
    for (const { batches, statement } of inserts) for (const row of batches[batch]!) statement.run(...row);
  });
  return { write: (batch: number) => writeBatch.immediate(batch), close: () => database.close() };
}
