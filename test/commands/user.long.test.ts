// Users and the audit from the command line, without a daemon and through one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cdrd, launcher, startDaemon, writeConfig, type Daemon, type Run } from '../support/daemon.ts';
import { openStore } from '../../src/store/store.ts';
import { silent, tempFolder } from '../support/store.ts';

let folder: string;
let remove: () => void;
let daemon: Daemon | undefined;
let config: string;

beforeEach(() => {
  ({ folder, remove } = tempFolder());
  config = writeConfig(folder, { systems: [] });
});
afterEach(async () => {
  await daemon?.end('SIGKILL');
  daemon = undefined;
  remove();
});

const run = (...args: string[]) => cdrd(['--config', config, ...args]);

/** With a text on stdin. */
async function pipe(text: string, ...args: string[]): Promise<Run> {
  const child = spawn(process.execPath, [launcher, '--config', config, ...args]);
  const said: Run = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (said.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (said.stderr += data.toString()));
  child.stdin.end(text);
  [said.code] = (await once(child, 'close')) as [number | null];
  return said;
}

const add = (...more: string[]) => pipe('correct horse\n', 'user', 'add', 'Bob', '--password-stdin', ...more);

describe('cdrd user', () => {
  it('adds, lists, changes and removes users without a daemon and through one, in the same words', async () => {
    for (const isRunning of [false, true]) {
      if (isRunning) daemon = await startDaemon(folder, { systems: [] });
      expect(await add('--role', 'user', '--company', 'acme', '--extension', '101', '102')).toMatchObject({
        ...{ code: 0, stderr: '' },
        stdout: 'user Bob is added: role user, extension 101, 102 of acme\n',
      });
      const [user] = JSON.parse((await run('user', 'list', '--json')).stdout) as Record<string, unknown>[];
      expect(user).toMatchObject({ name: 'Bob', role: 'user', companies: ['acme'], extensions: ['101', '102'] });
      expect(user).not.toHaveProperty('password');
      expect(user!['created']).toMatch(/^20\d\d-\d\d-\d\dT.*Z$/);
      expect((await run('user', 'list')).stdout).toContain('extension 101, 102 of acme');
      expect(await pipe('another horse', 'user', 'passwd', 'bob', '--password-stdin')).toMatchObject({
        code: 0,
        stdout: 'user Bob has a new password; its sessions are over\n',
      });
      expect((await run('user', 'disable', 'bob')).stdout).toBe('user Bob is disabled\n');
      expect((await run('user', 'enable', 'bob')).stdout).toBe('user Bob is enabled\n');
      expect((await add()).stderr).toContain('extensions: the role user needs at least one');
      expect((await add('--role', 'admin')).stderr).toBe('cdrd: there is a user Bob already\n');
      expect(await run('user', 'remove', 'BOB')).toMatchObject({ code: 0, stdout: 'user BOB is removed\n' });
      expect(await run('user', 'remove', 'bob')).toMatchObject({
        code: 64,
        stderr: 'cdrd: there is no user bob, see "cdrd user list"\n',
      });
    }
    const { stdout } = await run('audit', '--json');
    const actions = (JSON.parse(stdout) as { action: string }[]).map(({ action }) => action);
    const round = ['user.added', 'user.changed', 'user.changed', 'user.changed', 'user.removed'];
    expect(actions).toEqual([...round, ...round]);
    expect(stdout).not.toContain('horse');
  });

  it('takes no password as an argument, none from a pipe unasked, and none that is short', async () => {
    expect((await run('user', 'add', 'bob', 'correct horse')).code).toBe(64);
    expect((await pipe('correct horse\n', 'user', 'add', 'bob')).stderr).toContain('--password-stdin');
    const short = await pipe('short\n', 'user', 'add', 'bob', '--role', 'admin', '--password-stdin');
    expect(short).toMatchObject({ code: 64, stderr: 'cdrd: password: has 5 characters, expected 10 to 256\n' });
  });
});

describe('cdrd audit', () => {
  it('shows the newest entries, the newest last, or those after one', async () => {
    expect((await run('audit')).stdout).toBe('nothing was done yet\n');
    for (const name of ['one', 'two', 'three']) await run('token', 'create', name);
    const ids = async (...args: string[]) =>
      (JSON.parse((await run('audit', '--json', ...args)).stdout) as { id: number }[]).map(({ id }) => id);
    expect(await ids('--limit', '2')).toEqual([2, 3]);
    expect(await ids('--limit', '1', '--after', '1')).toEqual([2]);
    expect((await run('audit')).stdout).toMatch(
      /^ID +WHEN +WHO +FROM +WHAT\n1 .* command cdrd +- +token.created token 1 /,
    );
    expect(await ids('--limit', '2', '--before', '3')).toEqual([1, 2]);
    expect((await run('audit', '--limit', 'x')).stderr).toContain('--limit: "x" is not a whole number from 1 to 10000');
  });

  it.each(['without a daemon', 'through one'])('finds by action, name and time, %s', async (how) => {
    const store = await openStore({ url: `sqlite:${folder}/cdrd.db` }, silent);
    const by = (name: string) => ({ kind: 'user', id: 1, name, address: '192.0.2.1' }) as const;
    const noon = Date.parse('2026-11-22T12:00:00Z') * 1000;
    for (const [at, name, action] of [
      [noon - 86_400e6, 'ann', 'login'],
      [noon, 'bob', 'login'],
      [noon + 1e6, 'bob', 'logout'],
      [noon + 2e6, 'ann', 'export'],
    ] as const)
      await store.audit({ at, by: by(name), action });
    await store.close();
    if (how === 'through one') daemon = await startDaemon(folder, { systems: [] });
    const ids = async (...args: string[]) =>
      (JSON.parse((await run('audit', '--json', '--to', '2026-11-23', ...args)).stdout) as { id: number }[]).map(
        ({ id }) => id,
      );
    expect(await ids('--action', 'login')).toEqual([1, 2]);
    expect(await ids('--name', 'bob')).toEqual([2, 3]);
    expect(await ids('--name', 'bob', '--action', 'logout')).toEqual([3]);
    expect(await ids('--from', '2026-11-22')).toEqual([2, 3, 4]);
    expect(await ids('--from', '2026-11-22T13:00:01+01:00', '--after', '3')).toEqual([4]);
    expect((await run('audit', '--name', 'nobody')).stdout).toBe('nothing of this kind was done\n');
  });

  it('says what is wrong with what it is asked', async () => {
    const wrong: [string[], string][] = [
      [
        ['--action', 'logn'],
        '--action: "logn" is none, expected one of login, logout, refused, export, import, cdr.written, ',
      ],
      [['--from', 'today'], '--from: "today" is no time, expected 2026-11-22 or 2026-11-22T03:15:00Z'],
      [['--to', '2026-02-30'], '--to: "2026-02-30" is no time, expected 2026-11-22 or 2026-11-22T03:15:00Z'],
      [['--from', '2026-11-22', '--to', '2026-11-22'], '--from: is not before --to, expected an earlier date'],
      [['--after', '1', '--before', '2'], '--after and --before cannot both be meant'],
      [['--before', '0'], '--before: "0" is not a whole number from 1 to 9007199254740991'],
      [['--name', 'x'.repeat(129)], '--name: has 129 characters, expected 1 to 128'],
    ];
    for (const [given, message] of wrong) {
      const { code, stderr } = await run('audit', ...given);
      expect([code, stderr.slice(0, message.length + 6)]).toEqual([64, `cdrd: ${message}`]);
    }
  });
});
