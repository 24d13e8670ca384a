// The launcher under the Node a user has: signals reach the daemon once, its end is the daemon's end.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { startDaemon, type Daemon } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { until } from '../support/until.ts';
import { userNode } from '../support/usernode.ts';

let folder: string;
let remove: () => void;
let daemon: Daemon;

beforeEach(async () => {
  ({ folder, remove } = tempFolder());
  daemon = await startDaemon(folder, { systems: [] }, { node: userNode() });
});
afterEach(() => {
  daemon.child.kill('SIGKILL');
  remove();
});

const stops = () => daemon.lines.filter(({ msg }) => String(msg).startsWith('stopping')).length;

it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'passes %s on, and ends with the exit code of the daemon',
  async (signal) => {
    expect(await daemon.end(signal)).toBe(0);
    expect(stops()).toBe(1);
  },
);

it('takes a signal to the whole group, which reaches launcher and daemon, as one', async () => {
  process.kill(-daemon.child.pid!, 'SIGTERM');
  expect(await daemon.end('SIGTERM')).toBe(0);
  expect(stops()).toBe(1);
  expect(daemon.lines.at(-1)).toMatchObject({ msg: 'cdrd is down' });
});

it('lets the daemon keep compiled code where a newer Node would', () => {
  const environ = readFileSync(`/proc/${daemon.lines[0]!['pid'] as number}/environ`, 'utf8').split('\0');
  expect(environ).toContainEqual(expect.stringMatching(/^NODE_COMPILE_CACHE=.*\/node_modules\/\.cache\/cdrd$/));
});

it('takes the daemon with it when it is killed: no daemon stays behind that nobody can signal', async () => {
  const pid = daemon.lines[0]!['pid'] as number;
  daemon.child.kill('SIGKILL');
  await until(() => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  }, 'the daemon to end');
});
