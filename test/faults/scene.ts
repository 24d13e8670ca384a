// The scene of a fault: a PBX that calls, a daemon that hears it over AMI and reads its table, readers, and the verdict at the end.
import { onTestFinished } from 'vitest';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openPbx, type Pbx } from '../../src/simulator/pbx.ts';
import type { TrafficCounts } from '../../src/simulator/traffic.ts';
import { writeConfig } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { until } from './patience.ts';
import { expectCalls } from './callverdict.ts';
import { PollReader, SocketReader, StreamReader, type Reader } from './readers.ts';
import { tableFile } from './databases.ts';
import { openProxy, type Proxy } from './proxy.ts';
import { expectReaders, expectTruth, nameOf, recordsAt, sourcesAt, type SourceCounts } from './verdict.ts';
import { startVictim, type Victim } from './victim.ts';

export interface SceneOptions {
  /** Absent: an SQLite file. */
  storeUrl?: string;
  /** The PBX's table as the PBX writes it and as cdrd reads it. Absent: an SQLite file. */
  table?: { url: string; readUrl: string; rows: () => Promise<object[]> };
  ami?: object;
  tableConfig?: object;
  mappings?: boolean;
  timezone?: string;
  env?: NodeJS.ProcessEnv;
  seed?: number;
}

export interface Scene {
  folder: string;
  config: string;
  pbx: Pbx;
  /** Between the daemon and the PBX's AMI. */
  line: Proxy;
  readonly url: string;
  readonly victim: Victim;
  readers: Reader[];
  /** Calls until `calm`. */
  call(rate: number): void;
  /** The end of the calls; resolves to what was emitted. */
  calm(): Promise<TrafficCounts>;
  source(kind: 'ami' | 'table'): Promise<SourceCounts>;
  said(text: string): Promise<unknown>;
  /** Waits until so many records more than now are stored. */
  more(count: number): Promise<void>;
  start(env?: NodeJS.ProcessEnv): Promise<void>;
  kill(): Promise<void>;
  /** Stored set = table set, and all that follows from it. */
  verdict(): Promise<void>;
}

const account = { username: 'cdrd', secret: 's3cret' };

/** Opens it and starts the daemon; all is closed with the test. */
export async function openScene(options: SceneOptions = {}): Promise<Scene> {
  const { folder, remove } = tempFolder();
  onTestFinished(remove);
  const file = join(folder, 'master.db');
  const { timezone = 'UTC', mappings = true } = options;
  const tableUrl = options.table?.url ?? tableFile(file);
  const pbx = await openPbx({ ami: { host: '127.0.0.1', port: 0, ...account }, tableUrl, mappings, timezone });
  onTestFinished(() => pbx.close());
  const line = await openProxy({ port: pbx.amiPort });
  onTestFinished(() => line.close());
  const quick = { ping_seconds: 0.6, connect_seconds: 1, reconnect_min_seconds: 0.05, reconnect_max_seconds: 0.2 };
  const readUrl = options.table?.readUrl ?? tableUrl;
  const config = writeConfig(folder, {
    ...(options.storeUrl === undefined ? {} : { store: { url: options.storeUrl, data_dir: folder } }),
    systems: [
      {
        name: 'pbx1',
        timezone,
        ami: { port: line.port, ...account, ...quick, refused_wait_seconds: 0.5, ...options.ami },
        table: { url: readUrl, timezone: 'UTC', poll_seconds: 0.2, query_seconds: 3, ...options.tableConfig },
      },
    ],
  });
  const readers = [
    new SocketReader('socket'),
    new SocketReader('socket of acme', { company: 'acme' }, ['cdr', 'call']),
    new StreamReader('stream'),
    new PollReader('poll', {}, ['cdr', 'call']),
  ];
  let victim: Victim | undefined;
  let url = '';
  let traffic: { stop: AbortController; counts: Promise<TrafficCounts> } | undefined;
  const scene: Scene = {
    ...{ folder, config, pbx, line, readers },
    get url() {
      return url;
    },
    get victim() {
      return victim!;
    },
    call(rate) {
      const stop = new AbortController();
      traffic = { stop, counts: pbx.traffic({ rate, seed: options.seed ?? 1, signal: stop.signal }) };
    },
    async calm() {
      traffic?.stop.abort();
      return (await traffic?.counts) ?? { emitted: 0, refused: 0 };
    },
    source: async (kind) => (await sourcesAt(url)).find(({ name }) => name === `pbx1/${kind}`)!,
    said: (text) => until(() => victim!.said().includes(text), `the daemon to say "${text}"`),
    async more(count) {
      const before = (await recordsAt(url)).length;
      await until(async () => (await recordsAt(url)).length >= before + count, `${count} more records`);
    },
    async start(env) {
      victim = startVictim(config, undefined, { ...options.env, ...env });
      const up = await victim.up;
      if (up === null) throw new Error(`the daemon did not start: ${victim.said()}`);
      url = up;
      for (const reader of readers) reader.resume(url);
    },
    async kill() {
      victim?.child.kill('SIGKILL');
      await victim?.gone;
      for (const reader of readers) reader.cut();
    },
    async verdict() {
      await scene.calm();
      const rows = options.table ? await options.table.rows() : rowsOf(file);
      const raw = await expectTruth(url, rows.map(nameOf));
      await expectReaders(url, readers, raw);
      await expectCalls(options.storeUrl ?? `sqlite:${join(folder, 'cdrd.db')}`);
    },
  };
  onTestFinished(async () => {
    traffic?.stop.abort();
    await scene.kill();
  });
  await scene.start();
  return scene;
}

function rowsOf(file: string): object[] {
  const table = new Database(file, { readonly: true });
  const rows = table.prepare('SELECT uniqueid, sequence FROM cdr').all() as object[];
  table.close();
  return rows;
}
