// The main job on a real Asterisk with a real MariaDB: every call through both sources at once, stored once, equal to the table.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAsterisk, type Pbx } from '../services/asterisk.ts';
import { playAll, playLoad, situations } from '../services/calls.ts';
import { query } from '../services/mariadb.ts';
import { startDaemon, type Daemon } from '../support/daemon.ts';
import { Listener } from '../support/listener.ts';
import { tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';

interface NativeCdr {
  id: number;
  uniqueid: string;
  sequence: number;
  linkedid: string;
  start: string;
  answer: string | null;
  end: string;
  [column: string]: unknown;
}
interface Ready {
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

const { folder, remove } = tempFolder();
let pbx: Pbx;
let daemon: Daemon;

const start = () =>
  startDaemon(folder, {
    systems: [
      {
        name: 'pbx1',
        ami: { ...pbx.ami, reconnect_min_seconds: 0.1 },
        table: { url: pbx.tableUrl, timezone: 'UTC', poll_seconds: 0.5 },
      },
    ],
  });

beforeAll(async () => {
  pbx = await startAsterisk();
  daemon = await start();
  await until(async () => (await ready()).sources.every(({ state }) => state === 'up'), 'both sources to be up');
});
afterAll(async () => {
  await daemon.end('SIGKILL');
  await pbx.stop();
  remove();
});

const ready = () => daemon.get<Ready>('/readyz');

async function stored(): Promise<NativeCdr[]> {
  const all: NativeCdr[] = [];
  for (let after = 0; ;) {
    const page = await daemon.get<{ cdrs: NativeCdr[]; after: number; more: boolean }>(
      `/api/v1/cdrs?limit=1000&after=${after}`,
    );
    all.push(...page.cdrs);
    if (!page.more) return all;
    after = page.after;
  }
}

const rowsInTable = async () => Number((await query(pbx.adminTableUrl, 'SELECT COUNT(*) AS n FROM cdr'))[0]!['n']);

/** Both sources have shown every row of the table, and each row is stored once. */
async function everythingStored(): Promise<NativeCdr[]> {
  const wanted = await rowsInTable();
  await until(
    async () => {
      const { sources } = await ready();
      return (await stored()).length === wanted && sources[1]!.received >= wanted;
    },
    `${wanted} records to be stored`,
    60_000,
  );
  return stored();
}

describe('cdrd beside a real Asterisk 22', () => {
  it('stores every call of the situations once, equal to the table, and tells a listener that is cut and resumes', async () => {
    expect(situations.length).toBeGreaterThanOrEqual(17);
    const first = new Listener(daemon.url, 0);
    await first.isLive();
    const playing = playAll(pbx);
    await until(() => first.changes.length >= 10, 'the first ten changes', 30_000);
    first.cut();
    const second = new Listener(daemon.url, first.place);
    await playing;
    const records = await everythingStored();

    const table = await query(pbx.adminTableUrl, 'SELECT * FROM cdr ORDER BY sequence');
    const bySequence = records.toSorted((a, b) => a.sequence - b.sequence);
    expect(bySequence).toHaveLength(table.length);
    expect(records.map(({ id }) => id)).toEqual(table.map((_, at) => at + 1));
    const same = [
      'uniqueid',
      'linkedid',
      'src',
      'dst',
      'dcontext',
      'channel',
      'dstchannel',
      'lastapp',
      'lastdata',
      'disposition',
    ];
    const alsoSame = ['clid', 'duration', 'billsec', 'amaflags', 'accountcode', 'peeraccount', 'userfield', 'sequence'];
    bySequence.forEach((record, at) => {
      const row = table[at]!;
      for (const column of [...same, ...alsoSame])
        expect([column, String(record[column] ?? '')]).toEqual([column, String(row[column] ?? '')]);
      expect(record.start.slice(0, 19).replace('T', ' ')).toBe(wall(row['calldate']));
      expect(record.end.slice(0, 19).replace('T', ' ')).toBe(wall(row['end']));
      // AMI's epoch headers are finer than the table's seconds.
      expect(record.start).toMatch(/\.\d{6}Z$/);
    });

    const { sources } = await ready();
    expect(sources).toMatchObject([
      { name: 'pbx1/ami', received: table.length, rejected: 0, lost: 0 },
      { name: 'pbx1/table', received: table.length, rejected: 0, lost: 0 },
    ]);
    expect(sources[0]!.stored + sources[1]!.stored).toBe(table.length);
    for (const { received, stored: made, duplicate, rejected } of sources)
      expect(received).toBe(made + duplicate + rejected);

    const probe = new Listener(daemon.url, 0);
    const end = (await probe.isLive()).seq!;
    await until(() => second.place >= end, 'the resumed listener to reach the end');
    const seqs = [...first.changes, ...second.changes].map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: end }, (_, index) => index + 1));
    second.cut();
    probe.cut();
  });

  it('derives company and extension from real channels and account codes', async () => {
    const records = await stored();
    const internal = records.find(
      ({ channel, dstchannel }) =>
        /PJSIP\/acme-101/.test(String(channel)) && /PJSIP\/acme-102/.test(String(dstchannel)),
    );
    expect(internal).toMatchObject({
      company: expect.stringMatching(/^acme$/i) as string,
      extension: '101',
      peer_extension: '102',
    });
    const inbound = records.find(
      ({ channel, dstchannel }) => /trunk/.test(String(channel)) && /PJSIP\/acme-101/.test(String(dstchannel)),
    );
    expect(inbound).toMatchObject({ extension: '101', peer_extension: null });
  });

  it('gives a poller of /rest/call/read every acctid once while calls run', async () => {
    const before = (await stored()).length;
    let isOver = false;
    const load = playLoad(pbx, 150, 50).finally(() => (isOver = true));
    const seen: number[] = [];
    for (let idle = 0; !isOver || idle < 3;) {
      const scope = { minID: (seen.at(-1) ?? before) + 1, maxRows: 20 };
      const { values } = await daemon.post<{ values: { acctid: number }[] }>('/rest/call/read', { scope });
      seen.push(...values.map(({ acctid }) => acctid));
      idle = values.length === 0 && isOver ? idle + 1 : 0;
    }
    await load;
    const after = (await everythingStored()).length;
    const { values } = await daemon.post<{ values: { acctid: number }[] }>('/rest/call/read', {
      scope: { minID: (seen.at(-1) ?? before) + 1, maxRows: 10_000 },
    });
    seen.push(...values.map(({ acctid }) => acctid));
    expect(seen).toEqual(Array.from({ length: after - before }, (_, at) => before + 1 + at));
  });

  it('loses nothing and doubles nothing when cdrd is killed, and when Asterisk is restarted, while calls run', async () => {
    let isKilledEnough = false;
    const playOn = async () => {
      do await playLoad(pbx, 100, 40);
      while (!isKilledEnough);
    };
    const load = playOn();
    for (let kill = 0; kill < 3; kill++) {
      const listener = new Listener(daemon.url, null);
      await until(() => listener.changes.length >= 20, 'some changes', 30_000);
      listener.cut();
      await daemon.end('SIGKILL');
      daemon = await start();
    }
    isKilledEnough = true;
    await load;
    await everythingStored();
    await pbx.restart();
    await playLoad(pbx, 20, 20);
    const records = await everythingStored();
    expect(new Set(records.map(({ uniqueid, sequence }) => `${uniqueid}/${sequence}`)).size).toBe(records.length);
    await until(async () => (await ready()).sources.every(({ state }) => state === 'up'), 'AMI to be back');
  });

  it('notices an Asterisk that is frozen, not gone, within twice ping_seconds', async () => {
    await daemon.end();
    daemon = await startDaemon(folder, { systems: [{ name: 'pbx1', ami: { ...pbx.ami, ping_seconds: 1 } }] });
    const state = async () => (await ready()).sources[0]!.state;
    await until(async () => (await state()) === 'up', 'AMI to be up');
    pbx.pause();
    const since = performance.now();
    await until(async () => (await state()) === 'down', 'the frozen line to be noticed');
    expect(performance.now() - since).toBeLessThan(2000 + 300);
    expect((await fetch(`${daemon.url}/readyz`)).status).toBe(503);
    pbx.resume();
    await until(async () => (await state()) === 'up', 'AMI to be up again', 30_000);
  });

  it('is told by Asterisk that its secret is wrong, says so and waits', async () => {
    await daemon.end();
    daemon = await startDaemon(folder, { systems: [{ name: 'pbx1', ami: { ...pbx.ami, secret: 'wrong-secret' } }] });
    const [source] = await until(async () => {
      const { sources } = await daemon.get<{ sources: { state: string; detail: string }[] }>('/readyz');
      return sources[0]!.state === 'refused' && sources;
    }, 'the refusal');
    for (const part of [pbx.ami.username, String(pbx.ami.port), 'manager.conf']) expect(source!.detail).toContain(part);
  });
});

function wall(value: unknown): string {
  return value instanceof Date ? value.toISOString().slice(0, 19).replace('T', ' ') : String(value).slice(0, 19);
}
