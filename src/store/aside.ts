// A second way into the store, for long reads in a thread of their own: one read-only connection, beside those of the daemon.
import { Unavailable } from '../errors.ts';
import { Names } from './names.ts';
import { Reader } from './read.ts';
import { inodeOf, openReadOnly } from './readonly.ts';
import { mysqlSql, sqliteSql, type Database, type Sql } from './sql.ts';
import { serverOf, sqliteFile } from './url.ts';
import type { CurveAsk } from './running.ts';
import { StatsScan } from './statscan.ts';
import type { StatsQuery } from '../cdr/statsquery.ts';
import { Walk, type Pace, type WalkQuery } from './walk.ts';

/** Which store it is. Holds the password of a server: for the daemon's own threads only, never for a log. */
export interface Whereabouts {
  url: string;
  generation: string;
  /** Of an SQLite file, so that another file of the same name is not taken for it. */
  inode: number | null;
}

export interface Aside {
  walk: (query: WalkQuery, pace?: Pace) => Walk;
  scan: (query: StatsQuery, curve?: CurveAsk | null) => StatsScan;
  /** @throws Unavailable when the store is not the one it was: its file is gone, or another */
  check: () => void;
  close: () => void;
}

export function inodeAt(url: string): number | null {
  const file = sqliteFile(url);
  return file === undefined ? null : inodeOf(file);
}

/** @throws Unavailable, and errors of the database */
export async function openAside({ url, generation, inode }: Whereabouts): Promise<Aside> {
  const file = sqliteFile(url);
  const check = () => {
    if (inodeAt(url) !== inode) throw new Unavailable(`the store's file ${file} was removed or replaced`);
  };
  check();
  const { sql, dialect, close } = await (file === undefined ? openServer(url) : openFile(file));
  try {
    const [row] = await sql.all<{ value: string }>("SELECT `value` FROM `meta` WHERE `name` = 'generation'");
    if (row?.value !== generation) throw new Unavailable('the store is not the one this daemon opened');
    const [systems, companies] = [new Names('system'), new Names('company')];
    await systems.load(sql);
    await companies.load(sql);
    const reader = new Reader(systems, companies);
    const rooms = { systems, companies, read: reader };
    const scan: Aside['scan'] = (query, curve) => new StatsScan(sql, rooms, query, curve);
    return { walk: (query, pace) => new Walk(sql, reader, query, dialect, pace), scan, check, close };
  } catch (error) {
    close();
    throw error;
  }
}

interface Opened {
  sql: Sql;
  dialect: Database['dialect'];
  close: () => void;
}

async function openFile(file: string): Promise<Opened> {
  const { connection, close } = await openReadOnly(file);
  return { sql: sqliteSql(connection), dialect: 'sqlite', close };
}

async function openServer(url: string): Promise<Opened> {
  const { createConnection } = await import('mysql2');
  const connection = createConnection({
    ...serverOf(url),
    ...{ charset: 'utf8mb4', timezone: 'Z', dateStrings: true, supportBigNumbers: true, connectTimeout: 5000 },
  });
  // Every statement tells its own error; without a listener one in between would end the thread.
  connection.on('error', () => undefined);
  const sql = mysqlSql(connection);
  await new Promise<void>((resolve, reject) => {
    connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY', (error) =>
      error ? reject(error) : resolve(),
    );
  });
  return { sql, dialect: 'mysql', close: () => connection.destroy() };
}
