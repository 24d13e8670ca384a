// What Asterisk's files say: each line that matters broken in turn, the layouts of FreePBX and Issabel, and files that may not be read.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { openEtc, type Etc } from '../../src/doctor/etc.ts';
import { fileFindings } from '../../src/doctor/files.ts';
import { reportOf, type Finding } from '../../src/doctor/finding.ts';
import type { Subject } from '../../src/doctor/settings.ts';
import { tableLines } from '../../src/doctor/tableplace.ts';
import { AmiConfig } from '../../src/sources/ami/config.ts';
import { TableConfig } from '../../src/sources/table/config.ts';
import { tempFolder } from '../support/store.ts';
import { breaks, broken } from './breaks.ts';

const now = Date.parse('2026-11-22T12:00:00Z') * 1000;
const values: Record<string, string> = { amiPort: '5038', databasePort: '3306' };
const filled = (text: string) => text.replace(/\{\{(\w+)\}\}/g, (_, key: string) => values[key] ?? `the-${key}`);

let folder: string;
let remove: () => void;
let etc: string;

beforeEach(() => {
  ({ folder, remove } = tempFolder());
  etc = join(folder, 'asterisk');
});
afterEach(() => remove());

const amiOf = (change: Partial<AmiConfig> = {}) =>
  Value.Default(AmiConfig, { username: 'cdrd', secret: 'the-cdrdSecret', ...change }) as AmiConfig;
const tableOf = (change: Partial<TableConfig> = {}) =>
  Value.Default(TableConfig, {
    url: 'mysql://reader:p@127.0.0.1:3306/asteriskcdrdb',
    timezone: 'UTC',
    ...change,
  }) as TableConfig;
const subject = (change: Partial<Subject> = {}): Subject => ({
  ...{ system: 'pbx1', timezone: 'Asia/Kolkata', ami: amiOf(), table: tableOf(), ...change },
});
const open = (): Etc => openEtc(etc)!;
const look = (given: Subject = subject()): Finding[] => fileFindings(open(), given, now).findings;
const codesOf = (found: readonly Finding[]) => found.map(({ code }) => code);
const textOf = ({ what, why, into, paste }: Finding) => [what, why, into, paste].join('\n');
const write = (name: string, text: string) => writeFileSync(join(etc, name), text);

/** The settings of the real Asterisk of the tests. */
function asAsterisk22(): void {
  cpSync('test/services/asterisk', etc, { recursive: true });
  write('odbcinst.ini', '[ODBC]\nTrace = no\n[MariaDB Unicode]\nDriver = libmaodbc.so\n');
  for (const file of ['manager.conf', 'res_odbc.conf', 'odbc.ini'])
    write(file, filled(readFileSync(join(etc, file), 'utf8')));
}

describe('an Asterisk 22 with the lines we recommend', () => {
  beforeEach(asAsterisk22);

  it('is well', () => {
    expect(codesOf(look())).toEqual(['etc-read']);
  });

  it.each(breaks)('has $code for $line of $file when it is $by', ({ file, line, by, code, says }) => {
    write(file, broken(readFileSync(join(etc, file), 'utf8'), filled(line), by));
    const found = look();
    expect(codesOf(found)).toContain(code);
    expect(textOf(found.find((one) => one.code === code)!)).toContain(says);
    expect(reportOf(found).verdict).toBe(reportOf(found.filter((one) => one.code === code)).verdict);
  });

  it('needs more of its user for live calls', () => {
    expect(codesOf(look(subject({ ami: amiOf({ events: 'calls' }) })))).toContain('manager-read-call');
    const watcher = amiOf({ events: 'calls', username: 'watcher', secret: 'the-watcherSecret' });
    expect(codesOf(look(subject({ ami: watcher })))).toEqual(['etc-read']);
  });

  it('is told which way TLS fails', () => {
    const found = look(subject({ ami: amiOf({ tls: 'verify', port: 5039 }) }));
    expect(found.find(({ code }) => code === 'manager-tls')?.paste).toContain('tlsenable = yes');
    write('manager.conf', readFileSync(join(etc, 'manager.conf'), 'utf8').replace('port = 5038', 'tlsenable = yes'));
    expect(codesOf(look(subject({ ami: amiOf({ tls: 'verify', port: 5040 }) })))).toContain('manager-place');
    expect(codesOf(look(subject({ ami: amiOf({ port: 5039 }) })))).toContain('manager-tls');
  });

  it('may be open to the network, but not with a user who may log in from anywhere', () => {
    const text = readFileSync(join(etc, 'manager.conf'), 'utf8').replace('bindaddr = 127.0.0.1', 'bindaddr = 0.0.0.0');
    write('manager.conf', text);
    expect(codesOf(look())).toEqual(['etc-read']);
    write('manager.conf', text.replace(/^(deny|permit) = .*$/gm, ''));
    expect(codesOf(look())).toEqual(['etc-read', 'manager-open']);
  });

  it('never has a secret in what it tells', () => {
    write('manager.conf', readFileSync(join(etc, 'manager.conf'), 'utf8').replace('the-cdrdSecret', 'another'));
    const told = JSON.stringify(look());
    expect(told).toContain('manager-secret');
    for (const secret of ['the-cdrdSecret', 'another', 'the-odbcPassword']) expect(told).not.toContain(secret);
  });

  it('is recommended its own table where none is configured', () => {
    const found = look(subject({ table: undefined })).find(({ code }) => code === 'table-none');
    expect(found?.paste).toBe(
      'table:\n  url: mysql://cdrd:${CDRD_TABLE_PASSWORD}@127.0.0.1:3306/asteriskcdrdb\n  timezone: UTC',
    );
  });

  it.each([
    ['manager.conf', '[cdrd]', '#include secret.conf\n[other]'],
    ['cdr_manager.conf', '[mappings]', '#include secret.conf\n[other]'],
    ['cdr.conf', 'batch = no', '#include secret.conf\nbatch = yes'],
    ['res_odbc.conf', '[asteriskcdrdb]', '#include secret.conf\n[other]'],
  ])('of which a part of %s may not be read is not told what it lacks there', (file, line, by) => {
    mkdirSync(join(etc, 'secret.conf'));
    write(file, broken(readFileSync(join(etc, file), 'utf8'), line, by));
    expect(codesOf(look())).toEqual(['etc-read', 'etc-unreadable']);
  });

  it.each(['res_odbc.conf', 'odbc.ini', 'cdr_adaptive_odbc.conf'])(
    'whose %s may not be read may have a table',
    (file) => {
      rmSync(join(etc, file));
      mkdirSync(join(etc, file));
      expect(codesOf(look())).toEqual(['etc-read', 'etc-unreadable']);
    },
  );

  it('tells a folder where a file should be', () => {
    rmSync(join(etc, 'manager.conf'));
    mkdirSync(join(etc, 'manager.conf'));
    const found = look();
    expect(codesOf(found)).toEqual(['etc-read', 'etc-unreadable']);
    expect(found[1]!.what).toContain('EISDIR');
  });
});

describe('Asterisk 16 as Debian bullseye ships it', () => {
  it('has nothing switched on, and lines for all of it', () => {
    mkdirSync(etc);
    write('manager.conf', '[general]\nenabled = no\nport = 5038\nbindaddr = 0.0.0.0\n');
    write('cdr_manager.conf', '[general]\nenabled = no\n');
    write('cdr.conf', '[general]\n\n[csv]\nusegmtime=yes\nloguniqueid=yes\nloguserfield=yes\n');
    write('cdr_adaptive_odbc.conf', ';[first]\n;connection=mysql1\n;table=cdr\n');
    write('modules.conf', '[modules]\nautoload=yes\nnoload => chan_alsa.so\n');
    expect(codesOf(look())).toEqual([
      ...['etc-read', 'manager-off', 'manager-user', 'cdr-manager-off', 'cdr-manager-mapping', 'cdr-unanswered'],
      'backend-none',
    ]);
  });
});

describe('FreePBX', () => {
  beforeEach(() => cpSync('test/fixtures/freepbx', folder, { recursive: true }));

  it('is told to paste into the files that FreePBX leaves alone', () => {
    const found = look();
    const into = Object.fromEntries(found.map(({ code, into: file }) => [code, file?.replace(`${etc}/`, '') ?? null]));
    expect(into).toEqual({
      'etc-read': null,
      'manager-user': 'manager_custom.conf',
      'cdr-manager-off': 'cdr_manager_general_custom.conf',
      'cdr-manager-mapping': 'cdr_manager_mapping_custom.conf',
      'cdr-unanswered': 'cdr_general_custom.conf',
      'backend-zone': 'cdrd.yaml',
    });
    expect(found.find(({ code }) => code === 'cdr-manager-off')?.paste).toBe('enabled = yes');
  });

  it('is well with these lines', () => {
    const lines =
      '[cdrd]\nsecret = the-cdrdSecret\ndeny = 0.0.0.0/0.0.0.0\npermit = 127.0.0.1/255.255.255.255\nread = cdr\n';
    const found = look(subject({ table: tableOf({ timezone: 'Asia/Kolkata' }) }));
    const paste = (code: string) => found.find((one) => one.code === code)!;
    write('manager_custom.conf', lines);
    for (const code of ['cdr-manager-off', 'cdr-manager-mapping', 'cdr-unanswered'])
      writeFileSync(paste(code).into!, paste(code).paste!);
    expect(codesOf(look(subject({ table: tableOf({ timezone: 'Asia/Kolkata' }) })))).toEqual(['etc-read']);
  });

  it('has its table found through three files, in local time', () => {
    const { backends } = fileFindings(open(), subject(), now);
    expect(backends).toMatchObject([{ kind: 'odbc', database: 'asteriskcdrdb', table: 'cdr', isUtc: false }]);
    expect(tableLines(backends[0]!)).toBe(
      'table:\n  url: mysql://cdrd:${CDRD_TABLE_PASSWORD}@127.0.0.1:3306/asteriskcdrdb?socket=/var/lib/mysql/mysql.sock',
    );
  });
});

describe('Issabel', () => {
  beforeEach(() => cpSync('test/fixtures/issabel', folder, { recursive: true }));

  it('has its table found without ODBC', () => {
    const { backends, findings } = fileFindings(open(), subject(), now);
    expect(backends).toMatchObject([{ kind: 'mysql', host: 'localhost', database: 'asteriskcdrdb', table: 'cdr' }]);
    expect(codesOf(findings)).not.toContain('backend-none');
  });

  it('without a password writes nothing', () => {
    const text = readFileSync(join(etc, 'cdr_mysql.conf'), 'utf8');
    write('cdr_mysql.conf', text.replace(/^password=.*$/m, ''));
    expect(codesOf(look())).toContain('odbc-login');
  });
});

it('an SQLite table of cdr_sqlite3_custom is found where Asterisk keeps its logs', () => {
  mkdirSync(etc);
  write('asterisk.conf', '[directories]\nastlogdir => /srv/log\n');
  write('cdr_sqlite3_custom.conf', "[master]\ntable = cdr\ncolumns => calldate, clid\nvalues => '${CDR(start)}','x'\n");
  const { backends } = fileFindings(open(), subject({ table: undefined }), now);
  expect(backends).toMatchObject([{ kind: 'sqlite', file: '/srv/log/master.db', table: 'cdr' }]);
  expect(tableLines(backends[0]!)).toBe('table:\n  url: sqlite:/srv/log/master.db');
});
