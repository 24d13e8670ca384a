// The whole simulated PBX: bytes on a socket and rows in a table of the same records.
import Database from 'better-sqlite3';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConfigError, Unavailable } from '../../src/errors.ts';
import { openPbx, type Pbx, type PbxOptions } from '../../src/simulator/pbx.ts';
import { tableRow } from '../../src/simulator/record.ts';
import { openCdrTable } from '../../src/simulator/table.ts';
import { captureEvents, captureMappings, captureRecords } from './capture.ts';
import { openClient, type Client } from './client.ts';

const ami = { host: '127.0.0.1', port: 0, username: 'cdrd', secret: 's3cret' };
let folder: string;
let path: string;
let pbx: Pbx;
let client: Client;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cdrd-pbx-'));
  path = join(folder, 'master.db');
  await start({});
});
afterEach(async () => {
  client.socket.destroy();
  await pbx.close();
  rmSync(folder, { recursive: true });
});

async function start(options: Partial<PbxOptions>): Promise<void> {
  pbx = await openPbx({ ami, tableUrl: `sqlite:${path}`, mappings: captureMappings, timezone: 'UTC', ...options });
  client = openClient(pbx.amiPort);
  client.act({ Action: 'Login', Username: 'cdrd', Secret: 's3cret' });
  await pbx.ami.whenListening();
}

function rows(): Record<string, unknown>[] {
  using database = withDispose(new Database(path, { readonly: true }));
  return database.prepare('SELECT * FROM cdr ORDER BY AcctId').all() as Record<string, unknown>[];
}

function withDispose(database: Database.Database): Database.Database & Disposable {
  return Object.assign(database, { [Symbol.dispose]: () => void database.close() });
}

it('plays the captured calls to both sides', async () => {
  await pbx.play(captureRecords);
  const heard = await client.until('BillSecF: 5.009214\r\nCompany: acme\r\n\r\n');
  expect(heard.endsWith(captureEvents.join(''))).toBe(true);
  expect(rows()).toEqual(captureRecords.map((record, index) => ({ AcctId: index + 1, ...tableRow(record) })));
});

it('leaves one side out when asked to', async () => {
  const [first, second] = captureRecords.map((record) => [record]);
  await pbx.play(first ?? [], { only: 'table' });
  await pbx.play(second ?? [], { only: 'ami' });
  await client.until('Event: Cdr');
  expect(client.text()).not.toContain(captureEvents[0]);
  expect(rows().map((row) => row['sequence'])).toEqual([captureRecords[0]?.sequence]);
});

it('plays traffic until it closes, the same records on both sides', async () => {
  const traffic = pbx.traffic({ rate: 100, seed: 1 });
  await client.until('Event: Cdr');
  await pbx.close();
  const { emitted } = await traffic;
  expect(emitted).toBeGreaterThan(0);
  expect(rows()).toHaveLength(emitted);
  await start({ mappings: true });
  await pbx.traffic({ rate: 100, seed: 1, seconds: 0.1 });
  expect(pbx.lostRows).toBe(0);
});

it('counts rows its traffic loses to a locked table, and goes on telling AMI', async () => {
  using database = withDispose(new Database(path));
  database.exec('BEGIN IMMEDIATE');
  const stop = new AbortController();
  const traffic = pbx.traffic({ rate: 5, seed: 1, signal: stop.signal });
  await client.until('Event: Cdr');
  stop.abort();
  const { emitted } = await traffic;
  expect(pbx.lostRows).toBe(emitted);
  expect(rows()).toEqual([]);
  database.exec('ROLLBACK');
});

it('goes on with the ids of an existing table', async () => {
  await pbx.play(captureRecords.slice(0, 2), { only: 'table' });
  const again = await openCdrTable(`sqlite:${path}`);
  await again.insert(captureRecords[2] as (typeof captureRecords)[number]);
  await again.close();
  expect(rows().map((row) => row['AcctId'])).toEqual([1, 2, 3]);
});

it('opens no peer without its table, and no table at a strange address', async () => {
  await expect(openCdrTable('postgres://pbx/cdr')).rejects.toThrow(ConfigError);
  await expect(openCdrTable(`sqlite:${folder}/no/such/folder.db`)).rejects.toThrow(Unavailable);
  await expect(openCdrTable('mysql://a:b@127.0.0.1:1/cdr')).rejects.toThrow(Unavailable);
  const taken = { ami: { ...ami, port: pbx.amiPort }, mappings: true, timezone: 'UTC' };
  await expect(openPbx({ ...taken, tableUrl: `sqlite:${path}` })).rejects.toThrow(Unavailable);
});
