// Makes folders, and gives what root makes in them to whom they belong.
import { chownSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../errors.ts';

/**
 * Makes `path` and what is missing above it; what exists is left as it is. Node's own recursive mkdir spins for ever where a file
 * system refuses with ENOENT (seen in /proc, Node 24).
 */
export function makeFolder(path: string, mode: number): void {
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeFolder(parent, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** Whose a file or folder is where root asks and it is not root's own; null: nobody else's, or it is not there. */
export function otherOwnerOf(path: string, uid = process.getuid?.()): { uid: number; gid: number } | null {
  if (uid !== 0 || !existsSync(path)) return null;
  const owner = statSync(path);
  return owner.uid === 0 ? null : { uid: owner.uid, gid: owner.gid };
}

/** An empty file where there is none, of whoever owns its folder: what root makes there by a command, the daemon must be able to open. */
export function makeForOwner(file: string, uid = process.getuid?.()): void {
  const owner = otherOwnerOf(dirname(file), uid);
  if (owner === null || existsSync(file)) return;
  closeSync(openSync(file, 'a', 0o600));
  chownSync(file, owner.uid, owner.gid);
}
