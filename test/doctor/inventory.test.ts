// Which extensions, trunks and DIDs are found, and the configuration that is proposed for them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { loadConfig } from '../../src/config.ts';
import { readBackends } from '../../src/doctor/backend.ts';
import { openEtc, type Etc } from '../../src/doctor/etc.ts';
import { freepbxInventory, freepbxLogin } from '../../src/doctor/freepbx.ts';
import { inventoryOf } from '../../src/doctor/inventory.ts';
import { csvFilesOf, envOf, propose, subjectOf, yamlOf, type Proposal } from '../../src/doctor/proposal.ts';
import { pbxFile } from '../sources/table/files.ts';
import { silent, tempFolder } from '../support/store.ts';

let folder: string;
let remove: () => void;
let etcFolder: string;

beforeEach(() => {
  ({ folder, remove } = tempFolder());
  etcFolder = join(folder, 'asterisk');
});
afterEach(() => remove());

const open = (): Etc => openEtc(etcFolder)!;
const proposed = (secrets: Record<string, string> = {}, etc = open()): Proposal =>
  propose({
    ...{ name: 'pbx1', timezone: 'Europe/London', etc, inventory: inventoryOf(etc), secrets },
    backend: readBackends(etc, 'pbx1').backends[0] ?? null,
    newSecret: () => 'fresh',
  });
const put = (name: string, text: string) => {
  mkdirSync(etcFolder, { recursive: true });
  writeFileSync(join(etcFolder, name), text);
};

describe("Asterisk's files", () => {
  beforeEach(() => cpSync('test/fixtures/asterisk16', etcFolder, { recursive: true }));

  it('tell phones from trunks, of pjsip.conf and sip.conf', () => {
    expect(inventoryOf(open())).toEqual({
      extensions: [
        { number: '101', company: null, name: 'Alice' },
        { number: '102', company: null, name: null },
        { number: '103', company: null, name: 'Carol' },
        { number: '130', company: null, name: 'Door' },
      ],
      trunks: ['PJSIP/second', 'PJSIP/telco', 'SIP/isdn'].map((peer) => ({ peer, name: null })),
      dids: [
        { number: '441632960100', extension: '101', name: null },
        { number: '+441632960101', extension: '102', name: null },
        { number: '441632960102', extension: null, name: null },
      ],
      endpoints: [{ peer: 'PJSIP/f0a1b2', extension: '130', name: 'Door' }],
    });
  });

  it('give the preset for phones that are named by their numbers', () => {
    expect(proposed()).toMatchObject({ preset: 'plain', extensionPattern: null, backend: null });
  });

  it.each([
    ['pjsip.conf', '[acme-101]\ntype=endpoint\n', 'pjsip-prefix'],
    ['pjsip.conf', '[101]\ntype=endpoint\ntenantid=acme\n', 'tenantid'],
    ['../freepbx.conf', '<?php\n', 'freepbx'],
    ['../issabel.conf', 'mysqlrootpwd=x\n', 'issabel'],
    ['../amportal.conf', 'AMPDBUSER=x\n', 'freepbx'],
    ['../astguiclient.conf', 'VARserver_ip => 192.0.2.1\n', 'vicidial'],
  ])('with %s of %j give the preset %s', (file, text, preset) => {
    put(file, text);
    expect(proposed().preset).toBe(preset);
  });

  it('give a wider pattern for longer extensions', () => {
    put('pjsip.conf', '[1234567]\ntype=endpoint\n');
    expect(proposed().extensionPattern).toBe('^\\d{2,7}$');
  });
});

describe('the proposal', () => {
  const load = (proposal: Proposal, home: string | null = null) => {
    const file = join(folder, 'cdrd.yaml');
    writeFileSync(file, yamlOf(proposal, home));
    return loadConfig(file, parseEnv(envOf(proposal)));
  };

  it('for an Asterisk without anything is a good configuration with AMI alone', () => {
    put('manager.conf', '[general]\nenabled = no\n');
    const { systems, store } = load(proposed());
    expect(systems).toMatchObject([
      { name: 'pbx1', timezone: 'Europe/London', preset: 'pjsip-prefix', ami: { username: 'cdrd', secret: 'fresh' } },
    ]);
    expect(systems[0]!.table).toBeUndefined();
    expect(store.url).toBe('sqlite:var/cdrd.db');
  });

  it('takes over what manager.conf has of cdrd, and what an init before has made', () => {
    put('manager.conf', "[general]\nport = 5088\nbindaddr = 10.0.0.5\n[cdrd]\nsecret = it's $ecret\nread = cdr,call\n");
    put('cdr_adaptive_odbc.conf', '[a]\nconnection = a\ntable = calls\nusegmtime = yes\n');
    put('res_odbc.conf', '[a]\ndsn = a\nusername = u\npassword = p\n');
    put('odbc.ini', '[a]\nDriver = /x.so\nServer = db.example\nDatabase = asteriskcdrdb\n');
    const proposal = proposed({ CDRD_TABLE_PASSWORD: 'before' });
    const { systems, store } = load(proposal, '/var/lib/cdrd');
    expect(systems[0]).toMatchObject({
      ami: { host: '10.0.0.5', port: 5088, secret: "it's $ecret", events: 'calls' },
      table: { url: 'mysql://cdrd:before@db.example:3306/asteriskcdrdb', name: 'calls', timezone: 'UTC' },
    });
    expect(store).toMatchObject({ url: 'sqlite:/var/lib/cdrd/cdrd.db', data_dir: '/var/lib/cdrd' });
    expect(yamlOf(proposal, null)).not.toMatch(/ecret\b.*\$ecret|before/);
    expect(subjectOf(proposal)).toMatchObject({ ami: { port: 5088 }, table: { url: systems[0]!.table!.url } });
  });

  it('has files for the rules, quoted where they must be, and none that is empty', () => {
    const files = csvFilesOf({
      extensions: [
        { number: '101', company: 'acme', name: 'Bob "the Boss", Ltd' },
        { number: '102', company: null, name: null },
      ],
      ...{ trunks: [], dids: [{ number: '+44', extension: null, name: null }] },
      endpoints: [{ peer: 'SIP/901', extension: '102', name: null }],
    });
    expect(Object.fromEntries(files)).toEqual({
      'companies.csv': 'handle\nacme\n',
      'extensions.csv': 'company,number,name\nacme,101,"Bob ""the Boss"", Ltd"\n,102,\n',
      'dids.csv': 'number,extension,name\n+44,,\n',
      'endpoints.csv': 'peer,kind,extension,name\nSIP/901,extension,102,\n',
    });
  });
});

describe("FreePBX's tables", () => {
  it('tell extensions, devices, trunks that are on, and DIDs with their places', async () => {
    const { url } = pbxFile(readFileSync('test/fixtures/freepbx/tables.sql', 'utf8'));
    const inventory = await freepbxInventory(url, silent);
    expect(inventory).toEqual({
      extensions: [
        { number: '101', company: null, name: 'Alice' },
        { number: '102', company: null, name: 'Bob "the Boss", Ltd' },
        { number: '2001', company: null, name: null },
      ],
      trunks: [
        { peer: 'PJSIP/telco', name: 'Telco' },
        { peer: 'SIP/old-in', name: 'Old telco' },
        { peer: 'SIP/old-out', name: 'Old telco' },
      ],
      dids: [
        { number: '441632960100', extension: '101', name: 'Main' },
        { number: '+441632960101', extension: '600', name: null },
        { number: '441632960102', extension: null, name: 'Menu' },
      ],
      endpoints: [{ peer: 'SIP/901', extension: '102', name: 'Desk 9' }],
    });
    expect(JSON.stringify(inventory)).not.toContain('a-phone-secret');
  });

  it('are said to be none where a table or its columns are missing', async () => {
    const { url } = pbxFile('CREATE TABLE users (id INTEGER)');
    await expect(freepbxInventory(url, silent)).rejects.toThrow('the table "users" is none of FreePBX\'s');
    await expect(freepbxInventory(pbxFile('CREATE TABLE x (y)').url, silent)).rejects.toThrow('no table "users"');
  });

  it.each([
    ['freepbx', 'mysql://freepbxuser:a-database-secret@localhost:3306/asterisk'],
    ['issabel', 'mysql://asteriskuser:a-database-secret@localhost:3306/asterisk'],
  ])('are reached with the login of %s', (kind, url) => {
    cpSync(`test/fixtures/${kind}`, folder, { recursive: true });
    expect(freepbxLogin(open(), null)?.url).toBe(url);
    expect(freepbxLogin(open(), '/run/mysqld/mysqld.sock')?.url).toBe(`${url}?socket=%2Frun%2Fmysqld%2Fmysqld.sock`);
  });

  it('of a plain Asterisk are not looked for', () => {
    mkdirSync(etcFolder);
    expect(freepbxLogin(open(), null)).toBeNull();
  });
});
