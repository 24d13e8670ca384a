// What AMI, the table, the daemon and cdrd's own files say, as findings.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { daemonFindings, type DaemonWord } from '../../src/doctor/daemonside.ts';
import { Doctor, ownPlacesOf } from '../../src/doctor/desk.ts';
import { examine, type Patient } from '../../src/doctor/doctor.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { amiFindings, tableFindings } from '../../src/doctor/live.ts';
import { ownFindings } from '../../src/doctor/own.ts';
import { AmiConfig } from '../../src/sources/ami/config.ts';
import { TableConfig } from '../../src/sources/table/config.ts';
import { advicesOn, flavourOf, lackOf } from '../../src/sources/table/flavour.ts';
import type { TableSighting } from '../../src/sources/table/probe.ts';
import { Peer } from '../sources/ami/peer.ts';
import { pbxFile } from '../sources/table/files.ts';
import { silent, tempFolder } from '../support/store.ts';

const codesOf = (found: readonly Finding[]) => found.map(({ code }) => code);
const subject = { system: 'pbx1', timezone: 'UTC' };
let folder: string;
let remove: () => void;

beforeEach(() => ({ folder, remove } = tempFolder()));
afterEach(() => remove());

describe('AMI', () => {
  const seen = { version: '22.10.1', isCdrOn: true, clock: null };
  const clock = (ahead: number) => ({ now: 1000 + ahead, asked: { from: 1000, to: 1000.2 } });

  it('that lets cdrd in is well', () => {
    expect(amiFindings({ ...seen, clock: clock(4.9) }, subject)).toMatchObject([
      { code: 'ami-ok', what: 'Asterisk 22.10.1 lets cdrd in.', why: null },
    ]);
  });

  it.each([
    [5.3, 'ami-clock', '5 seconds ahead of'],
    [-60, 'ami-clock', '60 seconds behind'],
  ])('whose clock is %d seconds off is told of', (ahead, code, says) => {
    const found = amiFindings({ ...seen, clock: clock(ahead) }, subject);
    expect(codesOf(found)).toEqual(['ami-ok', code]);
    expect(found[1]!.what).toContain(says);
  });

  it('that makes no records is told of', () => {
    expect(codesOf(amiFindings({ ...seen, isCdrOn: false }, subject))).toEqual(['ami-ok', 'cdr-off']);
  });

  it('that is busy with the daemon is well, any other refusal is a fault', () => {
    const refusal = (message: string) => codesOf(amiFindings({ kind: 'lost', message }, subject));
    expect(refusal('127.0.0.1:5038: user cdrd: Login Already In Use')).toEqual(['ami-ok']);
    expect(refusal('no line to 127.0.0.1:5038')).toEqual(['ami-login']);
  });

  const patient = (peer: Peer): Patient => ({
    ...{ ...subject, etc: 'none' },
    ami: Value.Default(AmiConfig, { username: 'cdrd', secret: 's3cret', port: peer.port }) as AmiConfig,
  });
  const word = (state: string): DaemonWord => ({
    store: { state: 'up', detail: null },
    sources: [{ name: 'pbx1/ami', state, detail: 'it said no', lag_seconds: null, lost: 0 }],
    ...{ completeness: [], rejects: false },
  });

  it('is asked over a line of its own, and left', async () => {
    await using peer = await Peer.start();
    const { findings } = await examine({ patients: [patient(peer)], own: null, daemon: 'unknown', log: silent });
    expect(codesOf(findings)).toEqual(['ami-clock', 'etc-elsewhere', 'ami-ok']);
    expect(peer.sessions).toHaveLength(1);
  });

  it('of an Asterisk 16 tells its version and whether it makes records', async () => {
    const coreSettings = (isOn: string) =>
      'Response: Success\r\nActionID: {id}\r\nAMIversion: 5.0.6\r\nAsteriskVersion: 16.28.0~dfsg-0+deb11u4\r\nSystemName: \r\n' +
      `CoreMaxCalls: 0\r\nCoreMaxLoadAvg: 0.000000\r\nCoreRunUser: asterisk\r\nCoreCDRenabled: ${isOn}\r\nCoreHTTPenabled: No\r\n\r\n`;
    for (const [isOn, codes] of [
      ['Yes', ['ami-clock', 'etc-elsewhere', 'ami-ok']],
      ['No', ['cdr-off', 'ami-clock', 'etc-elsewhere', 'ami-ok']],
    ] as const) {
      const others = { coresettings: coreSettings(isOn) };
      await using peer = await Peer.start({ banner: 'Asterisk Call Manager/5.0.6\r\n', others });
      const { findings } = await examine({ patients: [patient(peer)], own: null, daemon: 'unknown', log: silent });
      expect(codesOf(findings)).toEqual(codes);
      expect(findings.at(-1)!.what).toBe('Asterisk 16.28.0~dfsg-0+deb11u4 lets cdrd in.');
    }
  });

  it('is not tried again where it has refused the daemon', async () => {
    await using peer = await Peer.start();
    const { findings } = await examine({ patients: [patient(peer)], own: null, daemon: word('refused'), log: silent });
    expect(codesOf(findings)).toEqual(['ami-login', 'source-down', 'etc-elsewhere']);
    expect(peer.sessions).toHaveLength(0);
  });

  it('that refuses is told in the words of the source', async () => {
    const login = (_: unknown, id: string) =>
      `Response: Error\r\nActionID: ${id}\r\nMessage: Authentication failed\r\n\r\n`;
    await using peer = await Peer.start({ login });
    const { findings } = await examine({ patients: [patient(peer)], own: null, daemon: 'unknown', log: silent });
    expect(findings[0]).toMatchObject({
      code: 'ami-login',
      what: expect.stringContaining('refused the login') as string,
    });
    expect(JSON.stringify(findings)).not.toContain('s3cret');
  });
});

describe('the table', () => {
  const column = (name: string, type: string) => ({ name, type, isNullable: true, unfilled: null, isAutoId: false });
  const table = Value.Default(TableConfig, { url: 'mysql://cdrd:p@db/asteriskcdrdb' }) as TableConfig;
  const names = ['calldate', 'uniqueid', 'duration', 'disposition', 'sequence'];
  const seen = (
    columns = names,
    indexed = ['calldate'],
    grants: string[] = [],
    unfilled: number | null = null,
  ): TableSighting => {
    const typed = columns.map((name) => ({
      ...column(name, name === 'calldate' ? 'datetime' : 'varchar(80)'),
      ...(name === 'sequence' && { unfilled }),
    }));
    const indexes = indexed.map((name) => ({ columns: [name], isUnique: false }));
    const flavour = flavourOf({ columns: typed, indexes, view: null }, table, 'UTC');
    const server = { grants, now: 1000, asked: { from: 1000, to: 1001 } };
    const told = { lack: lackOf(flavour, 'cdr'), advices: advicesOn(flavour, 'cdr', 'mysql') };
    return { kind: 'mysql', label: 'db:3306/asteriskcdrdb', flavour, rows: 7, server, ...told };
  };
  const look = (sighting: TableSighting) => tableFindings(sighting, { ...subject, table }, []);

  it('with an index and a sequence is well', () => {
    expect(look(seen())).toMatchObject([
      { code: 'table-ok', what: expect.stringContaining('read by calldate') as string },
    ]);
  });

  it('is told which sequence means none', () => {
    const [{ what } = { what: '' }] = look(seen(names, ['calldate'], [], 0));
    expect(what).toMatch(/A row has the sequence 0 when nobody fills it, or had: .* INT NULL\.$/);
    expect(look(seen())[0]!.what).not.toContain('sequence');
  });

  it('is told what it lacks, with the lines', () => {
    expect(look(seen(['calldate', 'uniqueid', 'duration', 'disposition'], []))).toMatchObject([
      { code: 'table-ok' },
      { code: 'table-sequence', paste: 'ALTER TABLE `cdr` ADD COLUMN `sequence` INT NULL;' },
      { code: 'table-index', paste: 'CREATE INDEX `cdr_calldate` ON `cdr` (`calldate`);' },
    ]);
    expect(codesOf(look(seen(['calldate', 'sequence'])))).toEqual(['table-ok', 'table-columns']);
  });

  const to = 'TO `cdrd`@`localhost`';
  it.each([
    ['USAGE ON *.*', []],
    ['SELECT ON `asteriskcdrdb`.`cdr`', []],
    ['SELECT, SHOW VIEW ON `asteriskcdrdb`.*', []],
    ['SELECT (`src`, `dst`) ON `asteriskcdrdb`.`cdr`', []],
    ['SELECT ON *.*', ['table-grant']],
    ['SELECT ON `mysql`.`user`', ['table-grant']],
    ['SELECT, INSERT ON `asteriskcdrdb`.*', ['table-grant']],
    ['ALL PRIVILEGES ON `asteriskcdrdb`.*', ['table-grant']],
  ])('with GRANT %s has %j', (right, codes) => {
    const found = look(seen(names, ['calldate'], [`GRANT ${right} ${to}`]));
    expect(codesOf(found).slice(1)).toEqual(codes);
    if (codes.length > 0)
      expect(found[1]!.paste).toContain("GRANT SELECT ON `asteriskcdrdb`.`cdr` TO 'cdrd'@'localhost'");
  });

  it('of SQLite is looked at where it is', async () => {
    const pbx = pbxFile('CREATE TABLE cdr (AcctId INTEGER PRIMARY KEY, start, uniqueid, duration, disposition)');
    const config = Value.Default(TableConfig, { url: pbx.url }) as TableConfig;
    const patients = [{ ...subject, etc: 'none', table: config }];
    const { findings } = await examine({ patients, own: null, daemon: 'unknown', log: silent });
    expect(codesOf(findings)).toEqual(['table-sequence', 'etc-elsewhere', 'table-ok']);
    const gone = [{ ...patients[0]!, table: { ...config, name: 'calls' } }];
    const { findings: none } = await examine({ patients: gone, own: null, daemon: 'unknown', log: silent });
    expect(none[0]).toMatchObject({ code: 'table-login', what: expect.stringContaining('it has cdr') as string });
  });
});

describe('the daemon', () => {
  const well: DaemonWord = {
    store: { state: 'up', detail: null },
    sources: ['pbx1/ami', 'pbx1/table', 'pbx1/api'].map((name) => {
      const isApi = name.endsWith('api');
      return { name, state: 'up', detail: null, lag_seconds: isApi ? 9999 : 60, lost: 3 };
    }),
    completeness: [{ system: 'pbx1', missing_in_table: 0, missing_in_ami: 0, not_understood: 0, zone_warning: null }],
    rejects: false,
  };
  const now = Date.UTC(2026, 10, 20, 12) * 1000;
  const hook = (change: object) => ({ name: 'crm', pending: 0, dead: 0, failing: null, fault: null, ...change });
  const first = (change: Partial<DaemonWord['sources'][number]>) => [
    { ...well.sources[0]!, ...change },
    well.sources[1]!,
  ];
  const days = (change: Partial<DaemonWord['completeness'][number]>) => [{ ...well.completeness[0]!, ...change }];

  it('that hears everything is well, what it lost was caught up by the table', () => {
    expect(daemonFindings(well, now)).toMatchObject([
      { code: 'daemon-ok', what: 'The daemon runs and hears pbx1/ami, pbx1/table.' },
    ]);
  });

  it.each<[Partial<DaemonWord>, string[]]>([
    [{ store: { state: 'down', detail: 'no space' } }, ['store-down']],
    [{ sources: first({ state: 'down', detail: 'x' }) }, ['source-down']],
    [{ sources: first({ detail: 'no Cdr' }) }, ['daemon-ok', 'source-idle']],
    [{ sources: first({ lag_seconds: 61 }) }, ['daemon-ok', 'source-lag']],
    [{ sources: first({}).slice(0, 1) }, ['daemon-ok', 'source-lost']],
    [{ completeness: days({ missing_in_table: 2 }) }, ['daemon-ok', 'records-missing']],
    [{ completeness: days({ missing_in_ami: 2 }) }, ['daemon-ok', 'records-missing']],
    [{ completeness: days({ not_understood: 2 }) }, ['daemon-ok', 'records-missing']],
    [{ completeness: days({ zone_warning: 'systems.pbx1.timezone is probably wrong' }) }, ['zone-wrong']],
    [{ rejects: true }, ['daemon-ok', 'rejects-kept']],
    [{ webhooks: [hook({ failing: now - 900e6 + 1, pending: 3 })] }, ['daemon-ok']],
    [{ webhooks: [hook({ failing: now - 900e6, pending: 3 })] }, ['daemon-ok', 'webhook-failing']],
    [{ webhooks: [hook({}), hook({ dead: 1 })] }, ['daemon-ok', 'webhook-dead']],
  ])('that says %j has %j', (change, codes) => {
    expect(codesOf(daemonFindings({ ...well, ...change }, now))).toEqual(codes);
  });

  it('says of a webhook since when nothing gets through and why, and how what was given up is sent again', () => {
    const failing = Date.UTC(2026, 10, 20, 9, 30) * 1000;
    const webhooks = [hook({ pending: 1, dead: 2, failing, fault: 'answered 503' })];
    expect(daemonFindings({ ...well, webhooks }, now).slice(1)).toMatchObject([
      {
        what: 'Nothing has got through to the webhook crm since 2026-11-20 09:30 UTC; 1 delivery waits: answered 503.',
        paste: 'cdrd webhook test crm',
      },
      {
        what: '2 deliveries of the webhook crm were given up.',
        paste: 'cdrd webhook deliveries --state dead --webhook crm',
        then: 'cdrd webhook replay --webhook crm',
      },
    ]);
  });

  it('is told of when it is away, mute, or closed to who asks', async () => {
    const codes = async (daemon: Parameters<typeof examine>[0]['daemon']) =>
      codesOf((await examine({ patients: [], own: null, daemon, log: silent })).findings);
    expect(await codes('none')).toEqual(['daemon-off']);
    expect(await codes({ mute: 'no answer' })).toEqual(['daemon-mute']);
    expect(await codes({ closed: 'EACCES' })).toEqual(['daemon-closed']);
    expect(await codes('unknown')).toEqual([]);
  });

  it('examines once for all who ask at the same time', async () => {
    let asked = 0;
    const housed = { systems: [], store: { url: `sqlite:${folder}/x.db`, data_dir: folder }, listeners: [] };
    const doctor = new Doctor(housed, null, silent, async () => {
      asked += 1;
      return 'none';
    });
    const [one, other] = await Promise.all([doctor.report(), doctor.report()]);
    expect(one).toBe(other);
    await doctor.report();
    expect(asked).toBe(2);
    expect(codesOf(one.findings)).toEqual(['config-none', 'daemon-off']);
  });
});

it('secrets of webhooks are looked for in the configuration, as are those of AMI and of databases', () => {
  const housed = { systems: [], store: { url: 'sqlite:x.db', data_dir: 'var' }, listeners: [] };
  const webhooks = [{ secret: 'whsec_new whsec_old' }, {}];
  expect(ownPlacesOf({ ...housed, webhooks }, null).secrets).toEqual(['whsec_new', 'whsec_old']);
});

describe("cdrd's own files", () => {
  const places = (change: object = {}) => ({
    ...{ configFile: join(folder, 'cdrd.yaml'), dataFolder: join(folder, 'var'), storeFile: null, keys: [] },
    ...{ secrets: ['s3cret'], ...change },
  });
  const found = (change: object = {}) => ownFindings(places(change)).map(({ code, paste }) => [code, paste]);
  const put = (name: string, text: string, mode: number) => {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), mode);
  };

  it('are told of where others can read a secret', () => {
    mkdirSync(join(folder, 'var'));
    put('cdrd.yaml', 'secret: s3cret', 0o640);
    put('cdrd.env', 'CDRD_AMI_SECRET=s3cret', 0o600);
    put('var/admin.token', 'x', 0o600);
    put('key.pem', 'x', 0o640);
    const keys = [join(folder, 'key.pem')];
    expect(found({ keys })).toEqual([]);
    for (const name of ['cdrd.yaml', 'cdrd.env', 'var/admin.token', 'key.pem']) {
      chmodSync(join(folder, name), 0o644);
      expect(found({ keys })).toEqual([['secret-open', `chmod o-rwx ${join(folder, name)}`]]);
      chmodSync(join(folder, name), 0o600);
    }
  });

  it('may be open where no secret stands in them', () => {
    put('cdrd.yaml', '# s3cret\nusername: s3cret\nsecret: ${CDRD_AMI_SECRET}', 0o644);
    expect(found()).toEqual([]);
  });
});
