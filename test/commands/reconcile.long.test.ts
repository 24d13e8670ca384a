// What a pipe is told while the daemon compares; the daemon is a socket that tells of each step when it is asked.
import { createServer } from 'node:http';
import { once } from 'node:events';
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
