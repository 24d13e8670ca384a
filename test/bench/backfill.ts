// backfill: a cdr table in MariaDB, as Asterisk wrote it, into an empty SQLite store; against a bare SELECT by keyset and bare inserts.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { Cdr } from '../../src/cdr/cdr.ts';
import { normalise } from '../../src/cdr/normalise.ts';
import { Broken } from '../../src/errors.ts';
import { openIds } from '../../src/simulator/ids.ts';
import { nextCall } from '../../src/simulator/mix.ts';
import { openRandom } from '../../src/simulator/random.ts';
import { openCdrTable } from '../../src/simulator/table.ts';
import { toRows } from '../../src/sources/table/cells.ts';
import { startBenchDaemon } from './daemon.ts';
import { openMariaDb } from './mariadb.ts';
import { alternate, figureOf, type Part } from './pairs.ts';
import { bare, batchRows, rowsAsStored } from './storesqlite.ts';

const lookMs = 50;
const lateMs = 300_000;
const epochMicros = 1_795_000_000_000_000;

export const backfill: Part = {
  name: 'backfill',
  about: 'a cdr table in MariaDB into an empty SQLite store; against a bare SELECT by keyset and bare inserts',
  async run({ isShort, pairs }) {
    // A new daemon is slow for some 1,500 rows, until its code is compiled: of a long table that is little.
    const wanted = isShort ? 2000 : 100_000;
    const server = await openMariaDb();
    try {
      const url = await server.fresh();
      const rows = await fill(url, wanted);
      const stored = await rowsAsStored(await recordsIn(url));
      const runs = await alternate(
        pairs,
        () => throughDaemon(url, rows),
        () => bare(stored, pagesOf(url, rows)),
      );
      return [figureOf({ part: backfill.name, case: `${rows} rows`, unit: 'records/s' }, runs)];
    } finally {
      await server.end();
    }
  },
};

async function fill(url: string, wanted: number): Promise<number> {
  const [random, ids] = [openRandom(1), openIds()];
  const table = await openCdrTable(url);
  let rows = 0;
  while (rows < wanted) {
    const some: Promise<void>[] = [];
    while (some.length < 50) {
      const { records } = nextCall(random, ids, epochMicros + (rows + some.length) * 1_000_000);
      some.push(...records.map((record) => table.insert(record)));
    }
    await Promise.all(some);
    rows += some.length;
  }
  await table.close();
  return rows;
}

/** The very records that the daemon makes of the table. */
async function recordsIn(url: string): Promise<Cdr[]> {
  const connection = await createConnection({ uri: url, dateStrings: true });
  const [rows] = await connection.query<RowDataPacket[]>('SELECT * FROM cdr ORDER BY AcctId');
  connection.destroy();
  return toRows(rows, new Map()).map((fields) =>
    normalise({ kind: 'table', timezone: 'UTC', fields, idColumn: 'acctid' }, 'pbx1'),
  );
}

/** From the first record on: what a start takes is another thing. */
async function throughDaemon(url: string, rows: number): Promise<number> {
  const paces = { rows_per_second: 100_000, above_rows: 1_000_000 };
  const table = { url, poll_seconds: 0.05, backfill: paces };
  const daemon = await startBenchDaemon({ system: { table } });
  // To ask the daemon would be work for it.
  const store = new Database(join(daemon.folder, 'cdrd.db'), { readonly: true });
  const last = store.prepare('SELECT MAX(id) FROM cdr').pluck();
  try {
    const up = performance.now();
    let [first, began] = [0, up];
    for (const late = up + lateMs; performance.now() < late; await delay(lookMs)) {
      const [now, at] = [(last.get() as number | null) ?? 0, performance.now()];
      if (first === 0 && now > 0) [first, began] = [now, at];
      if (now < rows) continue;
      // Where most came at once, all of it counts from the start.
      return first > rows / 2 ? (rows * 1000) / (at - up) : ((rows - first) * 1000) / (at - began);
    }
    throw new Broken(`not all of ${rows} rows of the table were stored within ${lateMs / 1000} s`);
  } finally {
    store.close();
    await daemon.end();
  }
}

/** What is done before each batch is written. */
function pagesOf(url: string, rows: number): () => Promise<() => Promise<void>> {
  return async () => {
    const connection = await createConnection({ uri: url, dateStrings: true });
    let after = 0;
    let read = 0;
    return async () => {
      const [page] = await connection.execute<RowDataPacket[]>(
        'SELECT * FROM cdr WHERE AcctId > ? ORDER BY AcctId LIMIT ?',
        [after, String(batchRows)],
      );
      after = (page.at(-1)?.['AcctId'] as number | undefined) ?? after;
      read += page.length;
      if (read >= rows) connection.destroy();
    };
  };
}
