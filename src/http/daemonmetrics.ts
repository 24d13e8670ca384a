// The daemon as a whole, as numbers for Prometheus: is it ready, its store and its disk, the clocks of its systems.
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Gauge, type Registry } from 'prom-client';
import { offsetOf } from '../cdr/time.ts';
import type { Ingest } from '../ingest/ingest.ts';
import { sqliteFile } from '../store/url.ts';
import type { Exports } from './export/exports.ts';
import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';

export interface DaemonNumbers {
  health: Pick<Health, 'isReady'>;
  /** Whether the last write was taken. */
  ingest: Pick<Ingest, 'storeFault'>;
  exports: Pick<Exports, 'running'>;
  /** The configured systems: name → zone of local times. */
  systems: ReadonlyMap<string, string>;
  /** Where it writes beside its store. */
  folder: string;
  /** Of the store. */
  url: string;
}

/** Files are asked at each scrape; what cannot be asked is absent. */
export function watchDaemon({ registry }: Metrics, of: DaemonNumbers): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  gauge('cdrd_ready', '1 while /readyz answers 200', () => (of.health.isReady ? 1 : 0));
  gauge('cdrd_store_up', '1 while the store takes records', () => (of.ingest.storeFault === null ? 1 : 0));
  const file = sqliteFile(of.url);
  if (file !== undefined) watchFile(registry, file);
  const folders = [of.folder, ...(file === undefined ? [] : [dirname(file)])];
  const perDisk = (name: string, help: string, value: (disk: Disk) => number) =>
    new Gauge({
      name: `cdrd_disk_${name}`,
      help,
      labelNames: ['folder'],
      registers: [registry],
      async collect() {
        this.reset();
        for (const disk of await disksOf(folders)) this.set({ folder: disk.folder }, value(disk));
      },
    });
  perDisk(
    'free_bytes',
    'Free for cdrd on the disk of a folder it writes to; once for folders of one disk',
    ({ free }) => free,
  );
  perDisk('size_bytes', 'Size of that disk', ({ size }) => size);
  new Gauge({
    name: 'cdrd_system_utc_offset_seconds',
    help: "How far the clock of the system's zone is ahead of UTC now",
    labelNames: ['system'],
    registers: [registry],
    collect() {
      for (const [system, zone] of of.systems) this.set({ system }, offsetOf(Date.now() * 1000, zone) * 60);
    },
  });
  gauge('cdrd_exports_running', 'Exports and scans that go on now', () => of.exports.running);
}

function watchFile(registry: Registry, file: string): void {
  new Gauge({
    name: 'cdrd_store_size_bytes',
    help: 'Size of the SQLite store with its log; absent where MariaDB keeps the records',
    registers: [registry],
    async collect() {
      const parts = await Promise.all([file, `${file}-wal`].map(sizeOf));
      this.set(parts.reduce((sum, size) => sum + size, 0));
    },
  });
}

interface Disk {
  folder: string;
  /** Bytes; free for whoever is not root. */
  free: number;
  size: number;
}

async function disksOf(folders: readonly string[]): Promise<Disk[]> {
  const disks = new Map<number, Disk>();
  for (const folder of folders) {
    try {
      const [{ dev }, { bavail, bsize, blocks }] = await Promise.all([stat(folder), statfs(folder)]);
      if (!disks.has(dev)) disks.set(dev, { folder, free: bavail * bsize, size: blocks * bsize });
    } catch {
      // The other numbers are still worth telling; a folder that is gone ends the daemon by itself.
    }
  }
  return [...disks.values()];
}

/** 0 where there is none: SQLite takes its log away when nobody has the store open. */
async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
