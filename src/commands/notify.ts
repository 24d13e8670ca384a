// What systemd is told (sd_notify(3)): that cdrd is up, that it stops, and, as long as records can be written, that it lives.
// Node cannot send datagrams to a Unix socket, so systemd's own program does; without systemd nothing happens here.
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

/** It takes some 10 ms; systemd answers it at once. */
const sendMs = 5000;
/** Of the time after which systemd takes us for dead: two beats may be late. */
const beatsPerLimit = 3;

const run = promisify(execFile);

export interface Manager {
  /** Everything is open: what waits for us may start. `beat` resolves whenever the writer of records has come round. */
  up(status: string, beat: () => Promise<void>): Promise<void>;
  /** We are closing; the watchdog is fed no more. */
  stopping(): Promise<void>;
}

/** @param env - NOTIFY_SOCKET, and WATCHDOG_USEC (microseconds) with WATCHDOG_PID, as systemd sets them (sd_watchdog_enabled(3)) */
export function openManager(env: NodeJS.ProcessEnv, log: Log): Manager {
  const stop = new AbortController();
  let isHeard = true;
  const send = async (...words: string[]) => {
    if (!env['NOTIFY_SOCKET']) return;
    try {
      await run('systemd-notify', words, { env, timeout: sendMs });
      if (!isHeard) log.info('systemd can be told again');
      isHeard = true;
    } catch (error) {
      if (isHeard) log.warn(`systemd cannot be told how cdrd is: ${messageOf(error).trim()}`);
      isHeard = false;
    }
  };
  return {
    up: async (status, beat) => {
      await send('--ready', `--status=${status}`);
      const everyMs = watchdogMs(env) / beatsPerLimit;
      if (Number.isFinite(everyMs)) void feed(everyMs, beat, send, stop.signal);
    },
    stopping: async () => {
      stop.abort();
      await send('STOPPING=1', '--status=stopping');
    },
  };
}

/** A writer that hangs ends it: no beat, no further word, and systemd starts us anew. */
async function feed(
  everyMs: number,
  beat: () => Promise<void>,
  send: (word: string) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await beat();
    if (signal.aborted) return;
    await send('WATCHDOG=1');
    await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** How long we may be silent; infinite where nobody watches. The launcher is who systemd started, where it stays our parent. */
function watchdogMs(env: NodeJS.ProcessEnv): number {
  const { WATCHDOG_USEC: limit, WATCHDOG_PID: pid } = env;
  const isMeant = !pid || [process.pid, process.ppid].includes(Number(pid));
  return env['NOTIFY_SOCKET'] && isMeant && Number(limit) > 0 ? Number(limit) / 1000 : Infinity;
}
