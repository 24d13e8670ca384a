// Makes the two Debian folders that the services run from, and keeps them: `pbx` with Asterisk, sipp and a MariaDB,
// `mariadb` with the MariaDB that plays our store and the Prometheus that scrapes us; each is a copy of the bare Debian of its suite,
// which is kept too, for tests that need a fresh machine. Needs root; changes nothing on the host but installing debootstrap.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { runJailed, type Jailing } from './jail.ts';
import { withLock } from './lock.ts';
import { sweep } from './runs.ts';

/** Debians with nothing but apt. */
export type BareName = 'bookworm' | 'sid';
export type ChrootName = 'pbx' | 'mariadb' | BareName;

interface Recipe {
  suite: string;
  packages: readonly string[];
  /** Commands that must end with 0 before the chroot counts as made: in sid a package can be installed and broken. */
  checks: readonly (readonly string[])[];
}

const PBX_PACKAGES =
  'asterisk asterisk-mysql odbc-mariadb unixodbc sip-tester asterisk-core-sounds-en-gsm mariadb-server'.split(' ');
const PBX_CHECKS = [
  ['asterisk', '-V'],
  ['mariadbd', '--version'],
  ['sh', '-c', 'command -v sipp'],
];

/** The first recipe that works is taken; a later one is a fallback and said loudly. */
const RECIPES: Record<ChrootName, readonly Recipe[]> = {
  // Asterisk is in sid (22) and bullseye (16) only.
  pbx: [
    { suite: 'sid', packages: PBX_PACKAGES, checks: PBX_CHECKS },
    { suite: 'bullseye', packages: PBX_PACKAGES, checks: PBX_CHECKS },
  ],
  mariadb: [
    {
      suite: 'bookworm',
      packages: ['mariadb-server', 'prometheus'],
      checks: [
        ['mariadbd', '--version'],
        ['promtool', '--version'],
      ],
    },
  ],
  bookworm: [{ suite: 'bookworm', packages: [], checks: [] }],
  sid: [{ suite: 'sid', packages: [], checks: [] }],
};

const HOUR_MS = 3_600_000;
const FRESH_MS = 7 * 24 * HOUR_MS;
/** A fallback is kept shorter: sid is usually well again the next day. */
const FALLBACK_FRESH_MS = 24 * HOUR_MS;
const DOWNLOAD_LIMIT_MS = 240_000;
const CHECK_LIMIT_MS = 20_000;

const PREPARE = `
printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d
echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/unsafe-io
echo '127.0.0.1 localhost' > /etc/hosts`;

/** Written into a chroot when it is complete. */
interface Stamp {
  recipe: string;
  suite: string;
  isFallback: boolean;
  /** Milliseconds since 1970. */
  made: number;
}

/** Why the services cannot run here and how to change that, or null when they can. */
export function servicesObstacle(): string | null {
  if (process.platform !== 'linux')
    return `the services need Linux, this is ${process.platform}: run the tests in a Debian VM`;
  if (process.getuid?.() !== 0)
    return 'the services need root for chroot and mount: run the tests as root, for example with sudo';
  if (!existsSync('/etc/debian_version') || !isThere('apt-get')) {
    return 'the services are made with debootstrap and apt-get: run the tests on Debian';
  }
  const unshared = spawnSync('unshare', ['--mount', '--pid', '--fork', 'true'], { encoding: 'utf8' });
  if (unshared.status === 0) return null;
  return `the services need namespaces of their own (${unshared.stderr.trim()}): in a container, start it with --privileged`;
}

/** Makes all chroots that are missing or old, side by side. */
export async function openChroots(): Promise<void> {
  await Promise.all([openChroot('pbx'), openChroot('mariadb')]);
}

/** The folder of a chroot, made first if it is missing, has another recipe or is old. */
export async function openChroot(name: ChrootName): Promise<string> {
  const obstacle = servicesObstacle();
  if (obstacle !== null) throw new Error(obstacle);
  const cache = resolve(process.env.CDRD_TEST_CACHE ?? join(import.meta.dirname, '../../.cache/services'));
  const root = join(cache, name);
  if (!isFresh(root, name)) {
    mkdirSync(cache, { recursive: true });
    await withLock(join(cache, `${name}.lock`), async () => {
      if (!isFresh(root, name)) await renew(cache, root, name);
    });
  }
  if (readStamp(root)?.isFallback === true) say(`ATTENTION: ${name} is the FALLBACK, Debian ${readStamp(root)?.suite}`);
  sweep(root);
  return root;
}

/** An old chroot of the same recipe is better than none: it stays when no new one can be made. */
async function renew(cache: string, root: string, name: ChrootName): Promise<void> {
  try {
    await make(cache, root, name);
  } catch (error) {
    if (readStamp(root)?.recipe !== hashOf(name)) throw error;
    say(`ATTENTION: ${name} could not be renewed and stays as it was: ${String(error)}`);
  }
  for (const old of readdirSync(cache).filter((entry) => entry.startsWith(`${name}.old-`))) {
    if (sweep(join(cache, old)) === 'idle') rmSync(join(cache, old), { recursive: true, force: true });
  }
}

async function make(cache: string, root: string, name: ChrootName): Promise<void> {
  const log = join(cache, `${name}.log`);
  const growing = `${root}.tmp`;
  rmSync(log, { force: true });
  await installDebootstrap(cache);
  for (const [index, recipe] of RECIPES[name].entries()) {
    const isLast = index === RECIPES[name].length - 1;
    try {
      const started = performance.now();
      say(`making ${name} from Debian ${recipe.suite} in ${root}, log ${log}`);
      await build(growing, recipe, log);
      const stamp: Stamp = { recipe: hashOf(name), suite: recipe.suite, isFallback: index > 0, made: Date.now() };
      writeFileSync(stampOf(growing), JSON.stringify(stamp));
      say(`made ${name} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
      break;
    } catch (error) {
      rmSync(growing, { recursive: true, force: true });
      if (isLast) throw error;
      say(`ATTENTION: Debian ${recipe.suite} FAILED for ${name}, falling back to an older one. ${String(error)}`);
    }
  }
  if (existsSync(root)) renameSync(root, `${root}.old-${process.pid}-${Date.now()}`);
  renameSync(growing, root);
}

async function build(root: string, { suite, packages, checks }: Recipe, log: string): Promise<void> {
  rmSync(root, { recursive: true, force: true });
  if (isBare(suite) && packages.length > 0) {
    const copy = ['cp', '--archive', '--reflink=auto', await openChroot(suite), root];
    await runJailed({ root: null, command: copy, log }, DOWNLOAD_LIMIT_MS);
  } else {
    const mirror = process.env.CDRD_TEST_MIRROR;
    const bootstrap = ['debootstrap', '--variant=minbase', suite, root, ...(mirror === undefined ? [] : [mirror])];
    await runJailed({ root: null, command: bootstrap, env: downloading(), log }, DOWNLOAD_LIMIT_MS);
    await runJailed({ root, command: ['sh', '-ec', PREPARE], log }, CHECK_LIMIT_MS);
  }
  if (packages.length > 0) await runJailed(installing(root, packages, log), DOWNLOAD_LIMIT_MS);
  for (const command of [...checks, ['apt-get', 'clean']]) await runJailed({ root, command, log }, CHECK_LIMIT_MS);
  chmodSync(root, 0o755);
}

function isBare(suite: string): suite is BareName {
  return suite === 'bookworm' || suite === 'sid';
}

/** What installs packages, by name or as files, in a chroot. */
export function installing(root: string, packages: readonly string[], log: string): Jailing {
  const options = ['--yes', '--no-install-recommends', '-o', 'Acquire::Retries=3'];
  return { root, command: ['apt-get', 'install', ...options, ...packages], env: downloading(), log };
}

/** Two chroots may ask at once; apt does not like to be run twice. */
async function installDebootstrap(cache: string): Promise<void> {
  await withLock(join(cache, 'apt.lock'), async () => {
    if (isThere('debootstrap')) return;
    say('installing debootstrap on this machine: apt-get update, apt-get install debootstrap');
    const log = join(cache, 'apt.log');
    const apt = async (...rest: string[]): Promise<void> =>
      runJailed({ root: null, command: ['apt-get', '--yes', ...rest], env: downloading(), log }, DOWNLOAD_LIMIT_MS);
    // One broken third-party source fails the whole update; whether debootstrap can be had, the install will tell.
    await apt('update').catch((error: unknown) => say(`apt-get update failed, trying all the same: ${String(error)}`));
    await apt('install', '--no-install-recommends', 'debootstrap');
  });
}

/** The environment of everything that downloads: how to reach the network, and no questions. */
function downloading(): Record<string, string> {
  const proxies = Object.entries(process.env).filter(([key]) => /^(https?|ftp|all|no)_proxy$/i.test(key));
  return { DEBIAN_FRONTEND: 'noninteractive', ...(Object.fromEntries(proxies) as Record<string, string>) };
}

function isFresh(root: string, name: ChrootName): boolean {
  const stamp = readStamp(root);
  if (stamp?.recipe !== hashOf(name)) return false;
  return Date.now() - stamp.made < (stamp.isFallback ? FALLBACK_FRESH_MS : FRESH_MS);
}

function readStamp(root: string): Stamp | null {
  const file = stampOf(root);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Stamp) : null;
}

function stampOf(root: string): string {
  return join(root, '.made.json');
}

function hashOf(name: ChrootName): string {
  return createHash('sha256')
    .update(JSON.stringify([RECIPES[name], PREPARE, process.arch]))
    .digest('hex');
}

function isThere(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

function say(text: string): void {
  process.stderr.write(`[services] ${text}\n`);
}
