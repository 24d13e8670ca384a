// FreePBX's and Issabel's tables, and Asterisk 16's, on a real MariaDB: what is read of them, and what the doctor says of each.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Value } from 'typebox/value';
import { examine } from '../../src/doctor/doctor.ts';
import { freepbxInventory } from '../../src/doctor/freepbx.ts';
import { TableConfig } from '../../src/sources/table/config.ts';
import { query } from '../services/mariadb.ts';
import { pbxFile } from '../sources/table/files.ts';
import { silent } from '../support/store.ts';

const { rootUrl } = inject('mariadb');
const name = `doctor_${randomBytes(4).toString('hex')}`;
const url = new URL(rootUrl);
url.pathname = `/${name}`;
const reader = new URL(url);
reader.username = `${name.slice(0, 15)}r`;
reader.password = randomBytes(8).toString('hex');
const tables = readFileSync('test/fixtures/freepbx/tables.sql', 'utf8');

const text = (width: number) => `VARCHAR(${width}) NOT NULL DEFAULT ''`;
const old =
  `calldate DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00', clid ${text(80)}, src ${text(80)}, dst ${text(80)}, ` +
  `dcontext ${text(80)}, channel ${text(80)}, dstchannel ${text(80)}, lastapp ${text(80)}, lastdata ${text(80)}, ` +
  `duration INT NOT NULL DEFAULT 0, billsec INT NOT NULL DEFAULT 0, disposition ${text(45)}, amaflags INT NOT NULL DEFAULT 0, ` +
  `accountcode ${text(20)}, uniqueid ${text(32)}, userfield ${text(255)}, recordingfile ${text(255)}`;
const more = `did ${text(50)}, cnum ${text(80)}, cnam ${text(80)}, outbound_cnum ${text(80)}, outbound_cnam ${text(80)}, dst_cnam ${text(80)}`;

beforeAll(async () => {
  await query(rootUrl, 'CREATE DATABASE ?? CHARACTER SET utf8mb4', [name]);
  const made = [
    ...tables.trim().split('\n'),
    `CREATE TABLE freepbx (${old}, ${more}, linkedid ${text(32)}, peeraccount ${text(80)}, sequence INT NOT NULL DEFAULT 0, KEY calldate (calldate), KEY uniqueid (uniqueid))`,
    `CREATE TABLE issabel (${old}, KEY calldate (calldate), KEY dst (dst))`,
    'CREATE TABLE asterisk16 (accountcode VARCHAR(20), src VARCHAR(80), dst VARCHAR(80), dcontext VARCHAR(80), clid VARCHAR(80), channel VARCHAR(80), ' +
      'dstchannel VARCHAR(80), lastapp VARCHAR(80), lastdata VARCHAR(80), start DATETIME, answer DATETIME, end DATETIME, duration INT, billsec INT, ' +
      'disposition VARCHAR(45), amaflags VARCHAR(45), userfield VARCHAR(256), uniqueid VARCHAR(150), linkedid VARCHAR(150), peeraccount VARCHAR(80), sequence INT)',
  ];
  for (const sql of made) await query(url.href, sql);
  await query(rootUrl, `CREATE USER ??@'127.0.0.1' IDENTIFIED BY ?`, [reader.username, reader.password]);
  await query(rootUrl, `GRANT SELECT ON ??.* TO ??@'127.0.0.1'`, [name, reader.username]);
});
afterAll(async () => {
  await query(rootUrl, `DROP USER ??@'127.0.0.1'`, [reader.username]);
  await query(rootUrl, 'DROP DATABASE ??', [name]);
});

describe('on MariaDB', () => {
  it("FreePBX's tables say what they say anywhere", async () => {
    const inventory = await freepbxInventory(reader.href, silent);
    expect(inventory).toEqual(await freepbxInventory(pbxFile(tables).url, silent));
    expect(inventory.extensions).toHaveLength(3);
  });

  it.each([
    ['freepbx', [], 'read by calldate'],
    ['issabel', ['table-sequence'], 'read by calldate'],
    ['asterisk16', ['table-index'], 'read by start'],
  ])("the doctor knows %s's cdr", async (table, codes, says) => {
    const config = Value.Default(TableConfig, { url: reader.href, name: table }) as TableConfig;
    const patients = [{ system: 'pbx1', timezone: 'UTC', etc: 'none', table: config }];
    const { findings } = await examine({ patients, own: null, daemon: 'unknown', log: silent });
    expect(findings.map(({ code }) => code)).toEqual([...codes, 'etc-elsewhere', 'table-ok']);
    expect(findings.at(-1)!.what).toContain(says);
    expect(JSON.stringify(findings)).not.toContain(reader.password);
  });
});
