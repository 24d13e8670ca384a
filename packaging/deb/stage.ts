// The tree of the package as it will lie on a machine; dpkg-deb makes an archive of it.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { copyLibrary, librariesOf, runtimeOf } from './libraries.ts';
import { architectures, demandMachine, findRuntime, type Architecture } from './runtime.ts';
import { changelogText, copyrightText, freshConfig, serviceConfig, type Edition } from './texts.ts';

const home = 'usr/lib/cdrd';
const programs = new Set(['usr/bin/cdrd', `${home}/bin/node`]);

export interface Stage {
  project: string;
  root: string;
  cache: string;
  architecture: Architecture;
  edition: Edition;
  commit: string | null;
}

/** Fills `root`, which is emptied first, with everything but DEBIAN/. */
export function stage(given: Stage): void {
  const { project, root, architecture, cache } = given;
  rmSync(root, { recursive: true, force: true });
  const { cpu } = architectures[architecture];
  const libraries = librariesOf(project);
  for (const folder of ['src', 'migrations', 'config'])
    cpSync(join(project, folder), at(root, `${home}/${folder}`), { recursive: true });
  rmSync(join(root, home, 'src/README.md'));
  for (const library of libraries) copyLibrary(project, library, join(root, home), cpu);
  const runtime = findRuntime(project, architecture, cache);
  cpSync(join(runtime, 'bin/node'), at(root, `${home}/bin/node`), { dereference: true });
  cpSync(join(runtime, 'LICENSE'), at(root, `${home}/bin/LICENSE`));
  demandMachine(join(root, home, 'bin/node'), architecture);
  const prebuilt = `${home}/node_modules/better-sqlite3/prebuilds/linux-${cpu}.node`;
  demandMachine(join(root, prebuilt), architecture);
  writeConfigs(project, root);
  const node = runtimeOf(project, cpu);
  put(root, 'usr/share/doc/cdrd/copyright', copyrightText(libraries, node, manifestOf(project).license));
  cpSync(join(project, 'packaging/deb/cdrd.sh'), at(root, 'usr/bin/cdrd'));
  cpSync(join(project, 'packaging/cdrd.service'), at(root, 'usr/lib/systemd/system/cdrd.service'));
  cpSync(join(project, 'packaging/deb/lintian-overrides'), at(root, 'usr/share/lintian/overrides/cdrd'));
  cpSync(join(project, 'config/asterisk'), at(root, 'usr/share/doc/cdrd/examples/asterisk'), { recursive: true });
  put(root, 'usr/share/doc/cdrd/README.md.gz', zipped(readFileSync(join(project, 'README.md'))));
  writeEdition(given);
}

/** What differs from version to version: cheap, so that a test makes two of one tree. */
export function writeEdition({ project, root, edition, commit }: Stage): void {
  put(
    root,
    `${home}/package.json`,
    `${JSON.stringify({ ...manifestOf(project), version: edition.version }, null, 2)}\n`,
  );
  put(root, 'usr/share/doc/cdrd/changelog.gz', zipped(changelogText(edition, commit)));
  // The commands of the tree itself, by the Node that runs this: the other architecture's would not run here.
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(edition.epoch), NODE_DISABLE_COMPILE_CACHE: '1' };
  const cdrd = (...args: string[]) =>
    execFileSync(process.execPath, [join(root, home, 'src/main.ts'), ...args], { encoding: 'utf8', env });
  put(root, 'usr/share/man/man1/cdrd.1.gz', zipped(cdrd('man', 'cdrd')));
  put(root, 'usr/share/man/man5/cdrd.yaml.5.gz', zipped(cdrd('man', 'cdrd.yaml')));
  put(root, 'usr/share/bash-completion/completions/cdrd', cdrd('completion'));
  setModes(root, '');
}

/** Those beside the code say what the keys are by themselves; the one in /etc is the admin's. */
function writeConfigs(project: string, root: string): void {
  const sample = readFileSync(join(project, 'config/cdrd.yaml'), 'utf8');
  put(root, `${home}/config/cdrd.yaml`, serviceConfig(sample));
  const schema = ['yaml-language-server: $schema=./', `yaml-language-server: $schema=/${home}/config/`] as const;
  put(root, 'etc/cdrd/cdrd.yaml', freshConfig(sample).replace(...schema));
}

function manifestOf(project: string): Record<string, unknown> & { license: string } {
  const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as Record<string, unknown>;
  const { name, version, license, type, description } = manifest as Record<string, string>;
  return { name, version, description, license: license!, type, private: true };
}

/** Whatever the builder's umask is, and whatever npm unpacked. */
function setModes(root: string, path: string): void {
  for (const entry of readdirSync(join(root, path), { withFileTypes: true })) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) setModes(root, below);
    else chmodSync(join(root, below), programs.has(below) ? 0o755 : 0o644);
  }
  chmodSync(join(root, path), 0o755);
}

/** Kilobytes on the disk, as Debian Policy 5.6.20 counts them. */
export function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).reduce(
    (sum, entry) => sum + (entry.isFile() ? Math.ceil(statSync(join(entry.parentPath, entry.name)).size / 1024) : 1),
    0,
  );
}

/** As gzip -9n does: no name and no time in it. */
const zipped = (text: string | Buffer) => gzipSync(text, { level: 9 });

function at(root: string, path: string): string {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  return join(root, path);
}

function put(root: string, path: string, text: string | Buffer): void {
  writeFileSync(at(root, path), text);
}
