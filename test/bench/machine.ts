// The machine in one line: without it a number means nothing.
import { statfsSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, tmpdir } from 'node:os';
import Database from 'better-sqlite3';

/** statfs(2), f_type. */
const fileSystems: Record<number, string> = {
  0xef53: 'ext4',
  0x01021994: 'tmpfs',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x794c7630: 'overlay',
};

/** CPU, cores, kernel, load before the run, Node, SQLite, and the file system that the stores are on. */
export function machineLine(): string {
  const database = new Database(':memory:');
  const sqlite = database.prepare('SELECT sqlite_version()').pluck().get() as string;
  database.close();
  const type = statfsSync(tmpdir()).type;
  return [
    cpus()[0]?.model.trim() ?? 'unknown CPU',
    `${availableParallelism()} cores`,
    `Linux ${release()}`,
    `load ${loadavg()[0]!.toFixed(1)}`,
    `Node ${process.versions.node}`,
    `SQLite ${sqlite}`,
    `stores on ${fileSystems[type] ?? `file system 0x${type.toString(16)}`} (${tmpdir()})`,
  ].join(', ');
}
