// The daemon as a user runs it: a process of its own, an SQLite store in a new folder, one system heard by AMI, every
// other setting at its default.
import { openAmiPeer, type AmiPeer } from '../../src/simulator/ami.ts';
import { Broken } from '../../src/errors.ts';
import { adminToken, launcher, writeConfig } from '../support/daemon.ts';
import { makeFolder, removeFolder, startChild } from './cleanup.ts';

export const account = { username: 'cdrd', secret: 's3cret' };

export interface BenchDaemon {
  url: string;
  pid: number;
  folder: string;
  peer: AmiPeer;
  /** Records of the AMI source that are stored by now. @throws Broken when one was lost, refused or taken for another. */
  stored(): Promise<number>;
  end(): Promise<void>;
}

export interface BenchOptions {
  /** Bytes the daemon may leave unread of the peer. */
  maxUnread?: number;
  /** A store that is there already. */
  file?: string;
  /** Further settings of the system and of all. */
  system?: object;
  config?: object;
}

export async function startBenchDaemon({ maxUnread, file, system, config }: BenchOptions = {}): Promise<BenchDaemon> {
  const folder = makeFolder();
  const peer = await openPeer(maxUnread);
  const ami = { port: peer.port, ...account };
  const written = writeConfig(folder, {
    systems: [{ name: 'pbx1', timezone: 'UTC', ami, ...system }],
    ...(file === undefined ? {} : { store: { url: `sqlite:${file}`, data_dir: folder } }),
    ...config,
  });
  const child = await startChild(['--', launcher, 'run', '--config', written], urlOf, {
    CDRD_ADMIN_TOKEN: adminToken,
    TMPDIR: folder,
  });
  await peer.whenListening();
  return {
    url: child.ready,
    pid: child.process.pid!,
    folder,
    peer,
    stored: async () => storedOf(await (await fetch(`${child.ready}/readyz`)).json()),
    end: async () => {
      await child.end();
      await peer.close();
      removeFolder(folder);
    },
  };
}

export function openPeer(maxUnread?: number): Promise<AmiPeer> {
  const unread = maxUnread === undefined ? {} : { maxUnread };
  return openAmiPeer({ host: '127.0.0.1', port: 0, ...account, ...unread });
}

function urlOf(line: string): string | undefined {
  const { msg, urls } = JSON.parse(line) as { msg?: string; urls?: string[] };
  return msg === 'cdrd is up' ? urls?.[0] : undefined;
}

function storedOf(report: unknown): number {
  const { sources } = report as { sources: Record<'received' | 'stored' | 'lost', number>[] };
  const { received, stored, lost } = sources[0]!;
  if (lost > 0 || received !== stored) {
    throw new Broken(`of ${received} records ${stored} were stored and ${lost} lost: this run measures nothing`);
  }
  return stored;
}
