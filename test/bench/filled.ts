// A store with many records in little time: one round of events is appended as ever, then copied inside SQLite day by
// day under new ids, times and names of channels, with its calls, changes and statistics; the indexes are made last.
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { newBatch, openStore } from '../../src/store/store.ts';
import { derive } from '../support/rows.ts';
import { makeFolder, removeFolder } from './cleanup.ts';
import { cdrOf, indexOf, poolSize } from './events.ts';
import type { PartOptions } from './pairs.ts';

const silent = pino({ level: 'silent' });
/** Every round begins a day after the one before. */
const dayMicros = 86_400_000_000;
const dayMinutes = 1440;
/** Rounds that are one transaction. */
const roundsAtOnce = 20;

/** Makes `cdrd.db` in the folder. `rows`: a multiple of 5000. Resolves to its file. */
export async function fillStore(folder: string, rows: number): Promise<string> {
  const file = join(folder, 'cdrd.db');
  await appendRound(file);
  const database = new Database(file);
  // Nobody else reads it yet, and what is broken off is thrown away.
  for (const setting of ['journal_mode = OFF', 'synchronous = OFF', 'cache_size = -500000']) database.pragma(setting);
  copyRounds(database, rows / poolSize);
  database.pragma('journal_mode = WAL');
  database.close();
  return file;
}

const usualRows = { short: 20_000, long: 1_000_000 };

/** A store of as many records as the options say, kept where they say; else it goes at the end. */
export async function storeOf({ isShort, rows = usualRows[isShort ? 'short' : 'long'], stores }: PartOptions) {
  if (stores === undefined) return { file: await fillStore(makeFolder(), rows), rows };
  const file = join(stores, `cdrd-${rows}.db`);
  if (!existsSync(file)) {
    const folder = makeFolder(stores);
    renameSync(await fillStore(folder, rows), file);
    removeFolder(folder);
  }
  return { file, rows };
}

/** The first event that a store has not heard: a kept one may have been written to. */
export function eventsIn(file: string): number {
  const database = new Database(file, { readonly: true });
  const last = database.prepare('SELECT MAX(sequence) FROM cdr').pluck().get() as number;
  database.close();
  return indexOf(last) + 1;
}

async function appendRound(file: string): Promise<void> {
  const store = await openStore({ url: `sqlite:${file}` }, silent);
  const sourceName = 'pbx1/ami';
  const { id: sourceId } = await store.source(sourceName);
  const work = { sourceId, sourceName, repeats: 'never' as const, cursor: undefined, lost: 0, derive, within: null };
  for (let at = 0; at < poolSize; at += 500) {
    const cdrs = Array.from({ length: 500 }, (_, more) => cdrOf(at + more));
    await store.append({ ...work, rows: cdrs, now: Date.now() * 1000 }, newBatch());
  }
  await store.close();
}

/** What is not the same in round `@round` (from 1 on; the appended one is 0), by column; `$`: the column itself. */
const moved: Record<string, Record<string, string>> = {
  cdr: {
    id: '$ + @round * @cdr',
    sequence: '$ + @round * 100000',
    call_id: '$ + @round * @call',
    ...Object.fromEntries(['start', 'answer', 'end'].map((time) => [time, `$ + @round * ${dayMicros}`])),
    // As events.ts numbers them.
    ...Object.fromEntries(['uniqueid', 'linkedid'].map((name) => [name, "REPLACE($, '.0001', '.' || @name)"])),
    ...Object.fromEntries(['channel', 'dstchannel'].map((name) => [name, "REPLACE($, '-0001', '-' || @name)"])),
  },
  change: { seq: '$ + @round * @change', cdr_id: '$ + @round * @cdr' },
  call: {
    id: '$ + @round * @call',
    first_cdr: '$ + @round * @cdr',
    ...Object.fromEntries(['start', 'answer', 'end'].map((time) => [time, `$ + @round * ${dayMicros}`])),
    ...Object.fromEntries(['uniqueids', 'linkedids'].map((name) => [name, "REPLACE($, '.0001', '.' || @name)"])),
  },
  call_change: { seq: '$ + @round * @change', call_id: '$ + @round * @call' },
  call_alias: { id: '$ + @round * @call', call_id: '$ + @round * @call' },
  call_part: {
    call_id: '$ + @round * @call',
    facts:
      `json_set($, '$.start', json_extract($, '$.start') + @round * ${dayMicros}, ` +
      `'$.end', json_extract($, '$.end') + @round * ${dayMicros})`,
  },
  // By the tier, which is the last digit of the kind (src/store/rollups.ts); what lies over midnights is summed up in the end.
  rollup: {
    bucket: `$ + @round * CASE kind % 10 WHEN 0 THEN ${dayMinutes} WHEN 1 THEN 96 WHEN 2 THEN 24 WHEN 3 THEN 1 ELSE 0 END`,
  },
};

function copyRounds(database: Database.Database, rounds: number): void {
  const lastOf = database.prepare('SELECT last FROM place WHERE name = ?').pluck();
  const counts = Object.fromEntries(['cdr', 'call', 'change'].map((name) => [name, lastOf.get(name) as number]));
  const names = Object.keys(moved);
  const indexes = database
    .prepare(
      `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN (${names.map(() => '?').join(', ')})`,
    )
    .all(...names) as { name: string; sql: string }[];
  for (const { name } of indexes) database.exec(`DROP INDEX \`${name}\``);
  for (const name of names) database.exec(`CREATE TEMP TABLE \`first_${name}\` AS SELECT * FROM \`${name}\``);
  database.exec(`DELETE FROM first_rollup WHERE ${isWide}`);
  const copies = names.map((name) => database.prepare(copyOf(database, name)));
  const copy = database.transaction((from: number, until: number) => {
    for (let round = from; round < until; round++) {
      const values = { ...counts, round, name: String(round + 1).padStart(4, '0') };
      for (const statement of copies) statement.run(values);
    }
  });
  for (let from = 1; from < rounds; from += roundsAtOnce) copy(from, Math.min(rounds, from + roundsAtOnce));
  for (const [name, count] of Object.entries(counts)) {
    database.prepare('UPDATE place SET last = ? WHERE name = ?').run(count * rounds, name);
  }
  sumUpWide(database);
  database.prepare('UPDATE source SET received = received * @rounds, stored = stored * @rounds').run({ rounds });
  for (const { sql } of indexes) database.exec(sql);
}

function copyOf(database: Database.Database, name: string): string {
  // Generated columns, which take no value, are not in its list.
  const columns = (database.pragma(`table_info(\`${name}\`)`) as { name: string }[]).map(
    (column) => `\`${column.name}\``,
  );
  const values = columns.map((column) =>
    (moved[name]![column.slice(1, -1)] ?? '$').replaceAll('$', (_, at: number, whole: string) =>
      whole[at + 1] === '.' ? '$' : column,
    ),
  );
  return `INSERT INTO \`${name}\` (${columns.join(', ')}) SELECT ${values.join(', ')} FROM \`first_${name}\``;
}

/** The tiers that are not of one round (src/cdr/tiers.ts): the digit of each, its stretches, and which quarters lie in them. */
function sumUpWide(database: Database.Database): void {
  const month = "strftime('%Y', bucket * 900, 'unixepoch') * 12 + strftime('%m', bucket * 900, 'unixepoch') - 1";
  const [hours, weeks] = [`(${month}) * 24 + bucket % 96 / 4`, `(${month}) * 168 + bucket % 672 / 4`];
  database.exec(`DELETE FROM rollup WHERE ${isWide}`);
  for (const [tier, bucket, where] of [
    [6, '(bucket + 48) / 96', 'TRUE'],
    ...[[4, hours, 'TRUE'] as const, [7, hours, 'bucket % 4 >= 2'] as const, [0, hours, 'bucket % 4 = 0'] as const],
    ...[[8, weeks, 'TRUE'] as const, [5, weeks, 'bucket % 4 = 0'] as const],
    [9, `(${month}) * 168 + (bucket + 2) % 672 / 4`, 'TRUE'],
  ] as const) {
    database.exec(
      `INSERT INTO rollup (kind, viewer, bucket, name, direction, outcome, calls, records, talk, ring, rung) ` +
        `SELECT kind - 1 + ${tier}, viewer, ${bucket}, name, direction, outcome, SUM(calls), SUM(records), SUM(talk), SUM(ring), SUM(rung) ` +
        `FROM rollup WHERE kind IN (11, 21, 31) AND ${where} GROUP BY kind, viewer, ${bucket}, name, direction, outcome`,
    );
  }
}

/** Of `flow` (kinds from 40 on) each is of one round. */
const isWide = 'kind < 40 AND kind % 10 IN (0, 4, 5, 6, 7, 8, 9)';
