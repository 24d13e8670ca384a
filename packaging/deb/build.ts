// npm run deb: Debian packages of this tree, made by dpkg-deb. debhelper is not needed: there is nothing to compile, and what it
// would add (a unit, a conffile, sums) is little and stands in this folder to be read.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { architectures, type Architecture } from './runtime.ts';
import { sizeOf, stage, writeEdition, type Stage } from './stage.ts';
import { controlText, type Edition } from './texts.ts';

const project = resolve(import.meta.dirname, '../..');

const usage = `npm run deb -- [--arch amd64|arm64]… [--out dist] [--version 1.2.3]… [--compression xz|none]
Without --arch both are made; without --version the one of package.json. The maintainer is the author in package.json,
or whom DEBFULLNAME and DEBEMAIL name. The same commit makes the same bytes.`;

function main(): void {
  const { values } = parseArgs({
    options: {
      arch: { type: 'string', multiple: true, default: Object.keys(architectures) },
      out: { type: 'string', default: 'dist' },
      version: { type: 'string', multiple: true },
      compression: { type: 'string', default: 'xz' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(`${usage}\n`);
  const compression = oneOf('--compression', values.compression, ['xz', 'none']);
  const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { version: string };
  const versions = values.version ?? [manifest.version];
  for (const version of versions) demandVersion(version);
  for (const arch of values.arch)
    build(
      oneOf('--arch', arch, Object.keys(architectures) as Architecture[]),
      versions,
      resolve(values.out),
      compression,
    );
}

/** Packages of one tree under each of these versions. */
function build(architecture: Architecture, versions: readonly string[], out: string, compression: string): void {
  const cache = join(project, '.cache/deb');
  const root = join(cache, `${architecture}-${process.pid}`);
  mkdirSync(out, { recursive: true });
  try {
    for (const [index, version] of versions.entries()) {
      const edition = { version, architecture, maintainer: maintainer(), epoch: epoch() };
      const given: Stage = { project, root, cache, architecture, edition, commit: git('rev-parse', '--short', 'HEAD') };
      if (index === 0) stage(given);
      else writeEdition(given);
      writeDebian(root, edition);
      const file = join(out, `cdrd_${version}_${architecture}.deb`);
      execFileSync('dpkg-deb', ['--root-owner-group', `-Z${compression}`, '--build', root, file], {
        ...{
          env: { ...process.env, SOURCE_DATE_EPOCH: String(edition.epoch) },
          stdio: ['ignore', 'ignore', 'inherit'],
        },
      });
      process.stdout.write(`${relative(process.cwd(), file)}\n`);
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function writeDebian(root: string, edition: Edition): void {
  const folder = join(root, 'DEBIAN');
  rmSync(folder, { recursive: true, force: true });
  const sums = readdirSync(root, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .filter((file) => !file.startsWith(join(root, 'etc')))
    .map((file) => `${createHash('md5').update(readFileSync(file)).digest('hex')}  ${relative(root, file)}\n`);
  const size = sizeOf(root);
  mkdirSync(folder);
  writeFileSync(join(folder, 'control'), controlText(edition, size));
  writeFileSync(join(folder, 'conffiles'), '/etc/cdrd/cdrd.yaml\n');
  writeFileSync(join(folder, 'md5sums'), sums.join(''));
  for (const name of ['control', 'conffiles', 'md5sums']) chmodSync(join(folder, name), 0o644);
  for (const name of ['postinst', 'prerm', 'postrm']) {
    cpSync(join(project, 'packaging/deb', name), join(folder, name));
    chmodSync(join(folder, name), 0o755);
  }
  chmodSync(folder, 0o755);
}

/** As Debian's own tools take them (debchange(1)). */
function maintainer(): string {
  const { author } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { author: string };
  const [, ownName, ownAddress] = /^(.+) <(.+)>$/.exec(author) ?? [];
  const { DEBFULLNAME: name = ownName, DEBEMAIL: address = ownAddress } = process.env;
  if (!name || !address) throw new Error(`package.json: author: found "${author}", expected NAME <ADDRESS>`);
  return `${name} <${address}>`;
}

/** Of the commit, so that the same tree makes the same package; of now where there is no history. */
function epoch(): number {
  return Number(process.env['SOURCE_DATE_EPOCH'] ?? git('log', '-1', '--format=%ct') ?? Math.floor(Date.now() / 1000));
}

function git(...args: string[]): string | null {
  try {
    return execFileSync('git', args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

function demandVersion(version: string): void {
  // Debian Policy 5.6.12, of a native package: no hyphen, no epoch.
  if (!/^\d[A-Za-z0-9.+~]*$/.test(version))
    throw new Error(`--version: found "${version}", expected a digit, then letters, digits and . + ~`);
}

function oneOf<T extends string>(name: string, given: string, all: readonly T[]): T {
  const found = all.find((one) => one === given);
  if (found === undefined) throw new Error(`${name}: found "${given}", expected one of ${all.join(', ')}`);
  return found;
}

try {
  main();
} catch (error) {
  process.stderr.write(`deb: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
