// What a MariaDB store does to a daemon under load: gone, read-only, killed connections, locks, deadlocks, a full disk.
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection, type Connection } from 'mysql2/promise';
import { query, startMariaDb, type MariaDb } from '../services/mariadb.ts';
import { until } from './patience.ts';
import { databaseOn } from './databases.ts';
import { openProxy } from './proxy.ts';
import { openScene, type Scene } from './scene.ts';

const isAway = 'the store does not take records, waiting and trying again';
const isBack = 'the store takes records again';

let mariadb: MariaDb;
beforeAll(async () => {
  mariadb = await startMariaDb();
});
afterAll(() => mariadb.stop());

async function sceneHere(): Promise<Scene> {
  const url = await databaseOn(mariadb.rootUrl);
  const scene = await openScene({ storeUrl: await ordinaryUser(url) });
  scene.call(15);
  await scene.more(10);
  return scene;
}

/** On a busy machine the daemon may be long in coming to where it can be met; one deadlock is enough then. */
const deadlockMs = 60_000;

/** read_only and KILL mean nothing to a user who may do everything. */
async function ordinaryUser(url: string): Promise<string> {
  const database = new URL(url).pathname.slice(1);
  return mariadb.createUser(`u${database.slice(-8)}`, 'ALL PRIVILEGES', database);
}

async function rootOn(): Promise<Connection> {
  const connection = await createConnection(mariadb.rootUrl);
  onTestFinished(() => connection.destroy());
  return connection;
}

/** The store that was made last. */
async function useNewest(root: Connection): Promise<void> {
  const [rows] = await root.query(
    "SELECT table_schema AS name FROM information_schema.tables WHERE table_name = 'place' ORDER BY create_time DESC LIMIT 1",
  );
  const [{ name }] = rows as [{ name: string }];
  await root.query(`USE ${name}`);
}

/** The daemon's connections. */
async function threadsOf(root: Connection): Promise<number[]> {
  const [rows] = await root.query("SELECT id FROM information_schema.processlist WHERE user LIKE 'u%'");
  return (rows as { id: number }[]).map(({ id }) => id);
}

it('MariaDB store stopped and started again: waited for, nothing lost, nothing twice', async () => {
  const scene = await sceneHere();
  await mariadb.restart();
  await scene.said(isAway);
  await scene.said(isBack);
  await scene.verdict();
});

it('MariaDB store frozen for seconds (SIGSTOP): waited for, nothing lost, nothing twice', async () => {
  const scene = await sceneHere();
  mariadb.pause();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  mariadb.resume();
  await scene.more(10);
  await scene.verdict();
});

it('MariaDB store read-only for a while: said, waited for, survived', async () => {
  const scene = await sceneHere();
  await query(mariadb.rootUrl, 'SET GLOBAL read_only = ON');
  try {
    await scene.said(isAway);
    await until(async () => (await fetch(`${scene.url}/readyz`)).status === 503, 'readiness to say no');
  } finally {
    await query(mariadb.rootUrl, 'SET GLOBAL read_only = OFF');
  }
  await scene.said(isBack);
  await scene.verdict();
});

it('MariaDB store that kills connections in the middle of transactions: survived', async () => {
  const scene = await sceneHere();
  const root = await rootOn();
  for (let kill = 0; kill < 40; kill += 1) {
    for (const id of await threadsOf(root)) await root.query(`KILL CONNECTION ${id}`).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, kill % 3 === 0 ? 150 : 10));
  }
  await scene.more(10);
  await scene.verdict();
});

it('MariaDB store whose places are locked by somebody for longer than the lock timeout: survived', async () => {
  const scene = await sceneHere();
  const root = await rootOn();
  await useNewest(root);
  await root.query('START TRANSACTION');
  // The first that every writer takes: whoever waits for it holds no other, so neither side can be the victim of a deadlock.
  await root.query("SELECT * FROM place WHERE name = 'cdr' FOR UPDATE");
  await scene.said(isAway);
  expect(scene.victim.said()).toContain('ER_LOCK_WAIT_TIMEOUT');
  await root.query('ROLLBACK');
  await scene.said(isBack);
  await scene.verdict();
});

it('MariaDB store in which a competing writer provokes deadlocks: survived', async () => {
  const scene = await sceneHere();
  const root = await rootOn();
  await useNewest(root);
  // Heavy transactions are not chosen as victims: this one has written much.
  await root.query('CREATE TABLE ballast (n INT)');
  await root.query('SET SESSION innodb_lock_wait_timeout = 2');
  let provoked = 0;
  const deadlocks = async (): Promise<number> => {
    const [status] = await root.query("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'");
    return Number((status as { Value: string }[])[0]?.Value ?? 0);
  };
  const before = await deadlocks();
  const end = performance.now() + deadlockMs;
  for (let round = 0; provoked === 0 ? performance.now() < end : round < 200 && provoked < 5; round += 1) {
    await root.query('START TRANSACTION');
    await root.query('INSERT INTO ballast SELECT seq FROM seq_1_to_300');
    // The daemon takes `place` first and its source's row last; this goes the other way round.
    const isDone = await root
      .query('SELECT * FROM source FOR UPDATE')
      .then(() => root.query("SELECT * FROM place WHERE name = 'cdr' FOR UPDATE"))
      .then(
        () => true,
        () => false,
      );
    await root.query('ROLLBACK');
    provoked = (await deadlocks()) - before;
    if (isDone) await new Promise((resolve) => setTimeout(resolve, 5 + (round % 7) * 3));
  }
  expect(provoked).toBeGreaterThan(0);
  await scene.more(10);
  await scene.verdict();
});

it('MariaDB store reset on the wire at any moment, also between a commit and its answer: survived', async () => {
  const { port } = new URL(mariadb.rootUrl);
  const wire = await openProxy({ port: Number(port) });
  onTestFinished(() => wire.close());
  const url = (await ordinaryUser(await databaseOn(mariadb.rootUrl))).replace(`:${port}/`, `:${wire.port}/`);
  const scene = await openScene({ storeUrl: url });
  scene.call(15);
  for (let round = 0; round < 40; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20 + (round % 9) * 15));
    wire.reset();
  }
  await scene.more(10);
  await scene.verdict();
});

it('MariaDB store on a full disk: readiness says so, all is stored once there is room', async () => {
  const small = await startMariaDb('mariadb', 220);
  onTestFinished(() => small.stop());
  const url = await small.createDatabase('cdrd');
  const scene = await openScene({ storeUrl: url });
  scene.call(60);
  await scene.more(10);
  // InnoDB ends itself where its own logs cannot be written; a disk keeps room for what was laid out, a tmpfs must be told.
  for (const name of readdirSync(join(small.disk, 'data')).filter((name) => /^(ib|undo|aria_log)/.test(name))) {
    const log = join(small.disk, 'data', name);
    execFileSync('fallocate', ['--length', String(statSync(log).size), log]);
  }
  const ballast = join(small.disk, 'ballast');
  fillUp(ballast);
  await scene.said(isAway);
  await until(async () => (await fetch(`${scene.url}/readyz`)).status === 503, 'readiness to say no');
  rmSync(ballast);
  await scene.said(isBack);
  await scene.verdict();
});

/** Until not a byte more can be written. */
function fillUp(file: string): void {
  for (const size of [1 << 20, 1 << 12]) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(size));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}
