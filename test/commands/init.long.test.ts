// cdrd init and cdrd doctor as a user runs them: nothing is replaced unasked, what is written can be used at once, exit codes tell.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chmodSync, cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../../src/doctor/finding.ts';
import { cdrd } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';

let folder: string;
let remove: () => void;

beforeEach(() => {
  ({ folder, remove } = tempFolder());
  cpSync('test/fixtures/freepbx', folder, { recursive: true });
  cpSync('test/fixtures/asterisk16/pjsip.conf', join(folder, 'asterisk/pjsip.conf'));
  // Nobody listens there: the tables cannot be read, so Asterisk's files are.
  writeFileSync(join(folder, 'freepbx.conf'), '<?php\n$amp_conf["AMPDBUSER"] = "u";\n$amp_conf["AMPDBPORT"] = "1";\n');
});
afterEach(() => remove());

const run = (...args: string[]) => cdrd(args, { CDRD_CONFIG: '' }, folder);
const init = (...more: string[]) => run('init', '--asterisk-etc', 'asterisk', ...more);
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const written = () => readdirSync(folder).filter((name) => /^cdrd\.|\.csv$/.test(name));

describe('cdrd init', () => {
  it('writes a configuration that is good at once, with secrets that nobody else can read', async () => {
    const { code, stdout, stderr } = await init();
    expect([code, stderr]).toEqual([0, '']);
    expect(written()).toEqual(['cdrd.env', 'cdrd.yaml', 'endpoints.csv', 'extensions.csv', 'trunks.csv']);
    expect(statSync(join(folder, 'cdrd.env')).mode & 0o777).toBe(0o600);
    const [, secret = ''] = /^CDRD_AMI_SECRET=(\S{24})$/m.exec(read('cdrd.env')) ?? [];
    const [, password = ''] = /^CDRD_TABLE_PASSWORD=(\S{24})$/m.exec(read('cdrd.env')) ?? [];
    expect(read('cdrd.yaml')).toContain('preset: freepbx');
    expect(read('cdrd.yaml')).not.toContain(secret);
    expect(stdout).toContain(`[cdrd]\n      secret = ${secret}`);
    expect(stdout).toContain('Paste into ' + join(folder, 'asterisk/manager_custom.conf'));
    expect(stdout).toContain(`CREATE USER 'cdrd'@'localhost' IDENTIFIED BY '${password}'`);
    expect(stdout).toContain("by Asterisk's files, because of the tables: nothing listens at localhost:1");

    expect((await run('--config', 'cdrd.yaml', 'check')).stdout).toContain('is good: systems pbx1 (ami, table)');
    for (const [kind, rows] of Object.entries({ extension: 3, trunk: 2, endpoint: 1 })) {
      const imported = await run('--config', 'cdrd.yaml', kind, 'import', `${kind}s.csv`);
      expect([kind, imported.stdout, imported.stderr]).toEqual([
        kind,
        `${rows} rows: ${rows} added, 0 changed, 0 as they were\n`,
        '',
      ]);
    }
  });

  it('replaces nothing unasked, and keeps the secrets when it is told to', async () => {
    await init();
    const secrets = read('cdrd.env');
    writeFileSync(join(folder, 'cdrd.yaml'), 'mine');
    const refused = await init();
    expect([refused.code, refused.stderr]).toEqual([64, expect.stringContaining('cdrd.yaml, cdrd.env') as string]);
    expect(refused.stderr).toContain('--force');
    expect(read('cdrd.yaml')).toBe('mine');
    chmodSync(join(folder, 'cdrd.env'), 0o644);
    expect((await init('--force', '--name', 'berlin')).code).toBe(0);
    expect(read('cdrd.yaml')).toContain('name: berlin');
    expect(read('cdrd.env')).toBe(secrets);
    expect(statSync(join(folder, 'cdrd.env')).mode & 0o777).toBe(0o600);
  });

  it('only shows, with --dry-run, and no secret', async () => {
    const { code, stdout } = await init('--dry-run');
    expect(code).toBe(0);
    expect(written()).toEqual([]);
    expect(stdout).toContain('--- cdrd.yaml');
    expect(stdout).toContain('CDRD_AMI_SECRET=(not shown)');
    expect(stdout).toContain('secret = CHANGE-ME');
  });

  it('says what is wrong with what it is given', async () => {
    const missing = await run('init', '--asterisk-etc', 'nowhere');
    expect([missing.code, missing.stderr]).toEqual([
      64,
      expect.stringContaining('there is no folder nowhere') as string,
    ]);
    const name = await init('--name', 'a b');
    expect([name.code, name.stderr]).toEqual([64, expect.stringContaining('--name: found "a b"') as string]);
  });
});

describe('cdrd doctor', () => {
  const codesOf = (stdout: string) => (JSON.parse(stdout) as Report).findings.map(({ code }) => code);

  it('ends with 2 on faults, and prints the lines to paste', async () => {
    await init();
    const args = ['--config', 'cdrd.yaml', 'doctor', '--asterisk-etc', 'asterisk'];
    const { code, stdout } = await run(...args);
    expect(code).toBe(2);
    expect(stdout).toContain('FAULT  manager-user  pbx1');
    expect(stdout).toContain('Then: asterisk -rx "manager reload"');
    expect(stdout).toMatch(/\d faults, \d warnings\. The README explains each code/);
    const json = await run(...args, '--json');
    expect([json.code, codesOf(json.stdout)]).toEqual([
      2,
      expect.arrayContaining(['ami-login', 'daemon-off']) as string[],
    ]);
  });

  it('ends with 1 on warnings and looks at the files even where nothing is configured', async () => {
    writeFileSync(join(folder, 'cdrd.yaml'), `{store: {url: 'sqlite:${folder}/x.db', data_dir: '${folder}/var'}}`);
    const { code, stdout } = await run('--config', 'cdrd.yaml', 'doctor', '--json');
    expect([code, codesOf(stdout).slice(0, 1)]).toEqual([1, ['config-none']]);
    expect(readdirSync(folder)).not.toContain('var');
  });

  it('tells faults of the configuration, and knows the systems there are', async () => {
    writeFileSync(join(folder, 'cdrd.yaml'), 'systems: [{name: a, ami: {username: u, secret: "${NOBODY_SETS_ME}"}}]');
    const broken = await run('--config', 'cdrd.yaml', 'doctor', '--asterisk-etc', 'asterisk', '--json');
    expect([broken.code, codesOf(broken.stdout)[0]]).toEqual([2, 'config-fault']);
    await init('--force');
    const other = await run('--config', 'cdrd.yaml', 'doctor', '--system', 'x');
    expect([other.code, other.stderr]).toEqual([64, 'cdrd: --system: "x" is not configured\n']);
  });
});
