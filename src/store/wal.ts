// The write-ahead log of SQLite, beside the store's file: what was overwritten there stands in it until it is emptied.
import type BetterSqlite3 from 'better-sqlite3';

/** Readers are not waited for: that would hold up everybody else. What they still read stays until the next time. */
export function emptyWal(connection: BetterSqlite3.Database): void {
  const waitMs = connection.pragma('busy_timeout', { simple: true }) as number;
  connection.pragma('busy_timeout = 0');
  connection.pragma('wal_checkpoint(TRUNCATE)');
  connection.pragma(`busy_timeout = ${waitMs}`);
}
