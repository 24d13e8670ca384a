// Every command as a person meets it: what it prints, and how it ends.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { cdrd, startDaemon, writeConfig, type Daemon } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';

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

describe('cdrd', () => {
  it('explains itself and every command with --help', async () => {
    const { code, stdout } = await cdrd(['--help']);
    expect(code).toBe(0);
    const commands = [
      'run',
      'check',
      'migrate',
      'backup',
      'restore',
      'purge',
      'anonymise',
      'hold',
      'recount',
      'token',
      'user',
      'audit',
      'rejects',
      'company',
      'extension',
      'jobs',
      'explain',
      'completeness',
      'import',
      'demo',
    ];
    for (const command of [...commands, 'version']) {
      expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
      expect(await cdrd([command, '--help'])).toMatchObject({ code: 0, stderr: '' });
    }
  });

  it('ends with 64 and a hint for a command it does not know', async () => {
    const { code, stderr } = await cdrd(['rum']);
    expect(code).toBe(64);
    expect(stderr).toContain("unknown command 'rum'");
    expect(stderr).toContain('(Did you mean run?)');
  });

  it('tells its version, for people and for tools', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect((await cdrd(['version'])).stdout).toBe(`cdrd ${version} (Node ${process.versions.node})\n`);
    expect(JSON.parse((await cdrd(['version', '--json'])).stdout)).toEqual({
      cdrd: version,
      node: process.versions.node,
    });
  });
});

describe('cdrd token', () => {
  it('makes, lists and revokes tokens without a daemon; the secret is shown once and kept as a hash', async () => {
    const made = await run(
      'token',
      'create',
      'wallboard',
      '--scope',
      'write',
      '--company',
      'acme,ACME',
      '--company',
      'beta',
    );
    expect(made.code).toBe(0);
    const secret = made.stdout.trim();
    expect(secret).toMatch(/^cdrd_[\w-]{43}$/);
    expect(readFileSync(join(folder, 'cdrd.db')).includes(secret)).toBe(false);
    const [token] = JSON.parse((await run('token', 'list', '--json')).stdout) as object[];
    expect(token).toMatchObject({
      id: 1,
      name: 'wallboard',
      scope: 'write',
      companies: ['acme', 'beta'],
      revoked: null,
    });
    expect(await run('token', 'revoke', '1')).toMatchObject({ code: 0, stdout: 'token 1 is revoked\n' });
    const again = await run('token', 'revoke', '1');
    expect(again).toMatchObject({ code: 64, stderr: 'cdrd: there is no living token 1, see "cdrd token list"\n' });
    expect((await run('token', 'list')).stdout).toContain('acme, beta');
    expect(statSync(join(folder, 'cdrd.db')).mode & 0o777).toBe(0o600);
  });

  it('goes through the running daemon, where the token works at once and stops at once', async () => {
    daemon = await startDaemon(folder, { systems: [] });
    const secret = (await run('token', 'create', 'poller')).stdout.trim();
    const ask = async () =>
      (await fetch(`${daemon!.url}/api/v1/cdrs`, { headers: { authorization: `Bearer ${secret}` } })).status;
    expect(await ask()).toBe(200);
    expect((await run('token', 'revoke', '1')).code).toBe(0);
    expect(await ask()).toBe(401);
    expect(statSync(join(folder, 'cdrd.sock')).mode & 0o777).toBe(0o600);
  });

  it('refuses what it does not know', async () => {
    expect(await run('token', 'create', 'x', '--scope', 'root')).toMatchObject({ code: 64 });
    expect((await run('token', 'revoke', 'one')).stderr).toBe(
      'cdrd: "one" is not a token number, see "cdrd token list"\n',
    );
  });

  it('makes no store where none is, only to look into it', async () => {
    const { code, stderr } = await run('token', 'list');
    expect(code).toBe(69);
    expect(stderr).toContain(`there is no store at ${folder}/cdrd.db; was the daemon started in another folder`);
    expect(existsSync(join(folder, 'cdrd.db'))).toBe(false);
  });

  it('shows a name with control characters without obeying them', async () => {
    await run('token', 'create', 'wall\n\u001b[31m');
    expect((await run('token', 'list')).stdout).toContain('wall\uFFFD\uFFFD[31m');
  });

  it('does not ask for the secrets of the sources', async () => {
    await run('migrate');
    config = writeConfig(folder, { systems: [{ name: 'pbx1', ami: { username: 'cdrd', secret: '${NOT_SET}' } }] });
    expect((await run('token', 'list')).code).toBe(0);
    expect((await run('check')).code).toBe(78);
  });
});

describe('cdrd rejects', () => {
  it('says so when there are none, and lists what was refused and why', async () => {
    await run('migrate');
    expect((await run('rejects')).stdout).toBe('no rejects are kept\n');
    daemon = await startDaemon(folder, { systems: [{ name: 'pbx1', table: { url: `sqlite:${folder}/none.db` } }] });
    const bad = { uniqueid: '1.1', start: 'yesterday', duration: 1, billsec: 1, disposition: 'ANSWERED' };
    await daemon.post('/api/v1/cdrs', [bad, bad]);
    const { stdout } = await run('rejects');
    expect(stdout).toContain('pbx1/api  2 times');
    expect(stdout).toContain('start: "yesterday" is not a time like 2026-11-22T03:15:29Z (system pbx1, uniqueid 1.1)');
    expect(JSON.parse((await run('rejects', '--json')).stdout)).toMatchObject([{ source: 'pbx1/api', count: 2 }]);
    expect((await run('rejects', '--limit', '0')).stderr).toBe(
      'cdrd: --limit: "0" is not a whole number from 1 to 1000\n',
    );
  });
});

describe('cdrd migrate', () => {
  it('says from which schema to which, once', async () => {
    expect((await run('migrate')).stdout).toMatch(/^the store went from empty to \d{4}_\w+\.js\n$/);
    expect((await run('migrate')).stdout).toMatch(/^the store has the schema \d{4}_\w+\.js already\n$/);
  });

  it('refuses a store that a newer cdrd has written, as the daemon does', async () => {
    await run('migrate');
    const store = new Database(join(folder, 'cdrd.db'));
    store.prepare("INSERT INTO knex_migrations (name, batch) VALUES ('9999_future.js', 2)").run();
    store.close();
    for (const command of ['migrate', 'run']) {
      const { code, stderr } = await run(command);
      expect(code).toBe(78);
      expect(stderr).toMatch(/the store has the schema 9999_future\.js, this cdrd knows \d{4}_\w+\.js at most/);
    }
  });
});

describe('cdrd run', () => {
  it('makes an admin token at the first start only, in a file nobody else can read, and logs no secret', async () => {
    daemon = await startDaemon(folder, { systems: [] }, { env: { CDRD_ADMIN_TOKEN: '' } });
    const file = join(folder, 'admin.token');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const secret = readFileSync(file, 'utf8').trim();
    const status = async () =>
      (await fetch(`${daemon!.url}/api/v1/cdrs`, { headers: { authorization: `Bearer ${secret}` } })).status;
    expect(await status()).toBe(200);
    expect(JSON.stringify(daemon.lines)).not.toContain(secret);
    await daemon.end();
    daemon = await startDaemon(folder, { systems: [] }, { env: { CDRD_ADMIN_TOKEN: '' } });
    expect(readFileSync(file, 'utf8').trim()).toBe(secret);
    expect(await status()).toBe(200);
  });

  it('makes no token when CDRD_ADMIN_TOKEN is set', async () => {
    daemon = await startDaemon(folder, { systems: [] });
    expect(existsSync(join(folder, 'admin.token'))).toBe(false);
    expect(await daemon.get('/api/v1/cdrs')).toMatchObject({ cdrs: [] });
  });

  it('refuses a data folder that another cdrd holds, and a port that is taken', async () => {
    daemon = await startDaemon(folder, { systems: [] });
    expect(await run('run')).toMatchObject({
      code: 69,
      stderr: `cdrd: another cdrd is running on the data folder ${folder}\n`,
    });
    const other = tempFolder();
    const { port } = new URL(daemon.url);
    const busy = writeConfig(other.folder, { systems: [], listeners: [{ port: Number(port) }] });
    const { code, stderr } = await cdrd(['run', '--config', busy]);
    other.remove();
    expect(code).toBe(69);
    expect(stderr).toBe(`cdrd: listeners: 127.0.0.1:${port} cannot be bound: another program listens there already\n`);
  });

  it('starts again after kill -9: no lock, no socket stays in the way', async () => {
    daemon = await startDaemon(folder, { systems: [] });
    await daemon.end('SIGKILL');
    daemon = await startDaemon(folder, { systems: [] });
    expect((await run('token', 'list')).code).toBe(0);
  });
});

describe('cdrd check', () => {
  it('says a good file is good', async () => {
    config = writeConfig(folder, { systems: [{ name: 'pbx1', ami: { username: 'cdrd', secret: 'x' } }] });
    expect(await run('check')).toMatchObject({ code: 0, stdout: `${config} is good: systems pbx1 (ami)\n` });
    expect(JSON.parse((await run('check', '--json')).stdout)).toEqual({ file: config, ok: true, faults: [] });
  });

  it('tells malformed YAML with its line', async () => {
    writeFileSync(config, 'store:\n  url: "sqlite:x\nsystems: []\n');
    const { code, stderr } = await run('check');
    expect(code).toBe(78);
    expect(stderr).toContain(`cdrd: ${config}:4:1: Missing closing "quote`);
  });

  it('tells every fault at once, with path, found, expected and line', async () => {
    const text = [
      'store: {url: 5, data_dirr: x}',
      'systems:',
      '  - name: pbx 1',
      '    timezone: Mars/Phobos',
      '    ami: {port: 70000, username: cdrd, secret: s, tls: maybe}',
      '  - {name: b, ami: {username: u, secret: "${CDRD_TEST_NOT_SET}"}, extension_pattern: "("}',
      '  - {name: b}',
      'limits: {body_bytes: big}',
    ];
    writeFileSync(config, text.join('\n'));
    const { code, stderr } = await cdrd(['--config', config, 'check'], {
      CDRD_LOG__LEVEL: 'loud',
      CDRD_LOG__COLOUR: 'x',
    });
    expect(code).toBe(78);
    const at = (place: string) => `cdrd: ${config}:${place}: `;
    for (const line of [
      `${at('1:14')}store.url: found a number (not shown), expected a text that is not empty`,
      `${at('1:28')}store.data_dirr: is not a key of this section, expected one of url, data_dir`,
      `${at('3:11')}systems[0].name: found "pbx 1", expected a text that matches ^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$`,
      `${at('4:15')}systems[0].timezone: found "Mars/Phobos", expected a zone like Europe/London or UTC`,
      `${at('5:17')}systems[0].ami.port: found 70000, expected a whole number from 1 to 65535`,
      `${at('5:56')}systems[0].ami.tls: found "maybe", expected one of off, verify, insecure`,
      `${at('6:42')}systems[1].ami.secret: \${CDRD_TEST_NOT_SET} is asked for, but the environment variable CDRD_TEST_NOT_SET is not set`,
      `${at('6:86')}systems[1].extension_pattern: found "(", expected a regular expression`,
      `${at('7:12')}systems[2].name: "b" names a second system, expected a name of its own`,
      `${at('8:22')}limits.body_bytes: found "big", expected a whole number from 1024 to 268435456`,
      'cdrd: CDRD_LOG__LEVEL: log.level: found "loud", expected one of trace, debug, info, warn, error, fatal',
      'cdrd: CDRD_LOG__COLOUR: log.colour: is not a key of this section, expected one of level, format',
    ]) {
      expect(stderr).toContain(line);
    }
    expect(stderr.trim().split('\n')).toHaveLength(12);
  });

  it('says which file it looked for', async () => {
    const { code, stderr } = await cdrd(['--config', '/nowhere/cdrd.yaml', 'check']);
    expect(code).toBe(78);
    expect(stderr).toContain('/nowhere/cdrd.yaml: cannot be read');
    expect(stderr).toContain('--config FILE or CDRD_CONFIG');
  });
});
