// One SQLite file in the place of another. The old one's write-ahead log must be gone before: it would be played into the new one.
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';

/** Where the new one is made. */
export function beside(file: string): string {
  return `${file}.restoring`;
}

/** Of what a symbolic link names: the link stays. */
export function realPath(file: string): string {
  return existsSync(file) ? realpathSync(file) : file;
}

export function isFileThere(file: string): boolean {
  return existsSync(file);
}

/** Removes a database file with what SQLite keeps beside it. */
export function clearBeside(file: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(file + end, { force: true });
}

/** Nobody has either of them open. */
export function putInPlace(made: string, file: string): void {
  if (existsSync(file)) {
    try {
      const old = new BetterSqlite3(file);
      old.pragma('wal_checkpoint(TRUNCATE)');
      old.pragma('journal_mode = DELETE');
      old.close();
    } catch {
      // It cannot be read: then its log is worth nothing either.
    }
  }
  giveTo(made, existsSync(file) ? file : dirname(file));
  toDisk(made);
  for (const end of ['-wal', '-shm', '-journal']) rmSync(file + end, { force: true });
  renameSync(made, file);
  toDisk(dirname(file));
}

/** Restored by root, it is the daemon's all the same. */
function giveTo(made: string, like: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(like);
  chownSync(made, uid, gid);
}

function toDisk(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
