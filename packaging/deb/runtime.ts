// The Node that the package brings, for either architecture: that of node_modules, or the same version fetched by npm.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runtimeOf } from './libraries.ts';

/** Debian's name, Node's name, and e_machine of ELF (elf.h). */
export const architectures = {
  amd64: { cpu: 'x64', machine: 62 },
  arm64: { cpu: 'arm64', machine: 183 },
} as const;

export type Architecture = keyof typeof architectures;

const fetchMs = 300_000;

/** The folder with `bin/node` and `LICENSE`. @param cache - where fetched ones are kept */
export function findRuntime(project: string, architecture: Architecture, cache: string): string {
  const { cpu } = architectures[architecture];
  const { name, version, integrity, path } = runtimeOf(project, cpu);
  const installed = join(project, path);
  if (versionOf(installed) === version) return installed;
  const folder = join(cache, `${name}-${version}`);
  if (versionOf(folder) !== version) fetchInto(folder, `${name}@${version}`, integrity);
  return folder;
}

/** npm checks what it fetched against the registry; here it is held against the lock file, which was reviewed. */
function fetchInto(folder: string, what: string, integrity: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const packed = execFileSync('npm', ['pack', what, '--json', '--pack-destination', folder], {
    ...{ encoding: 'utf8', timeout: fetchMs, stdio: ['ignore', 'pipe', 'inherit'], cwd: folder },
  });
  const archive = join(folder, nameIn(packed));
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (found !== integrity) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`${what}: found ${found}, expected ${integrity} (package-lock.json)`);
  }
  // package.json last in the list, and written last by us all the same: its version says that the rest is there.
  execFileSync('tar', ['-xzf', archive, '-C', folder, '--strip-components=1', 'package/bin', 'package/LICENSE']);
  execFileSync('tar', ['-xzf', archive, '-C', folder, '--strip-components=1', 'package/package.json']);
  rmSync(archive);
}

/** npm 10 and 11 print a list, npm 12 an object by name. */
function nameIn(json: string): string {
  const [first] = Object.values(JSON.parse(json) as Record<string, { filename: string }>);
  return first!.filename.replaceAll('/', '-').replace(/^@/, '');
}

function versionOf(folder: string): string | null {
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) return null;
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

/** @throws Error for a program or a library of another machine than the package is for */
export function demandMachine(file: string, architecture: Architecture): void {
  const head = Buffer.alloc(20);
  const handle = openSync(file, 'r');
  readSync(handle, head, 0, head.length, 0);
  closeSync(handle);
  const { machine } = architectures[architecture];
  const found = head.subarray(1, 4).toString() === 'ELF' ? head.readUInt16LE(18) : 'no ELF file';
  if (found !== machine) throw new Error(`${file}: found machine ${found}, expected ${machine} (${architecture})`);
}
