// The doctor beside a real Asterisk 22 with a real MariaDB: every line that records depend on is broken in turn, in its files, its
// manager and its table; the daemon's own answer has the code for each.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import type { Code, Report } from '../../src/doctor/finding.ts';
import { AmiConfig } from '../../src/sources/ami/config.ts';
import { probeAmi, type AmiSighting } from '../../src/sources/ami/probe.ts';
import { startAsterisk, type Pbx } from '../services/asterisk.ts';
import { runJailed } from '../services/jail.ts';
import { query } from '../services/mariadb.ts';
import { cdrd, startDaemon, type Daemon } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';
import { breaks, broken } from './breaks.ts';

const { folder, remove } = tempFolder();
const originals = new Map<string, string>();
/** The commands that were recommended on the way. */
const recommended = new Set<string>();
let pbx: Pbx;
let daemon: Daemon;

const report = () => daemon.get<Report>('/api/v1/doctor');
const bad = ({ findings }: Report) => findings.filter(({ level }) => level !== 'ok');
const path = (file: string) => join(pbx.folder, 'etc', file);

/** The command line of the Asterisk that runs: it works while the manager is switched off. */
async function asterisk(command: string): Promise<void> {
  const inside = `/srv/runs/${pbx.folder.split('/').at(-1)!}`;
  const root = pbx.folder.slice(0, -inside.length);
  const whole = ['asterisk', '-C', `${inside}/etc/asterisk.conf`, '-rx', command];
  await runJailed({ root, command: whole, log: join(pbx.folder, 'commands.log') }, 20_000);
}

beforeAll(async () => {
  pbx = await startAsterisk();
  copyFileSync(join(pbx.folder, '../../../etc/odbcinst.ini'), path('odbcinst.ini'));
  for (const { file } of breaks) originals.set(file, readFileSync(path(file), 'utf8'));
  const table = { url: pbx.tableUrl, timezone: 'UTC', poll_seconds: 0.5 };
  const etc = { timezone: 'Asia/Kolkata', asterisk_etc: join(pbx.folder, 'etc') };
  daemon = await startDaemon(folder, { systems: [{ name: 'pbx1', ...etc, ami: pbx.ami, table }] });
  chmodSync(join(folder, 'cdrd.yaml'), 0o600);
  await until(async () => (await report()).verdict === 'ok', 'all to be well');
});
afterAll(async () => {
  await daemon?.end('SIGKILL');
  await pbx?.stop();
  remove();
});

describe('the doctor beside an Asterisk 22', () => {
  it('finds all well, and says what it has seen', async () => {
    const { verdict, findings } = await report();
    expect(findings.map(({ code }) => code)).toEqual(['etc-read', 'ami-ok', 'table-ok', 'daemon-ok']);
    expect(verdict).toBe('ok');
    const run = await cdrd(['--config', join(folder, 'cdrd.yaml'), 'doctor', '--json']);
    expect([run.code, JSON.parse(run.stdout)]).toEqual([0, { verdict, findings }]);
  });

  describe('with a line of its files broken', () => {
    afterEach(() => {
      for (const [file, text] of originals) writeFileSync(path(file), text);
    });

    /** What stands in a line with a value of this run. */
    const lineIn = (file: string, line: string) => {
      const [head] = line.split('{{');
      const found = originals
        .get(file)!
        .split('\n')
        .find((one) => (head === line ? one === line : one.startsWith(head!)));
      return found ?? line;
    };

    it.each(breaks)('has $code for $line of $file when it is $by', async ({ file, line, by, code, says, live }) => {
      writeFileSync(path(file), broken(originals.get(file)!, lineIn(file, line), by));
      if (live) await asterisk(live.command);
      const { findings } = await report();
      const found = findings.filter((one) => one.code === code);
      for (const { then } of found)
        for (const [, command] of (then ?? '').matchAll(/asterisk -rx "([^"]+)"/g)) recommended.add(command!);
      expect(found.map(({ what, why, into, paste }) => [what, why, into, paste].join('\n')).join('\n')).toContain(says);
      const worst = live ? [code, live.code] : [code];
      expect(
        bad({ verdict: 'ok', findings })
          .map((one) => one.code)
          .filter((one) => one !== 'source-down'),
      ).toEqual(found[0]!.level === 'ok' ? [] : expect.arrayContaining(worst));
      for (const secret of [pbx.ami.secret, new URL(pbx.tableUrl).password])
        expect(JSON.stringify(findings)).not.toContain(secret);
      if (!live) return;
      writeFileSync(path(file), originals.get(file)!);
      await asterisk(live.command);
      await until(async () => !(await report()).findings.some((one) => one.code === live.code), 'AMI to be back');
    });
  });

  it('recommends only commands that this Asterisk has', async () => {
    expect([...recommended].sort()).toEqual([
      'manager reload',
      'module load cdr_adaptive_odbc.so',
      'module load cdr_manager.so',
      'module load res_odbc.so',
      'module reload cdr',
      'module reload cdr_adaptive_odbc.so',
      'module reload cdr_manager.so',
      'module reload res_odbc.so',
    ]);
    for (const command of recommended) await asterisk(command);
    const said = readFileSync(join(pbx.folder, 'commands.log'), 'utf8');
    expect(said).toContain("Module 'cdr_manager.so' reloaded successfully");
    expect(said).not.toMatch(/No such (command|module)/i);
  });

  const alter: [what: string, code: Code, says: string, broken: string[], mended: string[]][] = [
    [
      'no sequence',
      ...(['table-sequence', 'ADD COLUMN `sequence`'] as const),
      ['ALTER TABLE cdr DROP COLUMN sequence'],
      ['ALTER TABLE cdr ADD COLUMN sequence INT NOT NULL DEFAULT 0'],
    ],
    [
      'no index on its id',
      ...(['table-index', 'CREATE INDEX `cdr_calldate`'] as const),
      ['ALTER TABLE cdr MODIFY acctid BIGINT UNSIGNED NULL, DROP PRIMARY KEY, DROP KEY calldate'],
      [
        'ALTER TABLE cdr MODIFY acctid BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, ADD KEY calldate (calldate)',
      ],
    ],
    [
      'no column that a record needs',
      ...(['table-columns', 'no column disposition'] as const),
      ['ALTER TABLE cdr CHANGE disposition result VARCHAR(45) NOT NULL'],
      ['ALTER TABLE cdr CHANGE result disposition VARCHAR(45) NOT NULL'],
    ],
    [
      'another name',
      'table-login',
      'There is no table "cdr"',
      ['RENAME TABLE cdr TO calls'],
      ['RENAME TABLE calls TO cdr'],
    ],
    [
      'a user who may write',
      ...(['table-grant', "REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'reader'@'127.0.0.1'"] as const),
      ["GRANT DELETE ON asteriskcdrdb.* TO 'reader'@'127.0.0.1'"],
      ["REVOKE DELETE ON asteriskcdrdb.* FROM 'reader'@'127.0.0.1'"],
    ],
    [
      'a user who may not read',
      ...(['table-login', 'GRANT SELECT ON `asteriskcdrdb`.`cdr`'] as const),
      [
        "REVOKE SELECT ON asteriskcdrdb.* FROM 'reader'@'127.0.0.1'",
        "GRANT INSERT ON asteriskcdrdb.* TO 'reader'@'127.0.0.1'",
      ],
      [
        "GRANT SELECT ON asteriskcdrdb.* TO 'reader'@'127.0.0.1'",
        "REVOKE INSERT ON asteriskcdrdb.* FROM 'reader'@'127.0.0.1'",
      ],
    ],
  ];
  it.each(alter)('has, for a table with %s, %s', async (_what, code, says, first, last) => {
    const url = new URL(pbx.database.rootUrl);
    url.pathname = '/asteriskcdrdb';
    for (const sql of first) await query(url.href, sql);
    const found = (await report()).findings.filter((one) => one.code === code);
    for (const sql of last) await query(url.href, sql);
    expect(found.map(({ what, paste }) => `${what}\n${paste}`).join('\n')).toContain(says);
  });

  it('has backend-alias where nothing fills the start column', async () => {
    const file = 'cdr_adaptive_odbc.conf';
    writeFileSync(path(file), broken(originals.get(file)!, 'alias start => calldate', ''));
    const { findings } = await report();
    writeFileSync(path(file), originals.get(file)!);
    expect(findings.find(({ code }) => code === 'backend-alias')).toMatchObject({
      ...{ into: path(file), paste: 'alias start => calldate' },
    });
  });

  it('is told by AMI itself, where the user may ask, which Asterisk this is and that it makes no records', async () => {
    const config = Value.Default(AmiConfig, { ...pbx.tester }) as AmiConfig;
    const look = async () => (await probeAmi(config)) as AmiSighting;
    const { version, isCdrOn, clock } = await look();
    expect(version).toMatch(/^22\./);
    expect([isCdrOn, Math.abs(clock!.now - clock!.asked.to) < 5]).toEqual([true, true]);
    writeFileSync(path('cdr.conf'), broken(originals.get('cdr.conf')!, 'enable = yes', 'enable = no'));
    await asterisk('module reload cdr');
    const off = await look();
    writeFileSync(path('cdr.conf'), originals.get('cdr.conf')!);
    await asterisk('module reload cdr');
    expect([off.isCdrOn, (await look()).isCdrOn]).toEqual([false, true]);
  });

  it('has nothing to mend in what cdrd init writes, once its two lines are run on the database', async () => {
    const home = join(folder, 'init');
    mkdirSync(home);
    const etc = join(pbx.folder, 'etc');
    const made = await cdrd(['init', '--asterisk-etc', etc, '--name', 'berlin'], { CDRD_CONFIG: '' }, home);
    expect([made.code, made.stderr]).toEqual([0, '']);
    expect(made.stdout).toContain('2 extensions, 1 trunk, 0 DIDs');
    const url = new URL(pbx.database.rootUrl);
    const lines = made.stdout.match(/^ {3}(CREATE USER|GRANT) .*;$/gm)!.map((line) => line.trim());
    expect(lines).toHaveLength(2);
    for (const sql of lines) await query(url.href, sql);
    const run = await cdrd(['--config', 'cdrd.yaml', 'doctor', '--asterisk-etc', etc, '--json'], {}, home);
    const { findings } = JSON.parse(run.stdout) as Report;
    expect(findings.map(({ code }) => code)).toEqual(['daemon-off', 'etc-read', 'ami-ok', 'table-ok']);
    expect(run.code).toBe(1);
  });

  it('is as well as before', async () => {
    await until(async () => (await report()).verdict === 'ok', 'all to be well again', 60_000);
  });
});
