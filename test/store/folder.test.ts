import { chownSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeForOwner, otherOwnerOf } from '../../src/store/folder.ts';
import { holdFolder, holdStore } from '../../src/store/lock.ts';
import { openStore } from '../../src/store/store.ts';
import { silent, tempFolder } from '../support/store.ts';

/** Somebody who is not root, whoever runs the test. */
const somebody = process.getuid!() === 0 ? 12_345 : process.getuid!();
let folder: string;
let remove: () => void;
beforeEach(() => {
  ({ folder, remove } = tempFolder());
  if (process.getuid!() === 0) chownSync(folder, somebody, somebody);
});
afterEach(() => remove());

it('what root makes in the folder of another is of that other, and nobody else may read it', () => {
  const file = join(folder, 'cdrd.db');
  makeForOwner(file, 0);
  const { uid, mode, size } = statSync(file);
  expect([uid, mode & 0o777, size]).toEqual([somebody, 0o600, 0]);
});

it("a store and the locks that a command of root's makes are of the owner of the folder", async () => {
  const url = `sqlite:${join(folder, 'cdrd.db')}`;
  holdFolder(folder)!();
  holdStore(url)!();
  await (await openStore({ url }, silent)).close();
  const owners = ['cdrd.lock', 'cdrd.db.lock', 'cdrd.db'].map((name) => statSync(join(folder, name)).uid);
  expect(owners).toEqual([somebody, somebody, somebody]);
});

it('a file that is there stays as it is, and who is not root makes none', () => {
  const file = join(folder, 'cdrd.db');
  writeFileSync(file, 'records');
  const before = statSync(file);
  makeForOwner(file, 0);
  expect(statSync(file)).toEqual(before);
  makeForOwner(join(folder, 'other.db'), somebody);
  expect(() => statSync(join(folder, 'other.db'))).toThrow('ENOENT');
});

it('only root asks whose a folder is, and root itself is nobody else', () => {
  expect(otherOwnerOf(folder, 0)).toMatchObject({ uid: somebody });
  expect(otherOwnerOf(folder, somebody)).toBe(null);
  expect(otherOwnerOf(join(folder, 'nothing'), 0)).toBe(null);
  expect(otherOwnerOf('/', 0)).toBe(null);
});
