// store-sqlite: what the store's promises cost. store.append with everything it looks up and keeps, against the same
// rows put into the same tables and indexes with prepared statements.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import type { Cdr } from '../../src/cdr/cdr.ts';
import { connect } from '../../src/store/connect.ts';
import { newBatch, openStore } from '../../src/store/store.ts';
import { derive } from '../support/rows.ts';
import { makeFolder, removeFolder } from './cleanup.ts';
import { cdrOf } from './events.ts';
import { alternate, figureOf, type Part } from './pairs.ts';

const silent = pino({ level: 'silent' });
/** As many rows as the sources hand over at once. */
const batchRows = 500;
/** What a connection is set to; read from the store's own, so that the reference cannot differ (src/store/connect.ts). */
const pragmas = ['journal_mode', 'synchronous', 'cache_size', 'temp_store', 'mmap_size', 'wal_autocheckpoint'];

type Cells = (string | number | null)[];
interface Table {
  name: string;
  columns: string[];
  rows: Cells[];
}

export const storeSqlite: Part = {
  name: 'store-sqlite',
  about: 'store.append, batches of 500; against bare better-sqlite3, same rows, tables, indexes and PRAGMAs',
  async run({ isShort, pairs }) {
    const cdrs = Array.from({ length: isShort ? 5000 : 40_000 }, (_, index) => cdrOf(index));
    // Also the warm-up: the rows that the reference writes are the ones that the store wrote here.
    const { tables, settings } = await rowsAsStored(cdrs);
    await bare(tables, settings);
    const runs = await alternate(
      pairs,
      () => inFolder((folder) => appendAll(join(folder, 'cdrd.db'), cdrs)),
      () => bare(tables, settings),
    );
    return [figureOf({ part: storeSqlite.name, case: `batches of ${batchRows}`, unit: 'records/s' }, runs)];
  },
};

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = makeFolder();
  try {
    return await work(folder);
  } finally {
    removeFolder(folder);
  }
}

/** Records per second into a new store. */
async function appendAll(file: string, cdrs: readonly Cdr[]): Promise<number> {
  const store = await openStore({ url: `sqlite:${file}` }, silent);
  try {
    const sourceName = 'pbx1/ami';
    const { id: sourceId } = await store.source(sourceName);
    const work = { sourceId, sourceName, repeats: 'never' as const, cursor: undefined, lost: 0, derive, within: null };
    const began = performance.now();
    for (let at = 0; at < cdrs.length; at += batchRows) {
      await store.append({ ...work, rows: cdrs.slice(at, at + batchRows), now: Date.now() * 1000 }, newBatch());
    }
    return cdrs.length / ((performance.now() - began) / 1000);
  } finally {
    await store.close();
  }
}

/** What the store makes of the records, read back, and the settings of its connection. */
function rowsAsStored(cdrs: readonly Cdr[]) {
  return inFolder(async (folder) => {
    const url = `sqlite:${join(folder, 'cdrd.db')}`;
    await appendAll(join(folder, 'cdrd.db'), cdrs);
    const database = await connect(url, silent);
    try {
      return await database.read(async (sql) => {
        const tables: Table[] = [];
        for (const name of ['cdr', 'change', 'call', 'call_change', 'rollup']) {
          const found = await sql.all<Record<string, Cells[number]>>(`SELECT * FROM \`${name}\` ORDER BY 1`);
          tables.push({ name, columns: Object.keys(found[0]!), rows: found.map((row) => Object.values(row)) });
        }
        const settings: string[] = [];
        for (const name of pragmas) {
          const [row] = await sql.all<Record<string, Cells[number]>>(`PRAGMA ${name}`);
          settings.push(`${name} = ${Object.values(row!)[0]}`);
        }
        return { tables, settings };
      });
    } finally {
      await database.close();
    }
  });
}

/** Records per second into the same schema, one transaction per batch, one prepared statement per table. */
function bare(tables: readonly Table[], settings: readonly string[]): Promise<number> {
  return inFolder(async (folder) => {
    const file = join(folder, 'cdrd.db');
    await (await openStore({ url: `sqlite:${file}` }, silent)).close();
    const database = new Database(file);
    for (const setting of settings) database.pragma(setting);
    const inserts = tables.map(({ name, columns, rows }) => {
      const names = columns.map((column) => `\`${column}\``).join(', ');
      const places = columns.map(() => '?').join(', ');
      return { rows, statement: database.prepare(`INSERT INTO \`${name}\` (${names}) VALUES (${places})`) };
    });
    const count = tables[0]!.rows.length;
    // Of tables with another number of rows, each batch has its share.
    const placeIn = (rows: readonly Cells[], from: number) => Math.round((rows.length * Math.min(from, count)) / count);
    const writeBatch = database.transaction((from: number) => {
      for (const { rows, statement } of inserts)
        for (const row of rows.slice(placeIn(rows, from), placeIn(rows, from + batchRows))) statement.run(row);
    });
    const began = performance.now();
    for (let from = 0; from < count; from += batchRows) writeBatch.immediate(from);
    const seconds = (performance.now() - began) / 1000;
    database.close();
    return count / seconds;
  });
}
