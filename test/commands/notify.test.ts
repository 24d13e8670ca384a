// What systemd is told, by a systemd-notify that writes down what it was given.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openManager } from '../../src/commands/notify.ts';
import { openLog } from '../../src/log.ts';
import { silent, tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';

let folder: string;
let remove: () => void;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  ({ folder, remove } = tempFolder());
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'systemd-notify'), `#!/bin/sh\necho "$@" >> '${folder}/told'\n`);
  chmodSync(join(bin, 'systemd-notify'), 0o755);
  env = { PATH: `${bin}:${process.env['PATH']}`, NOTIFY_SOCKET: '/run/systemd/notify' };
});
afterEach(() => remove());

const told = () => {
  const file = join(folder, 'told');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
};
const beats = () => told().filter((line) => line === 'WATCHDOG=1').length;

it('tells systemd that cdrd is up, and that it stops', async () => {
  const manager = openManager(env, silent);
  expect(told()).toEqual([]);
  await manager.up('http://127.0.0.1:8080', () => Promise.resolve());
  expect(told()).toEqual(['--ready --status=http://127.0.0.1:8080']);
  await manager.stopping();
  expect(told().slice(1)).toEqual(['STOPPING=1 --status=stopping']);
});

it('feeds the watchdog as long as the writer beats, and no longer', async () => {
  let isHanging = false;
  let asked = 0;
  const beat = () => {
    asked += 1;
    return isHanging ? new Promise<void>(() => undefined) : Promise.resolve();
  };
  const manager = openManager({ ...env, WATCHDOG_USEC: '60000', WATCHDOG_PID: String(process.pid) }, silent);
  await manager.up('up', beat);
  await until(() => beats() >= 3, 'three beats');
  isHanging = true;
  const before = asked;
  await until(() => asked > before, 'the next beat to be asked for');
  const fed = beats();
  // Three more would be due.
  await manager.stopping();
  expect(beats()).toBe(fed);
  expect(asked).toBe(before + 1);
});

it.each([
  ['nobody watches', {}],
  ['another process is watched', { WATCHDOG_USEC: '30000', WATCHDOG_PID: '1' }],
  ['there is no systemd', { WATCHDOG_USEC: '30000', NOTIFY_SOCKET: '' }],
])('asks for no beat where %s', async (_, more) => {
  let asked = 0;
  const manager = openManager({ ...env, ...more }, silent);
  await manager.up('up', () => Promise.resolve(void (asked += 1)));
  await manager.stopping();
  expect(asked).toBe(0);
  expect(beats()).toBe(0);
});

it('goes on without systemd-notify, and says once that systemd cannot be told', async () => {
  const lines: string[] = [];
  const log = openLog({ level: 'info', format: 'json' }, { write: (line: string) => void lines.push(line) });
  const manager = openManager({ ...env, PATH: folder }, log);
  await manager.up('up', () => Promise.resolve());
  await manager.stopping();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('systemd cannot be told how cdrd is: spawn systemd-notify ENOENT');
});
