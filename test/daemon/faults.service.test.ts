// Faults that need a real MariaDB or a real file system: right missing, server away, disk full. Nothing lost, and it is said.
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPbx, type Pbx } from '../../src/simulator/pbx.ts';
import { query } from '../services/mariadb.ts';
import { cdrd, startDaemon, writeConfig, type Daemon } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';

interface Ready {
  status: string;
  store: { state: string; detail: string | null };
  sources: { name: string; state: string; detail: string | null; received: number; stored: number; lost: number }[];
}

let folder: string;
let remove: () => void;
let daemon: Daemon | undefined;
const closers: (() => unknown)[] = [];

beforeEach(() => ({ folder, remove } = tempFolder()));
afterEach(async () => {
  await daemon?.end('SIGKILL');
  daemon = undefined;
  for (const close of closers.splice(0).reverse()) await close();
  remove();
});

const account = { username: 'cdrd', secret: 's3cret' };
const ready = () => daemon!.get<Ready>('/readyz');

const records = () => daemon!.records();

async function pbxHere(): Promise<Pbx> {
  const pbx = await openPbx({
    ami: { host: '127.0.0.1', port: 0, ...account },
    tableUrl: `sqlite:${join(folder, 'master.db')}`,
    mappings: true,
    timezone: 'UTC',
  });
  closers.push(() => pbx.close());
  return pbx;
}

const systemOf = (pbx: Pbx) => ({
  name: 'pbx1',
  ami: { port: pbx.amiPort, ...account },
  table: { url: `sqlite:${join(folder, 'master.db')}`, timezone: 'UTC', poll_seconds: 0.3 },
});

/** Every record once, ids without a hole. */
async function expectAll(emitted: number): Promise<void> {
  await until(async () => (await records()).length >= emitted, `${emitted} records`, 60_000);
  const all = await records();
  expect(all.map(({ id }) => id)).toEqual(Array.from({ length: emitted }, (_, at) => at + 1));
  expect(new Set(all.map(({ uniqueid, sequence }) => `${uniqueid}/${sequence}`)).size).toBe(emitted);
}

it('a table without the right to SELECT: says which GRANT to run, and reads as soon as it was run', async () => {
  const { rootUrl } = inject('mariadb');
  const name = `pbx_norights_${process.pid}`;
  await query(rootUrl, `CREATE DATABASE ${name}`);
  await query(
    rootUrl,
    `CREATE TABLE ${name}.cdr (acctid INT AUTO_INCREMENT PRIMARY KEY, calldate DATETIME, uniqueid VARCHAR(32), duration INT, billsec INT, disposition VARCHAR(20))`,
  );
  await query(rootUrl, `INSERT INTO ${name}.cdr VALUES (1, '2026-11-22 03:15:29', '1795317329.20', 1, 1, 'ANSWERED')`);
  await query(rootUrl, `CREATE USER '${name}'@'127.0.0.1' IDENTIFIED BY 'pw-of-test'`);
  const { port } = new URL(rootUrl);
  const url = `mysql://${name}:pw-of-test@127.0.0.1:${port}/${name}`;
  daemon = await startDaemon(folder, { systems: [{ name: 'pbx1', table: { url, poll_seconds: 0.2 } }] });
  const { detail } = await until(
    async () => (await ready()).sources.find(({ state }) => ['down', 'refused'].includes(state)),
    'the fault',
  );
  expect(detail).toContain('GRANT SELECT ON');
  expect(detail).not.toContain('pw-of-test');
  await query(rootUrl, `GRANT SELECT ON ${name}.cdr TO '${name}'@'127.0.0.1'`);
  await until(async () => (await records()).length === 1, 'the row to be read', 60_000);
});

it('a disk that is full at the start: cdrd ends with 69 and names it', async () => {
  const small = join(folder, 'small');
  mkdirSync(small);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'cdrd-test', small]);
  closers.push(() => execFileSync('umount', ['-l', small]));
  writeFileSync(join(small, 'full'), Buffer.alloc(12 * 1024));
  const store = { url: `sqlite:${join(small, 'cdrd.db')}`, data_dir: join(small, 'var') };
  const { code, stderr } = await cdrd(['--config', writeConfig(folder, { store }), 'run']);
  expect([code, stderr]).toEqual([
    69,
    `cdrd: the store ${join(small, 'cdrd.db')} cannot be used: the disk is full (SQLITE_FULL)\n`,
  ]);
});

it('a full disk: readiness says so, and everything is stored once there is room again', async () => {
  const small = join(folder, 'small');
  mkdirSync(small);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'cdrd-test', small]);
  closers.push(() => execFileSync('umount', ['-l', small]));
  const pbx = await pbxHere();
  const store = { url: `sqlite:${join(small, 'cdrd.db')}`, data_dir: folder };
  daemon = await startDaemon(folder, { store, systems: [systemOf(pbx)] });
  const traffic = pbx.traffic({ rate: 80, seconds: 14, seed: 6 });
  const report = await until(
    async () => {
      const found = await ready();
      return found.store.state === 'down' && found;
    },
    'the disk to be full',
    30_000,
  );
  expect(report).toMatchObject({ status: 'not ready', store: { detail: 'the disk is full (SQLITE_FULL)' } });
  const refused = await daemon.post<{ status: number; detail: string }>('/api/v1/cdrs', {
    uniqueid: '1.1',
    start: '2026-11-22T03:15:29Z',
    duration: 1,
    billsec: 1,
    disposition: 'ANSWERED',
  });
  expect(refused).toMatchObject({
    status: 503,
    detail: 'the store does not take records: the disk is full (SQLITE_FULL)',
  });
  execFileSync('mount', ['-o', 'remount,size=64m', small]);
  const { emitted } = await traffic;
  await expectAll(emitted);
  expect((await ready()).status).toBe('ready');
});
