// One long-running program of a run: started until it answers, paused, continued, stopped and started again.
// Knows nothing of what the program is.
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ended, programPid, spawnJailed, tail } from './jail.ts';
import type { Run } from './runs.ts';
import { waitFor } from './wait.ts';

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;

export interface DaemonOptions {
  run: Run;
  name: string;
  command: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** True when it serves, false when not yet; may throw while it does not answer. */
  isReady: () => Promise<boolean>;
}

/*
 *   (new) ── start ──▶ running ── pause ──▶ paused
 *              ▲          │  ◀── resume ───   │
 *              └─ stopped ◀────── stop ───────┘
 */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #log: string;
  #child: ChildProcess | null = null;
  #pid: number | null = null;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#log = join(options.run.folder, `${options.name}.log`);
  }

  /** The program's own pid as the host sees it. */
  get pid(): number {
    if (this.#pid === null) throw new Error(`${this.#options.name} is not running`);
    return this.#pid;
  }

  /** Throws with the end of its log when it dies or does not answer in time. */
  async start(): Promise<void> {
    const { run, name, command, env = {}, isReady } = this.#options;
    writeFileSync(this.#log, '');
    const child = spawnJailed({ root: run.root, command, env, log: this.#log });
    // A test that forgets to stop its services must still be able to end; they end with it.
    child.unref();
    this.#child = child;
    let isDead = false;
    const death = ended(child).then(
      ([code, signal]) => {
        isDead = true;
        return `ended with ${code ?? signal}`;
      },
      (error: unknown) => {
        isDead = true;
        return String(error);
      },
    );
    if (child.pid !== undefined) run.own(child.pid);
    try {
      await waitFor(`${name} to answer`, START_LIMIT_MS, async () => {
        if (isDead) return true;
        return (await isReady()) ? true : null;
      });
      if (isDead) throw new Error(`${name} ${await death}`);
      this.#pid = programPid(child);
    } catch (error) {
      child.kill('SIGKILL');
      throw new Error(`${name} did not start; its log ends with\n${this.tail()}`, { cause: error });
    }
  }

  /** Asks it to end, insists after a while, and returns when it is gone. Stopping what does not run is no fault. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    child.ref();
    this.resume();
    this.#signal('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await ended(child).finally(() => clearTimeout(timer));
    this.#child = null;
    this.#pid = null;
  }

  /** Stops the program where it stands: its sockets stay open and nobody answers. */
  pause(): void {
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  tail(): string {
    return tail(this.#log, 40);
  }

  #signal(signal: NodeJS.Signals): void {
    const isRunning = this.#child?.exitCode === null && this.#child.signalCode === null;
    if (!isRunning || this.#pid === null) return;
    try {
      process.kill(this.#pid, signal);
    } catch (error) {
      // Gone a moment ago: whoever stops it wanted that, and whoever pauses it will notice.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Starts the one program of a run; what it gives back stops it and closes the run, as a start that fails does. */
export async function startIn(run: Run, daemon: Daemon): Promise<() => Promise<void>> {
  const stop = async (): Promise<void> => {
    await daemon.stop();
    run.close();
  };
  await daemon.start().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return stop;
}
