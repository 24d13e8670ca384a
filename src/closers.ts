// What was opened is closed in the opposite order, each within its time, whatever the others do.
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from './log.ts';

/** Collects closing steps while the daemon opens its rooms; `close` runs them backwards, once. */
export class Closers {
  readonly #log: Log;
  readonly #steps: { name: string; limitMs: number; close: () => Promise<void> | void }[] = [];
  #closing: Promise<void> | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Remembers how to close `name`; a step that takes longer than `limitMs` is left behind with a warning. */
  add(name: string, limitMs: number, close: () => Promise<void> | void): void {
    this.#steps.push({ name, limitMs, close });
  }

  close(): Promise<void> {
    this.#closing ??= this.#run();
    return this.#closing;
  }

  async #run(): Promise<void> {
    for (const { name, limitMs, close } of this.#steps.reverse()) {
      const limit = new AbortController();
      const late = delay(limitMs, 'late' as const, { signal: limit.signal }).catch(() => 'done' as const);
      try {
        if ((await Promise.race([Promise.resolve(close()), late])) === 'late') {
          this.#log.warn({ room: name, limitMs }, 'closing took too long, going on without it');
        }
      } catch (error) {
        this.#log.error({ room: name, err: error }, 'closing failed, going on');
      } finally {
        limit.abort();
      }
    }
  }
}
