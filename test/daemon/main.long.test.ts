// The main job against the simulated PBX, the daemon a process of its own: hears, stores once, serves, resumes, survives, drains.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPbx, type Pbx } from '../../src/simulator/pbx.ts';
import { captureRecords } from '../simulator/capture.ts';
import { startDaemon, type Daemon } from '../support/daemon.ts';
import { Listener } from '../support/listener.ts';
import { tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';

interface Ready {
  status: string;
  sources: {
    name: string;
    state: string;
    received: number;
    stored: number;
    duplicate: number;
    rejected: number;
    lost: number;
  }[];
}

const account = { username: 'cdrd', secret: 's3cret' };
let folder: string;
let remove: () => void;
let pbx: Pbx;
let daemon: Daemon | undefined;

beforeEach(async () => {
  ({ folder, remove } = tempFolder());
  const tableUrl = `sqlite:${join(folder, 'master.db')}`;
  pbx = await openPbx({ ami: { host: '127.0.0.1', port: 0, ...account }, tableUrl, mappings: true, timezone: 'UTC' });
});
afterEach(async () => {
  await daemon?.end('SIGKILL');
  daemon = undefined;
  await pbx.close();
  remove();
});

const systems = () => [
  {
    name: 'pbx1',
    timezone: 'UTC',
    ami: { port: pbx.amiPort, ...account, reconnect_min_seconds: 0.05, reconnect_max_seconds: 0.2 },
    table: { url: `sqlite:${join(folder, 'master.db')}`, timezone: 'UTC', poll_seconds: 0.2 },
  },
];
const start = async () => (daemon = await startDaemon(folder, { systems: systems() }));

const keyOf = ({ uniqueid, sequence }: { uniqueid: string; sequence: number | null }) => `${uniqueid}/${sequence}`;

describe('the daemon beside a PBX', () => {
  it('leaves its compiled code to the next start as soon as it is up, for it may be killed', async () => {
    const cache = join(folder, 'compiled');
    daemon = await startDaemon(folder, { systems: systems() }, { env: { NODE_COMPILE_CACHE: cache } });
    const files = () => (existsSync(cache) ? readdirSync(cache, { recursive: true }).length : 0);
    await until(() => files() > 200, 'its own files and those of its libraries');
  });

  it('shows every captured call once, though it comes by AMI and by table', async () => {
    await start();
    await pbx.ami.whenListening();
    await pbx.play(captureRecords);
    const ready = await until(async () => {
      const report = await daemon!.get<Ready>('/readyz');
      // Asterisk tells events before it has answered what it is asked after the login: until then a line is not up.
      return report.sources.every(({ state, received }) => state === 'up' && received >= 40) && report;
    }, 'both sources to be up and to have shown 40 rows');
    expect(ready.sources).toMatchObject([
      { name: 'pbx1/ami', lost: 0 },
      { name: 'pbx1/table', lost: 0 },
    ]);
    for (const { received, stored, duplicate, rejected } of ready.sources)
      expect(received).toBe(stored + duplicate + rejected);
    expect((await daemon!.records()).map(keyOf).sort()).toEqual(captureRecords.map(keyOf).sort());
  });

  it('reads from the table what AMI missed while it was away, at once when AMI is back', async () => {
    const [system] = systems();
    daemon = await startDaemon(folder, { systems: [{ ...system, table: { ...system!.table, poll_seconds: 3600 } }] });
    await pbx.ami.whenListening();
    pbx.ami.mute(true);
    pbx.ami.dropClients();
    await pbx.play(captureRecords);
    pbx.ami.mute(false);
    pbx.ami.dropClients();
    await until(async () => (await daemon!.records()).length === 40, 'the table to be read');
  });

  it('resumes a listener that was cut, without a hole and without a double, while calls go on', async () => {
    await start();
    await pbx.ami.whenListening();
    const traffic = pbx.traffic({ rate: 100, seconds: 4, seed: 7 });
    const seqs: number[] = [];
    let listener = new Listener(daemon!.url, 0);
    for (let cuts = 0; cuts < 8; cuts++) {
      const before = listener.changes.length;
      await until(() => listener.changes.length > before + 20, 'some changes');
      listener.cut();
      seqs.push(...listener.changes.map(({ seq }) => seq!));
      listener = new Listener(daemon!.url, seqs.at(-1)!);
    }
    const { emitted } = await traffic;
    await until(async () => (await daemon!.records()).length === emitted, 'all records to be stored');
    const head = await until(async () => {
      const report = await daemon!.get<Ready>('/readyz');
      return report.sources[1]!.received === emitted && listener.isLive();
    }, 'the table to be read to its end');
    expect(head.type).toBe('live');
    const probe = new Listener(daemon!.url, 0);
    const end = (await probe.isLive()).seq!;
    await until(() => listener.place === end, 'the listener to reach the end');
    seqs.push(...listener.changes.map(({ seq }) => seq!));
    expect(seqs).toEqual(Array.from({ length: end }, (_, index) => index + 1));
    listener.cut();
    probe.cut();
  });

  it('gives a poller of /rest/call/read every acctid once and in order while calls run', async () => {
    await start();
    await pbx.ami.whenListening();
    let isOver = false;
    const traffic = pbx.traffic({ rate: 100, seconds: 3, seed: 11 }).finally(() => (isOver = true));
    const seen: number[] = [];
    for (let last = false; !last;) {
      last = isOver;
      const body = { scope: { minID: (seen.at(-1) ?? 0) + 1, maxRows: 50 } };
      const { values } = await daemon!.post<{ values: { acctid: number }[] }>('/rest/call/read', body);
      seen.push(...values.map(({ acctid }) => acctid));
      if (values.length > 0) last = false;
    }
    const { emitted } = await traffic;
    expect(emitted).toBeGreaterThan(100);
    await until(async () => (await daemon!.records()).length === emitted, 'all records to be stored');
    const { values } = await daemon!.post<{ values: { acctid: number }[] }>('/rest/call/read', {
      scope: { minID: (seen.at(-1) ?? 0) + 1 },
    });
    seen.push(...values.map(({ acctid }) => acctid));
    expect(seen).toEqual(Array.from({ length: emitted }, (_, index) => index + 1));
  });

  it('gives back what its start took, once it has little to do', async () => {
    // An administrator may have set it.
    daemon = await startDaemon(folder, { systems: systems() }, { env: { MALLOC_ARENA_MAX: '2' } });
    const rss = () =>
      Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${daemon!.child.pid}/status`, 'utf8'))![1]) / 1024;
    const begun = rss();
    await until(() => rss() < begun - 10, 'ten MB to be given back', 55_000);
  }, 60_000);

  it('drains on SIGTERM to its whole group: says it stops once, stores what it holds, tells listeners, ends with 0', async () => {
    await start();
    await pbx.ami.whenListening();
    const listener = new Listener(daemon!.url, 0);
    await listener.isLive();
    await pbx.play(captureRecords, { only: 'ami' });
    process.kill(-daemon!.child.pid!, 'SIGTERM');
    process.kill(-daemon!.child.pid!, 'SIGTERM');
    expect(await daemon!.end()).toBe(0);
    expect(daemon!.lines.filter(({ msg }) => String(msg).startsWith('stopping'))).toHaveLength(1);
    await start();
    expect(await daemon!.records()).toHaveLength(40);
  });
});
