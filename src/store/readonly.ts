// A read-only connection to the store's SQLite file beside the daemon's own, for threads.
import { statSync } from 'node:fs';
import type BetterSqlite3 from 'better-sqlite3';
import { preparedOn } from './sql.ts';

export interface ReadOnly {
  connection: BetterSqlite3.Database;
  /** Each text once. */
  prepared: (sql: string) => BetterSqlite3.Statement;
  close: () => void;
}

/** null: it is not there. Another file of the same name has another. */
export function inodeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.ino ?? null;
}

/** @throws errors of SQLite, also when the file is not there */
export async function openReadOnly(file: string): Promise<ReadOnly> {
  const { default: BetterSqlite3 } = await import('better-sqlite3');
  const connection = new BetterSqlite3(file, { readonly: true, fileMustExist: true, timeout: 5000 });
  connection.pragma('cache_size = -4096');
  return { connection, prepared: preparedOn(connection), close: () => void connection.close() };
}
