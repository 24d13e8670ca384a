// The Debian package on fresh machines: installed, started by hand as its user beside a PBX, upgraded with data, removed, purged.
// Judged by lintian, and its unit by systemd's own tools; the package for arm64 cannot run here and is looked at.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { demandMachine, type Architecture } from '../../packaging/deb/runtime.ts';
import { openPbx } from '../../src/simulator/pbx.ts';
import { Machine, type Started } from '../services/machine.ts';
import { until } from '../support/until.ts';

const project = resolve(import.meta.dirname, '../..');
const older = '0.0.9';
const newer = '0.1.0';
const native = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim() as Architecture;
const foreign = native === 'amd64' ? 'arm64' : 'amd64';
const execute = promisify(execFile);
/** A bound, not a measure: what takes half a minute on a free machine takes four on a busy one. */
const limitMs = 600_000;

/** Some 150 MB, which xz would take half a minute for; what is in it is the same. */
async function build(...args: string[]): Promise<void> {
  const program = join(project, 'packaging/deb/build.ts');
  await execute(process.execPath, [program, '--compression', 'none', '--out', out, ...args], { cwd: project });
}

let out: string;
const deb = (version: string, architecture = native) => join(out, `cdrd_${version}_${architecture}.deb`);

beforeAll(async () => {
  out = mkdtempSync(join(tmpdir(), 'cdrd-deb-'));
  await build('--arch', native, '--version', older, '--version', newer);
}, limitMs);
afterAll(() => rmSync(out, { recursive: true, force: true }));

/** Free ports, whatever the machine has on the usual ones. */
const ports = { CDRD_LISTENERS__0__PORT: '0', CDRD_LISTENERS__1__PORT: '0', CDRD_LOG__FORMAT: 'json' };

/** The URL of a daemon that has come up. */
async function upAt(daemon: Started): Promise<string> {
  const line = await until(() => /"urls":\["([^"]+)"/.exec(daemon.output)?.[1], 'the daemon to be up', 60_000);
  return line;
}

interface Page {
  cdrs: { id: number; uniqueid: string }[];
}

// All at once: machines wait for disks and daemons, lintian for nothing.
describe.concurrent.each(['bookworm', 'sid'] as const)('on a fresh %s', (suite) => {
  it(
    'it installs, runs as its user beside a PBX, keeps records and configuration over an upgrade and a removal, and purges all',
    async ({ expect, onTestFinished }) => {
      const machine = await Machine.open(suite);
      onTestFinished(() => machine.close());
      const pbx = await openPbx({
        ami: { host: '127.0.0.1', port: 0, username: 'cdrd', secret: 's3cret' },
        ...{ mappings: true, timezone: 'UTC' },
      });
      onTestFinished(() => pbx.close());

      await machine.install(deb(older));
      expect(await machine.run(['cdrd', 'version'])).toMatch(/^cdrd 0\.0\.9 \(Node 24\./);
      expect(await machine.run(['getent', 'passwd', 'cdrd'])).toMatch(/:\/var\/lib\/cdrd:\/usr\/sbin\/nologin$/m);
      expect(await machine.run(['stat', '-c', '%U:%G %a', '/var/lib/cdrd'])).toBe('cdrd:cdrd 700\n');
      expect(await machine.run(['dpkg-query', '-W', '-f', '${Conffiles}', 'cdrd'])).toContain('/etc/cdrd/cdrd.yaml ');
      expect(await machine.runAs('cdrd', ['cdrd', 'check'])).toContain('/etc/cdrd/cdrd.yaml is good');
      for (const file of ['man1/cdrd.1.gz', 'man5/cdrd.yaml.5.gz'])
        expect(machine.has(`usr/share/man/${file}`)).toBe(true);

      // As an admin would: a system in place of none, its secret in cdrd.env.
      const system = `systems: [{name: pbx1, timezone: UTC, ami: {port: ${pbx.amiPort}, username: cdrd, secret: "\${CDRD_AMI_SECRET}", reconnect_min_seconds: 0.1}}]`;
      const edited = machine.read('etc/cdrd/cdrd.yaml').replace('systems: []', system);
      machine.write('etc/cdrd/cdrd.yaml', edited);

      const run = async (calls: number, user: string) => {
        const daemon = machine.start(user, ['cdrd', 'run'], { ...ports, CDRD_AMI_SECRET: 's3cret' });
        const url = await upAt(daemon);
        const headers = { authorization: `Bearer ${machine.read('var/lib/cdrd/admin.token').trim()}` };
        const read = async () => (await (await fetch(`${url}/api/v1/cdrs?limit=1000`, { headers })).json()) as Page;
        const before = (await read()).cdrs;
        await pbx.ami.whenListening();
        await pbx.traffic({ rate: 20, seconds: 2, seed: calls });
        const after = await until(async () => {
          const { cdrs } = await read();
          return cdrs.length > before.length && cdrs;
        }, 'records of the PBX');
        expect(await daemon.stop()).toBe(0);
        return { before, after };
      };
      // Started by root, it goes on as its user, and leaves nothing that its user could not open.
      const first = await run(1, 'root');
      expect(first.before).toEqual([]);
      expect(await machine.run(['find', '/var/lib/cdrd', '!', '-user', 'cdrd'])).toBe('');

      machine.write('etc/cdrd/cdrd.yaml', `${edited}nonsense: 1\n`);
      const told = await machine.install(deb(newer));
      expect(told).toMatch(
        /cdrd: \/etc\/cdrd\/cdrd\.yaml:\d+:\d+: nonsense: .*\s+cdrd: the service is left as it is until/,
      );
      machine.write('etc/cdrd/cdrd.yaml', edited);
      expect(await machine.run(['cdrd', 'version'])).toMatch(/^cdrd 0\.1\.0 /);
      expect(machine.read('etc/cdrd/cdrd.yaml')).toBe(edited);
      const second = await run(2, 'cdrd');
      const idsOf = ({ before, after }: typeof first, of: 'before' | 'after') =>
        new Set((of === 'before' ? before : after).map(({ id, uniqueid }) => `${id} ${uniqueid}`));
      expect([...idsOf(first, 'after')].filter((one) => !idsOf(second, 'before').has(one))).toEqual([]);

      // What a command of root's leaves must not be in the way of the package manager.
      await machine.run(['apt-get', 'remove', '--yes', 'cdrd']);
      expect(machine.has('usr/lib/cdrd')).toBe(false);
      expect(machine.has('usr/bin/cdrd')).toBe(false);
      expect(machine.read('etc/cdrd/cdrd.yaml')).toBe(edited);
      expect(machine.has('var/lib/cdrd/cdrd.db')).toBe(true);

      await machine.run(['apt-get', 'purge', '--yes', 'cdrd']);
      expect(await machine.run(['find', '/etc', '/usr', '/var', '-xdev', '-name', '*cdrd*'])).toBe('');
      expect(await machine.run(['getent', 'passwd', 'cdrd'])).toContain('cdrd');
    },
    limitMs,
  );
});

describe.concurrent('the package', () => {
  it(
    'is the same to the byte, whoever builds the same commit, in whatever zone and with whatever umask',
    async ({ expect }) => {
      const again = join(out, 'again');
      const command = ['umask 077; exec "$@"', 'sh', process.execPath, join(project, 'packaging/deb/build.ts')];
      const options = ['--compression', 'none', '--out', again, '--arch', native, '--version', older];
      const env = { ...process.env, TZ: 'Asia/Tokyo' };
      await execute('sh', ['-c', ...command, ...options], { cwd: project, env });
      const files = [deb(older), join(again, basename(deb(older)))];
      const sums = files.map((file) => createHash('sha256').update(readFileSync(file)).digest('hex'));
      expect(sums[1]).toBe(sums[0]);
    },
    limitMs,
  );

  it(
    'has nothing that lintian complains of, without a word why',
    async ({ expect }) => {
      demandProgram('lintian');
      // Not compressed is only what is made here.
      const given = 'uses-no-compression-for-control-tarball,uses-no-compression-for-data-tarball';
      const options = [
        '--info',
        '--display-info',
        '--tag-display-limit',
        '0',
        '--suppress-tags',
        given,
        '--allow-root',
      ];
      const { stdout } = await execute('lintian', [...options, deb(newer)], { encoding: 'utf8' });
      expect(stdout).toBe('');
    },
    limitMs,
  );

  it(
    'for the other architecture has a runtime and an SQLite of that',
    async ({ expect }) => {
      await build('--arch', foreign);
      const root = join(out, 'foreign');
      execFileSync('dpkg-deb', ['-x', deb(newer, foreign), root]);
      const library = `node_modules/better-sqlite3/prebuilds/linux-${foreign === 'arm64' ? 'arm64' : 'x64'}.node`;
      for (const file of ['bin/node', library]) {
        expect(() => demandMachine(join(root, 'usr/lib/cdrd', file), foreign)).not.toThrow();
        expect(() => demandMachine(join(root, 'usr/lib/cdrd', file), native)).toThrow(
          /found machine \d+, expected \d+/,
        );
      }
      expect(execFileSync('dpkg-deb', ['-f', deb(newer, foreign), 'Architecture'], { encoding: 'utf8' })).toBe(
        `${foreign}\n`,
      );
    },
    limitMs,
  );
});

describe.concurrent('the unit', () => {
  it('is a unit that systemd takes as it is, with what it starts in its place', async ({ expect }) => {
    demandProgram('systemd-analyze');
    const root = join(out, 'unit');
    await execute('dpkg-deb', ['-x', deb(newer), root]);
    // Those it stands beside: sysinit.target and the like.
    cpSync('/usr/lib/systemd/system', join(root, 'usr/lib/systemd/system'), { recursive: true, force: false });
    const unit = '/usr/lib/systemd/system/cdrd.service';
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', `--root=${root}`, unit], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('is shut in: less than 2.0 of 10 by the measure of systemd', async ({ expect }) => {
    demandProgram('systemd-analyze');
    const unit = join(project, 'packaging/cdrd.service');
    const { stdout } = await execute('systemd-analyze', ['security', '--offline=true', '--no-pager', unit]);
    expect(Number(/exposure level for cdrd\.service: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThan(2);
  });
});

/** Nothing is left out in silence. */
function demandProgram(name: string): void {
  if (spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0)
    throw new Error(`${name} is not here: apt-get install ${name === 'lintian' ? 'lintian' : 'systemd'}`);
}
