// What is told of the daemon as a whole follows what is asked at each scrape.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { watchDaemon, type DaemonNumbers } from '../../src/http/daemonmetrics.ts';
import { openMetrics } from '../../src/http/metrics.ts';
import { tempFolder } from '../support/store.ts';
import { familiesOf } from './exposition.ts';

let folder: string;
let remove: () => void;
beforeEach(() => ({ folder, remove } = tempFolder()));
afterEach(() => remove());

async function told(more: Partial<DaemonNumbers> = {}) {
  const metrics = openMetrics('1');
  watchDaemon(metrics, {
    ...{ health: { isReady: true }, ingest: { storeFault: null }, exports: { running: 0 } },
    ...{ systems: new Map(), folder, url: `sqlite:${join(folder, 'cdrd.db')}` },
    ...more,
  });
  const families = familiesOf(await metrics.registry.metrics());
  return (name: string) => families.get(name)?.samples.map(({ labels, value }) => [...Object.values(labels), value]);
}

it('tells whether it is ready, and whether its store takes records', async () => {
  const well = await told();
  expect([well('cdrd_ready'), well('cdrd_store_up')]).toEqual([[[1]], [[1]]]);
  const ill = await told({ health: { isReady: false }, ingest: { storeFault: 'gone' } });
  expect([ill('cdrd_ready'), ill('cdrd_store_up')]).toEqual([[[0]], [[0]]]);
});

it('counts the log of the store with it, and tells nothing of the size of a server', async () => {
  writeFileSync(join(folder, 'cdrd.db'), Buffer.alloc(4096));
  expect((await told())('cdrd_store_size_bytes')).toEqual([[4096]]);
  writeFileSync(join(folder, 'cdrd.db-wal'), Buffer.alloc(1000));
  expect((await told())('cdrd_store_size_bytes')).toEqual([[5096]]);
  expect((await told({ url: 'mysql://127.0.0.1/cdrd' }))('cdrd_store_size_bytes')).toBe(undefined);
});

it('tells the disk of each folder it writes to once, of those that are there', async () => {
  const { blocks, bsize } = statfsSync(folder);
  const one = await told();
  expect(one('cdrd_disk_size_bytes')).toEqual([[folder, blocks * bsize]]);
  const [[, free] = []] = one('cdrd_disk_free_bytes')!;
  expect(free).toBeGreaterThan(0);
  expect(free).toBeLessThanOrEqual(blocks * bsize);
  const two = await told({ url: 'sqlite:/proc/cdrd.db' });
  expect(two('cdrd_disk_size_bytes')).toEqual([
    [folder, blocks * bsize],
    ['/proc', 0],
  ]);
  expect((await told({ url: `sqlite:${folder}/gone/cdrd.db` }))('cdrd_disk_free_bytes')).toHaveLength(1);
});

it('tells how far the clock of each system is ahead of UTC, by its zone', async () => {
  const systems = new Map([
    ['pbx1', 'Asia/Kathmandu'],
    ['pbx2', 'America/Phoenix'],
    ['pbx3', 'UTC'],
  ]);
  expect((await told({ systems }))('cdrd_system_utc_offset_seconds')).toEqual([
    ['pbx1', 20_700],
    ['pbx2', -25_200],
    ['pbx3', 0],
  ]);
});

it('has no gauge with the ending of counters', async () => {
  const families = familiesOf(await openMetrics('1').registry.metrics());
  const misnamed = [...families.values()].filter(({ name, type }) => type !== 'counter' && name.endsWith('_total'));
  expect(misnamed).toEqual([]);
  expect(families.has('nodejs_active_handles')).toBe(true);
});
