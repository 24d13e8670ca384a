// A daemon that is meant to die: started as a user starts it, told by its environment where it kills itself.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { adminToken, launcher } from '../support/daemon.ts';

export interface Victim {
  child: ChildProcess;
  /** Where it listens; null when it died before it was up. */
  up: Promise<string | null>;
  gone: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** All it said on both outputs. */
  said(): string;
}

const upLimitMs = 120_000;
const running = new Set<ChildProcess>();
// A run that is stopped leaves nobody behind.
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** `failpoint` as CDRD_FAILPOINT is written (src/failpoint.ts). */
export function startVictim(config: string, failpoint?: string, env: NodeJS.ProcessEnv = {}): Victim {
  const child = spawn(process.execPath, [launcher, 'run', '--config', config], {
    env: {
      ...process.env,
      CDRD_ADMIN_TOKEN: adminToken,
      // Else the launcher starts a second time to set it, a tenth of each of some hundred starts.
      MALLOC_ARENA_MAX: '1',
      ...(failpoint === undefined ? {} : { CDRD_FAILPOINT: failpoint }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let text = '';
  const up = Promise.withResolvers<string | null>();
  const late = setTimeout(() => up.reject(new Error(`not up after ${upLimitMs} ms: ${text}`)), upLimitMs);
  const hear = (data: Buffer): void => {
    text += data.toString();
    const line = /^.*"cdrd is up".*$/m.exec(text)?.[0];
    if (line?.endsWith('}')) up.resolve((JSON.parse(line) as { urls: string[] }).urls[0]!);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const gone = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    clearTimeout(late);
    up.resolve(null);
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  void up.promise.then(
    () => clearTimeout(late),
    () => undefined,
  );
  return { child, up: up.promise, gone, said: () => text };
}
