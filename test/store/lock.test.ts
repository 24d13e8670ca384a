import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Unavailable } from '../../src/errors.ts';
import { holdBoth, holdFolder, holdStore } from '../../src/store/lock.ts';
import { tempFolder } from '../support/store.ts';

let temp: ReturnType<typeof tempFolder>;
const held: (() => void)[] = [];
beforeEach(() => {
  temp = tempFolder();
  mkdirSync(join(temp.folder, 'data'));
});
afterEach(() => {
  for (const release of held.splice(0)) release();
  temp.remove();
});

const at = (...parts: string[]) => join(temp.folder, ...parts);
const hold = (path: string): boolean => {
  const release = holdStore(`sqlite:${path}`);
  if (release) held.push(release);
  return release !== null;
};

it.each(['that is there', 'that is new'])('a store %s is held once, under whatever name it is given', (which) => {
  if (which === 'that is there') writeFileSync(at('data', 'cdrd.db'), '');
  symlinkSync('data/cdrd.db', at('link.db'));
  symlinkSync(at('link.db'), at('second.db'));
  symlinkSync('data', at('folder'));
  expect(hold(at('second.db'))).toBe(true);
  for (const name of [at('data', 'cdrd.db'), at('link.db'), at('second.db'), at('folder', 'cdrd.db')])
    expect([name, hold(name)]).toEqual([name, false]);
  held.pop()!();
  expect(hold(at('data', 'cdrd.db'))).toBe(true);
  expect(hold(at('link.db'))).toBe(false);
});

it('two stores are two, also of one folder', () => {
  expect([hold(at('data', 'a.db')), hold(at('data', 'b.db'))]).toEqual([true, true]);
});

it('a link to itself is a fault that names the store', () => {
  symlinkSync('loop.db', at('loop.db'));
  expect(() => hold(at('loop.db'))).toThrow(
    new Unavailable(`the store ${at('loop.db')} cannot be used: it is a link to itself`),
  );
});

it('a command works alone, asks the daemon of its folder, and refuses the store of a daemon with another folder', () => {
  const own = { data_dir: at('own'), url: `sqlite:${at('data', 'cdrd.db')}` };
  const release = holdBoth(own);
  expect(holdBoth(own)).toBeNull();
  expect(() => holdBoth({ ...own, data_dir: at('other') })).toThrow(
    new Unavailable(
      `another cdrd has the store ${own.url} open, with another data folder than ${at('other')}: see store.data_dir`,
    ),
  );
  for (const name of ['own', 'other']) {
    const releaseFolder = holdFolder(at(name));
    expect([name, releaseFolder === null]).toEqual([name, name === 'own']);
    releaseFolder?.();
  }
  release!();
  expect(hold(at('data', 'cdrd.db'))).toBe(true);
});
