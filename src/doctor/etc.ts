// The folder of Asterisk's files, read when somebody asks for one; what may not be read is remembered. It writes nothing.
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { codeOf, messageOf } from '../errors.ts';
import { isUnreadable, parseConf, type Conf, type Found } from './conf.ts';

/** FreePBX's largest file, the dialplan of some thousand extensions, has a few. */
const fileMax = 32 * 1024 * 1024;

export interface Etc {
  folder: string;
  /** null: there is none, or it may not be read (then it is among `unreadable`). */
  conf(name: string): Conf | null;
  /** A file beside the folder, in `/etc` that is: odbc.ini, freepbx.conf. First inside the folder, then above it. */
  beside(name: string): Conf | null;
  /** Its text, where the file is no ini file. */
  text(name: string): { file: string; text: string } | null;
  /** Whether a file of this name, or one that it includes, may not be read: then what it lacks proves nothing. */
  isClosed(name: string): boolean;
  /** Files that are there and may not be read, with the reason. */
  unreadable: Map<string, string>;
  /** Files that were read whole, without those they include. */
  files: string[];
}

/** null: there is no such folder. */
export function openEtc(given: string): Etc | null {
  const folder = resolve(given);
  try {
    if (!statSync(folder).isDirectory()) return null;
  } catch {
    return null;
  }
  const unreadable = new Map<string, string>();
  const files: string[] = [];
  const known = new Map<string, Conf | null>();
  const textOf = (file: string): string | null => {
    try {
      const { size } = statSync(file);
      if (size > fileMax) throw new Error(`it has ${size} bytes, at most ${fileMax} are read`);
      return readFileSync(file, 'utf8');
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') unreadable.set(file, messageOf(error));
      return null;
    }
  };
  const find =
    (base: string) =>
    (name: string): Found => {
      const path = isAbsolute(name) ? name : join(base, name);
      const names = /[*?[]/.test(name) ? globSync(path).sort() : existsSync(path) ? [path] : [];
      const found = names.map((file) => ({ file, text: textOf(file) }));
      const closed = found.find(({ text }) => text === null);
      if (closed) return { unreadable: unreadable.get(closed.file) ?? 'gone' };
      return { files: found.map(({ file, text }) => ({ file, text: text! })) };
    };
  const conf = (file: string): Conf | null => {
    if (!known.has(file)) {
      const text = textOf(file);
      if (text !== null) files.push(file);
      known.set(file, text === null ? null : parseConf(file, text, find(dirname(file))));
    }
    return known.get(file)!;
  };
  const above = dirname(folder);
  const places = (name: string) => [join(folder, name), join(above, name)];
  return {
    ...{ folder, unreadable, files },
    conf: (name) => conf(join(folder, name)),
    beside: (name) => {
      const named = name === 'odbc.ini' ? process.env['ODBCINI'] : undefined;
      const file = [...(named ? [named] : []), ...places(name)].find((one) => existsSync(one));
      return file === undefined ? null : conf(file);
    },
    isClosed: (name) => {
      const isPart = [...known].some(([file, one]) => basename(file) === name && one?.faults.some(isUnreadable));
      return isPart || [...unreadable.keys()].some((file) => basename(file) === name);
    },
    text: (name) => {
      const file = places(name).find((one) => existsSync(one));
      const text = file === undefined ? null : textOf(file);
      return file === undefined || text === null ? null : { file, text };
    },
  };
}
