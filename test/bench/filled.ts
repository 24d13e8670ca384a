// A store with many records in little time: some are appended as ever, then copied inside SQLite under new ids and times.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { newBatch, openStore } from '../../src/store/store.ts';
import { derive } from '../support/rows.ts';
import { cdrOf } from './events.ts';

const silent = pino({ level: 'silent' });
const appended = 5000;

/** Makes `cdrd.db` in the folder. `rows`: a multiple of 5000. */
export async function fillStore(folder: string, rows: number): Promise<void> {
  const file = join(folder, 'cdrd.db');
  const store = await openStore({ url: `sqlite:${file}` }, silent);
  const sourceName = 'pbx1/ami';
  const { id: sourceId } = await store.source(sourceName);
  const work = { sourceId, sourceName, repeats: 'never' as const, cursor: undefined, lost: 0, derive, within: null };
  for (let at = 0; at < appended; at += 500) {
    const cdrs = Array.from({ length: 500 }, (_, more) => cdrOf(at + more));
    await store.append({ ...work, rows: cdrs, now: Date.now() * 1000 }, newBatch());
  }
  await store.close();
  const database = new Database(file);
  const columns = database.pragma('table_info(cdr)') as { name: string }[];
  const copied = columns.map(({ name }) => (name === 'id' || name === 'start' ? `\`${name}\` + ?` : `\`${name}\``));
  const copy = database.prepare(`INSERT INTO cdr SELECT ${copied.join(', ')} FROM cdr WHERE id <= ${appended}`);
  database.transaction(() => {
    for (let from = appended; from < rows; from += appended) copy.run(from, from * 1_000_000);
    database.prepare("UPDATE place SET last = ? WHERE name = 'cdr'").run(rows);
  })();
  database.close();
}
