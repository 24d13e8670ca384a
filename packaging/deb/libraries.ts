// The libraries that cdrd runs with, as package-lock.json names them and `npm ci` has laid them out, without what never runs.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface Library {
  /** `node_modules/ws`, or below another: `node_modules/a/node_modules/b` */
  path: string;
  name: string;
  version: string;
  licence: string;
  /** npm's sha512 of its archive (package-lock.json). */
  integrity: string;
}

interface Lock {
  packages: Record<string, { version: string; license?: string; dev?: true; integrity?: string }>;
}

/** Runtimes come separately, one for each architecture. */
const runtimeName = /^node_modules\/node-linux-/;
/** Types, for compilers alone. */
const typesName = /^node_modules\/(@types\/|undici-types$)/;
/** Folders at the top of a library, and files anywhere in it, that nothing loads. Licences always stay. */
const idleFolders = /^(tests?|examples?|benchmarks?|docs|scripts|integration|bin)$/;
const idleFiles =
  /\.(md|markdown|map|d\.[mc]?ts|tsbuildinfo|html|sh)$|^(binding\.gyp|\..*|.*\.ya?ml|tsconfig.*\.json)$/i;
const isLicence = /^(licen[cs]e|copying|notice)/i;

/** Those of production. @throws Error where node_modules is not what package-lock.json says */
export function librariesOf(project: string): Library[] {
  const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as Lock;
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && !dev && !runtimeName.test(path) && !typesName.test(path))
    .map(([path, { version, license, integrity }]) => {
      const manifest = join(project, path, 'package.json');
      const there = existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')) as Partial<Library>) : {};
      if (there.version !== version)
        throw new Error(`${path}: found version ${there.version ?? 'none'}, expected ${version}: run "npm ci"`);
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return { path, name, version, licence: license ?? 'see its own files', integrity: integrity ?? '' };
    });
}

/** The runtime for `cpu` (x64, arm64), as the lock file names it; its archive may not be here. */
export function runtimeOf(project: string, cpu: string): Library {
  const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as Lock;
  const name = `node-linux-${cpu}`;
  const found = packages[`node_modules/${name}`];
  if (!found?.integrity) throw new Error(`package-lock.json: found no ${name} with integrity, expected one`);
  return { path: `node_modules/${name}`, name, licence: 'MIT', version: found.version, integrity: found.integrity };
}

/** Copies one library into `target`/node_modules; of ready-made machine code only that for Linux with glibc on `cpu`. */
export function copyLibrary(project: string, { path, name }: Library, target: string, cpu: string): void {
  const root = join(project, path);
  const to = join(target, path);
  mkdirSync(dirname(to), { recursive: true });
  const filter = (from: string) => {
    const at = from.slice(root.length + 1);
    const file = basename(from);
    if (at === '') return true;
    if (statSync(from).isDirectory()) {
      const isSource = name === 'better-sqlite3' && (at === 'deps' || at === 'src');
      const isTop = !at.includes('/');
      return !isSource && !file.startsWith('.') && file !== 'node_modules' && !(isTop && idleFolders.test(file));
    }
    if (file.endsWith('.node')) return file === `linux-${cpu}.node`;
    return isLicence.test(file) || !idleFiles.test(file);
  };
  cpSync(root, to, { recursive: true, dereference: true, filter });
  dropEmpty(to);
}

/** Folders of which everything was left out. */
function dropEmpty(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) dropEmpty(join(folder, entry.name));
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}
