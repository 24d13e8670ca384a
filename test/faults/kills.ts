// The kill run of one store: a PBX that goes on calling, writers, readers, and a daemon that dies again and again.
import { expect } from 'vitest';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { failpoints, type Failpoint } from '../../src/failpoint.ts';
import { openPbx } from '../../src/simulator/pbx.ts';
import type { Random } from '../../src/simulator/random.ts';
import { writeConfig } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { expectCalls } from './callverdict.ts';
import { tableFile } from './databases.ts';
import { PollReader, SocketReader, StreamReader } from './readers.ts';
import { expectReaders, expectTruth } from './verdict.ts';
import { startVictim } from './victim.ts';
import { Writer } from './writer.ts';

export interface KillRun {
  kills: number;
  random: Random;
  /** null: an SQLite file in the daemon's folder. */
  storeUrl: string | null;
  /** The PBX's table; null: an SQLite file too. */
  tableUrl: string | null;
  /** As cdrd reads it. */
  tableReadUrl: string | null;
  /** Names of all rows of the table. */
  tableRows: (file: string) => Promise<string[]> | string[];
}

const account = { username: 'cdrd', secret: 's3cret' };
/** Calls a second; a call is one record or some. */
const rate = 10;
/** A place that is not passed so often dies from outside. */
const patienceMs = 1500;
const unhurriedMs = 60_000;

/** Passes within one life: some places are passed for every record, some once a batch. */
const most: Partial<Record<Failpoint, number>> = { 'change told': 60, 'frame written': 300, 'row buffered': 20 };
/** Passed by what this run does not do: migrations (migration.faults.test.ts) and retention (retention.long.test.ts) die there. */
const elsewhere: readonly Failpoint[] = ['table made', 'migration done', 'records removed'];
const places = failpoints.filter((name) => !elsewhere.includes(name));

export async function runKills(run: KillRun): Promise<void> {
  const { random, kills } = run;
  const { folder, remove } = tempFolder();
  const file = join(folder, 'master.db');
  const pbx = await openPbx({
    ami: { host: '127.0.0.1', port: 0, ...account },
    tableUrl: run.tableUrl ?? tableFile(file),
    mappings: true,
    timezone: 'UTC',
  });
  const config = writeConfig(folder, {
    ...(run.storeUrl === null ? {} : { store: { url: run.storeUrl, data_dir: folder } }),
    systems: [
      {
        name: 'pbx1',
        timezone: 'UTC',
        ami: { port: pbx.amiPort, ...account, reconnect_min_seconds: 0.05, reconnect_max_seconds: 0.2 },
        table: { url: run.tableReadUrl ?? `sqlite:${file}`, timezone: 'UTC', poll_seconds: 0.1 },
      },
    ],
  });
  const readers = [
    new SocketReader('socket'),
    new SocketReader('socket of acme', { company: 'acme' }, ['cdr', 'call']),
    new SocketReader('socket of the busy', { disposition: 'BUSY' }),
    new StreamReader('stream', {}, ['cdr', 'call']),
    new PollReader('poll of acme', { company: 'acme' }, ['cdr', 'call']),
  ];
  const writer = new Writer(random);
  const traffic = new AbortController();
  const calling = pbx.traffic({ rate, seed: random.whole(1, 1e9), signal: traffic.signal });
  const deaths = new Map<string, number>();
  try {
    for (let kill = 0; kill < kills; kill += 1) {
      const how = await oneLife(config, planOf(random, kill), readers, writer, random);
      deaths.set(how, (deaths.get(how) ?? 0) + 1);
    }
    // Every place is really died at: one that was not passed in time has a life of its own, in which nobody hurries.
    for (const name of kills >= 100 ? places.filter((place) => !deaths.has(place)) : []) {
      const how = await oneLife(config, { failpoint: `${name}:1`, workMs: unhurriedMs }, readers, writer, random);
      deaths.set(how, (deaths.get(how) ?? 0) + 1);
    }
    traffic.abort();
    await calling;
    const last = startVictim(config);
    const url = await last.up;
    if (url === null) throw new Error(`the last start failed: ${last.said()}`);
    for (const reader of readers) reader.resume(url);
    await writer.finish(url);
    const truth = [...(await run.tableRows(file)), ...writer.sent];
    const raw = await expectTruth(url, truth);
    await expectReaders(url, readers, raw);
    await expectCalls(run.storeUrl ?? `sqlite:${join(folder, 'cdrd.db')}`);
    expect(writer.faults).toEqual([]);
    expect(pbx.lostRows).toBe(0);
    if (kills >= 100) expect(places.filter((name) => !deaths.has(name))).toEqual([]);
    last.child.kill('SIGTERM');
    expect(await last.gone).toEqual({ code: 0, signal: null });
    const told = [...deaths].map(([name, count]) => `${name} ${count}`).join(', ');
    process.stdout.write(`${kills} kills (${told}), ${truth.length} records, ${readers[0]!.place} changes\n`);
  } finally {
    traffic.abort();
    for (const reader of readers) reader.cut();
    await pbx.close();
    remove();
  }
}

/** Where the next daemon dies: at a named place, at any moment of its start, or at any moment of its work. */
function planOf(random: Random, kill: number): { failpoint?: string; startMs?: number; workMs?: number } {
  const luck = random.next();
  if (luck < 0.1) return { startMs: random.whole(50, 900) };
  if (luck < 0.25) return { workMs: random.whole(0, 500) };
  const name = places[kill % places.length]!;
  return { failpoint: `${name}:${random.whole(1, most[name] ?? 8)}`, workMs: patienceMs };
}

/** One daemon from start to kill. Resolves to the place it died at. */
async function oneLife(
  config: string,
  { failpoint, startMs, workMs }: ReturnType<typeof planOf>,
  readers: readonly (SocketReader | StreamReader | PollReader)[],
  writer: Writer,
  random: Random,
): Promise<string> {
  const victim = startVictim(config, failpoint);
  const stop = new AbortController();
  const killedAt = (ms: number): void => {
    void delay(ms, undefined, { signal: stop.signal }).then(
      () => victim.child.kill('SIGKILL'),
      () => undefined,
    );
  };
  let isLate = false;
  if (startMs !== undefined) killedAt(startMs);
  const url = await victim.up;
  let writing: Promise<void> = Promise.resolve();
  if (url !== null) {
    for (const reader of readers) reader.resume(url);
    writing = writer.run(url, stop.signal);
    const limit = startMs ?? workMs!;
    void delay(limit, undefined, { signal: stop.signal }).then(
      () => {
        isLate = true;
        victim.child.kill('SIGKILL');
      },
      () => undefined,
    );
    // A reader is cut by itself too, and resumes with the same daemon.
    const cut = random.pick(readers);
    if (random.chance(0.5))
      void delay(random.whole(0, 200), undefined, { signal: stop.signal }).then(
        () => cut.resume(url),
        () => undefined,
      );
  }
  const { code, signal } = await victim.gone;
  stop.abort();
  await writing;
  for (const reader of readers) reader.cut();
  if (signal !== 'SIGKILL') throw new Error(`it ended by itself (${code}, ${signal}): ${victim.said()}`);
  if (failpoint === undefined || isLate) return startMs === undefined ? 'any moment' : 'any moment of the start';
  return failpoint.slice(0, failpoint.indexOf(':'));
}
