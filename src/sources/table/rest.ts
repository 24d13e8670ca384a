// Long readings in the background rest between their batches, so that live records and clients come first.
import { setImmediate as breath } from 'node:timers/promises';
import type { Site } from './site.ts';

export class Rest {
  readonly #clock: Site['clock'];
  readonly #limit: () => number;
  #freeAt: number;
  #startedAt: number | null = null;

  /** `limit` in rows per second. */
  constructor({ clock }: Pick<Site, 'clock'>, limit: () => number) {
    this.#clock = clock;
    this.#limit = limit;
    this.#freeAt = clock.now();
  }

  /**
   * Until the next batch may go: as the limit says, and at least as long as the last one took, for half of the time is
   * for others. The driver of SQLite never lets anybody else run by itself.
   */
  async before(rows: number, signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    const took = this.#startedAt === null ? 0 : now - this.#startedAt;
    const ms = Math.max(this.#freeAt - now, took);
    if (ms > 0) await this.#clock.sleep(ms, signal);
    await breath();
    this.#startedAt = this.#clock.now();
    this.#freeAt = Math.max(this.#freeAt, this.#startedAt) + (rows / this.#limit()) * 1000;
  }
}
