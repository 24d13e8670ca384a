// Two daemons where one was meant: on one SQLite store the second refuses; on one MariaDB store both write.
import { expect, inject, it, onTestFinished } from 'vitest';
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { openPbx } from '../../src/simulator/pbx.ts';
import { writeConfig } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { until } from './patience.ts';
import { expectCalls } from './callverdict.ts';
import { databaseOn, tableFile } from './databases.ts';
import { PollReader, SocketReader } from './readers.ts';
import { many, randomFor } from './seed.ts';
import { changesAt, expectReaders, expectTruth, nameOf, recordsAt } from './verdict.ts';
import { startVictim, type Victim } from './victim.ts';

const account = { username: 'cdrd', secret: 's3cret' };

function folderHere(): string {
  const { folder, remove } = tempFolder();
  onTestFinished(remove);
  return folder;
}

function ended(victim: Victim): void {
  onTestFinished(async () => {
    victim.child.kill('SIGKILL');
    await victim.gone;
  });
}

it('two daemons on one data folder: the second says so and ends with 69, the first goes on', async () => {
  const config = writeConfig(folderHere(), {});
  const first = startVictim(config);
  ended(first);
  const url = (await first.up)!;
  const second = startVictim(config);
  expect(await second.gone).toEqual({ code: 69, signal: null });
  expect(second.said()).toContain('cdrd: another cdrd is running on the data folder');
  expect(await recordsAt(url)).toEqual([]);
});

it('two daemons with data folders of their own on one SQLite file: the second says so and ends with 69', async () => {
  const folder = folderHere();
  const store = (own: string) => {
    mkdirSync(join(folder, own));
    const file = { url: `sqlite:${join(folder, 'one.db')}`, data_dir: join(folder, own) };
    return writeConfig(join(folder, own), { store: file });
  };
  const first = startVictim(store('a'));
  ended(first);
  const url = (await first.up)!;
  const second = startVictim(store('b'));
  ended(second);
  const late = setTimeout(() => second.child.kill('SIGKILL'), 60_000);
  expect(await second.gone).toEqual({ code: 69, signal: null });
  clearTimeout(late);
  expect(second.said()).toMatch(/cdrd: another cdrd has the store .*one\.db open, with another data folder than /);
  expect(await recordsAt(url)).toEqual([]);
});

it('two daemons of two systems on one MariaDB store, killed in turn: a poller of changes misses nothing', async () => {
  const random = randomFor('two');
  const storeUrl = await databaseOn(inject('mariadb').rootUrl);
  const houses = await Promise.all(
    ['pbx1', 'pbx2'].map(async (name) => {
      const folder = folderHere();
      const pbx = await openPbx({
        ami: { host: '127.0.0.1', port: 0, ...account },
        tableUrl: tableFile(join(folder, 'master.db')),
        mappings: true,
        timezone: 'UTC',
      });
      onTestFinished(() => pbx.close());
      const ami = { port: pbx.amiPort, ...account, reconnect_min_seconds: 0.05, reconnect_max_seconds: 0.2 };
      const table = { url: `sqlite:${join(folder, 'master.db')}`, timezone: 'UTC', poll_seconds: 0.2 };
      const store = { url: storeUrl, data_dir: folder };
      const config = writeConfig(folder, { store, systems: [{ name, timezone: 'UTC', ami, table }] });
      return { name, pbx, config, victim: undefined as Victim | undefined, url: '' };
    }),
  );
  type House = (typeof houses)[number];
  const readers = [
    new PollReader('poll'),
    new SocketReader('socket'),
    new SocketReader('socket of acme', { company: 'acme' }, ['cdr', 'call']),
  ];
  const start = async (house: House): Promise<void> => {
    house.victim = startVictim(house.config);
    house.url = (await house.victim.up)!;
  };
  onTestFinished(async () => {
    for (const reader of readers) reader.cut();
    for (const { victim } of houses) {
      victim?.child.kill('SIGKILL');
      await victim?.gone;
    }
  });
  for (const house of houses) await start(house);
  const stop = new AbortController();
  const calling = houses.map(({ pbx }) => pbx.traffic({ rate: 12, seed: random.whole(1, 1e9), signal: stop.signal }));
  let at = 0;
  for (const reader of readers) reader.resume(houses[at]!.url);
  for (let kill = 0; kill < many(10, 60); kill += 1) {
    const heard = readers[0]!.seqs.length;
    await until(() => readers[0]!.seqs.length > heard + random.whole(2, 20), 'changes of both');
    const victim = houses[kill % 2]!;
    victim.victim!.child.kill('SIGKILL');
    await victim.victim!.gone;
    // Whoever listened to the one goes on with the other: the places are the store's.
    if (at === kill % 2) {
      at = 1 - at;
      for (const reader of readers) reader.resume(houses[at]!.url);
    }
    await start(victim);
  }
  stop.abort();
  const emitted = (await Promise.all(calling)).reduce((sum, counts) => sum + counts.emitted, 0);
  const { url } = houses[at]!;
  await until(async () => (await recordsAt(url)).length >= emitted, 'all records');
  const all = await recordsAt(url);
  const raw = await expectTruth(url, all.map(nameOf));
  expect(raw).toHaveLength(emitted);
  expect(new Set(raw.map((cdr) => `${String(cdr['system'])} ${nameOf(cdr)}`)).size).toBe(emitted);
  await expectReaders(url, readers, raw);
  await expectCalls(storeUrl);
  const places = (await changesAt(url)).map(({ seq }) => seq);
  expect(places).toEqual(places.map((_, place) => place + 1));
});

it('two daemons of one system on one MariaDB store: the second says so and ends with 69, and may start when the first is gone', async () => {
  const url = await databaseOn(inject('mariadb').rootUrl);
  const start = (): Victim => {
    const folder = folderHere();
    const systems = [{ name: 'pbx1', timezone: 'UTC' }];
    const victim = startVictim(writeConfig(folder, { store: { url, data_dir: folder }, systems }));
    ended(victim);
    return victim;
  };
  const first = start();
  await first.up;
  const second = start();
  expect(await second.gone).toEqual({ code: 69, signal: null });
  expect(second.said()).toMatch(/cdrd: another cdrd has the system pbx1 of the store mysql:.*faults_/);
  first.child.kill('SIGKILL');
  await first.gone;
  expect(await start().up).toMatch(/^http:/);
});
