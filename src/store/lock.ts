// One daemon holds a data folder: an SQLite file locked for as long as the process lives, so that a killed daemon never leaves a stale lock.
import { chmodSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { codeOf, messageOf, Unavailable } from '../errors.ts';
import { isDiskFull, storeFault } from './fault.ts';
import { makeFolder, makeForOwner } from './folder.ts';
import { publicUrl, sqliteFile } from './url.ts';

/** Makes the data folder (0700) if need be. @throws Unavailable when it cannot be made. */
export function makeDataFolder(folder: string): string {
  const path = resolve(folder);
  try {
    makeFolder(path, 0o700);
    return path;
  } catch (error) {
    throw new Unavailable(`the data folder ${path} cannot be made: ${messageOf(error)}`, { cause: error });
  }
}

/** Holds the folder until the returned function is called or the process ends. null = another process holds it. */
export function holdFolder(folder: string): (() => void) | null {
  const path = makeDataFolder(folder);
  const file = join(path, 'cdrd.lock');
  return hold(file, `the data folder ${path}`);
}

/**
 * Holds an SQLite store against daemons that have another data folder: their feeds would not hear of each other's
 * commits. By whatever symbolic links it is named; SQLite forbids hard links, which no name tells. null = another process
 * holds it; a store on a server is nobody's alone.
 */
export function holdStore(url: string): (() => void) | null {
  const file = sqliteFile(url);
  if (file === undefined) return () => undefined;
  try {
    makeFolder(dirname(file), 0o750);
  } catch (error) {
    throw new Unavailable(`the store ${file} cannot be made: ${messageOf(error)}`, { cause: error });
  }
  return hold(`${realOf(file)}.lock`, `the store ${file}`);
}

/**
 * Holds the data folder and its store, for a command that works where no daemon runs. null = a daemon holds the folder and
 * is to be asked. @throws Unavailable when one with another data folder has the store.
 */
export function holdBoth({ data_dir, url }: { data_dir: string; url: string }): (() => void) | null {
  const releaseFolder = holdFolder(data_dir);
  if (!releaseFolder) return null;
  try {
    const releaseStore = holdStore(url);
    if (!releaseStore) {
      throw new Unavailable(
        `another cdrd has the store ${publicUrl(url)} open, with another data folder than ${resolve(data_dir)}: see store.data_dir`,
      );
    }
    return () => {
      releaseStore();
      releaseFolder();
    };
  } catch (error) {
    releaseFolder();
    throw error;
  }
}

/** As many as Linux follows (path_resolution(7)). */
const linksMax = 40;

/** The one path of a file, which need not be there yet; its folder must be, also that of what a link names. */
function realOf(file: string): string {
  let path = file;
  for (let links = 0; links < linksMax; links += 1) {
    try {
      path = join(realpathSync(dirname(path)), basename(path));
      path = resolve(dirname(path), readlinkSync(path));
    } catch (error) {
      // It is there and no link, or it is not there.
      if (['EINVAL', 'ENOENT'].includes(codeOf(error) ?? '')) return path;
      throw new Unavailable(`the store ${file} cannot be used: ${messageOf(error)}`, { cause: error });
    }
  }
  throw new Unavailable(`the store ${file} cannot be used: it is a link to itself`);
}

/** @throws Unavailable when `what` cannot be used by this user. */
function hold(file: string, what: string): (() => void) | null {
  try {
    makeForOwner(file);
    const lock = new Database(file, { timeout: 0 });
    try {
      chmodSync(file, 0o600);
      // A written page makes the exclusive lock real; the operating system drops it with the process.
      lock.exec('BEGIN EXCLUSIVE');
      return () => lock.close();
    } catch (error) {
      lock.close();
      throw error;
    }
  } catch (error) {
    if (codeOf(error)?.startsWith('SQLITE_BUSY')) return null;
    const why = isDiskFull(error) ? storeFault(error) : `${messageOf(error)} (is ${file} another user's?)`;
    throw new Unavailable(`${what} cannot be used: ${why}`, { cause: error });
  }
}
