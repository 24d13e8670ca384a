// What a pipe is told while the daemon compares; the daemon is a socket that tells of each step when it is asked.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { controlPath } from '../../src/http/control.ts';
import { holdFolder } from '../../src/store/lock.ts';
import { cdrd, writeConfig } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';

it('a pipe hears how many rows were compared once there are some, and what was found', async () => {
  const { folder, remove } = tempFolder();
  const config = writeConfig(folder, { store: { data_dir: join(folder, 'own') }, systems: [{ name: 'pbx1' }] });
  const release = holdFolder(join(folder, 'own'))!;
  const numbers = { read: 70, missing: 0, changed: 0, gone: 0, rejected: 0, expired: 0, unseen: 0 };
  const window = { system: 'pbx1', from: 0, to: 86_400e6, started: 0, ended: 1e6, isDryRun: false };
  const examples = { missing: [], changed: [], gone: [] };
  const report = { id: 1, ...window, ...numbers, state: 'done', detail: null, days: [], examples };
  const step = (rows: number, last: object | null, waitsFor: string | null = null) => ({
    ...{ system: 'pbx1', state: last ? 'idle' : 'running', rows, reached: null, started: 0, waitsFor, last },
  });
  const steps = [step(0, null), step(0, null), step(50, null), step(50, null, 'the disk is full'), step(0, report)];
  const daemon = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify([steps.shift()]));
  });
  daemon.listen(controlPath(join(folder, 'own')));
  await once(daemon, 'listening');
  try {
    const { code, stdout } = await cdrd(['--config', config, 'reconcile']);
    expect(code).toBe(0);
    const told = stdout.split('\n').filter((line) => line.includes('compared'));
    expect(told).toEqual([
      'pbx1: 50 rows compared',
      'pbx1: 50 rows compared; it waits, the store does not take records: the disk is full',
    ]);
    expect(stdout).toContain('0 rows of the table were not in the store');
  } finally {
    daemon.close();
    release();
    remove();
  }
}, 30_000);

it.each([
  ['reconcile', ['reconcile'], 'a reconcile of pbx1 is running already'],
  ['job', ['jobs', 'run', 'optimize'], 'the job optimize is running already'],
])('a %s that runs already is waited for, and no wrong usage: 69', async (_what, args, message) => {
  const { folder, remove } = tempFolder();
  const url = `sqlite:${folder}/cdrd.db`;
  writeFileSync(join(folder, 'cdrd.db'), '');
  const store = { url, data_dir: join(folder, 'own') };
  const config = writeConfig(folder, { store, systems: [{ name: 'pbx1' }] });
  const release = holdFolder(join(folder, 'own'))!;
  const daemon = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    const isReconcile = request.url === '/reconcile';
    response.statusCode = isReconcile ? 409 : 200;
    const jobs = [{ name: 'optimize', runs: 1, isRunning: true }];
    response.end(
      JSON.stringify(isReconcile ? { detail: message } : request.method === 'GET' ? jobs : { hasBegun: false }),
    );
  });
  daemon.listen(controlPath(join(folder, 'own')));
  await once(daemon, 'listening');
  try {
    expect(await cdrd(['--config', config, ...args])).toMatchObject({ code: 69, stderr: `cdrd: ${message}\n` });
  } finally {
    daemon.close();
    release();
    remove();
  }
});
