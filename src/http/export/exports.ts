// All exports that run: how many at once, what the audit says of each, and their end when the daemon stops.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ClientError, messageOf, Unavailable } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { By } from '../../store/audit.ts';
import type { Store } from '../../store/store.ts';
import type { LimitsConfig } from '../config.ts';
import { ExportThread } from './thread.ts';

/** What is exported by whom, for the audit. */
export interface Asked {
  by: By;
  /** Address of the list below /api/v1. */
  list: string;
  /** What the client asked for, as it wrote it. */
  asked: unknown;
  format: string;
}

/** finished: all of it was handed to the client's connection. cut: the client went, or took nothing. failed: we could not go on. */
export type Outcome = 'finished' | 'cut' | 'failed';

/** One that runs; `end` must be called. */
export interface Running {
  /** Aborted when the daemon stops. */
  signal: AbortSignal;
  /** Before the first byte: what cannot be audited is not exported. */
  begin(asked: Asked): Promise<void>;
  end(outcome: Outcome, rows: number, reason?: string): Promise<void>;
}

const lookMs = 20;
/** When somebody who found no place may ask again. */
const retrySeconds = 10;
/** How long cut exports may take to write their last word into the audit. */
const auditMs = 1000;
const unaudited = 'the export cannot be audited, so it is not made';
/** Longest text of what was asked, in the audit. */
const askedMax = 4096;

export class Exports {
  readonly thread: ExportThread;
  readonly #store: Store;
  readonly #log: Log;
  readonly #most: number;
  readonly #running = new Set<AbortController>();
  /** When the last of them is cut; undefined while the daemon runs. */
  #deadline: number | undefined;

  constructor({ store, limits, log }: { store: Store; limits: LimitsConfig; log: Log }) {
    this.#store = store;
    this.#log = log;
    this.#most = limits.exports;
    this.thread = new ExportThread(store.whereabouts, log);
  }

  get running(): number {
    return this.#running.size;
  }

  /** @throws ClientError 429 when there are as many as may be, Unavailable when the daemon is stopping */
  enter(): Running {
    if (this.#deadline !== undefined) throw new Unavailable('the daemon is stopping');
    if (this.#running.size >= this.#most) {
      const message = `as many exports run as may at once, ${this.#most} (limits.exports): try again when one has ended`;
      throw new ClientError(429, message, [], { retryAfter: retrySeconds });
    }
    const controller = new AbortController();
    this.#running.add(controller);
    let asked: (Asked & { id: string }) | undefined;
    return {
      signal: controller.signal,
      begin: async (given) => {
        const begun = { ...given, id: randomBytes(6).toString('hex') };
        try {
          await this.#audit(begun, { state: 'begun' });
        } catch (error) {
          if (!this.#store.isPassing(error)) throw error;
          throw new Unavailable(`${unaudited}: ${messageOf(error)}`, { cause: error });
        }
        asked = begun;
      },
      end: async (state, rows, reason) => {
        try {
          if (asked) await this.#audit(asked, { state, rows, ...(reason === undefined ? {} : { reason }) });
        } finally {
          this.#running.delete(controller);
        }
      },
    };
  }

  /** No new ones; those that run may end by themselves for so long. */
  drain(ms: number): void {
    this.#deadline = performance.now() + ms;
  }

  /** After the drain the others are cut: none may look complete. */
  async close(): Promise<void> {
    this.#deadline ??= performance.now();
    await this.#isEmptyBy(this.#deadline);
    if (this.#running.size > 0)
      this.#log.warn({ exports: this.#running.size }, 'exports were cut by the stop of the daemon');
    for (const controller of this.#running) controller.abort();
    await this.#isEmptyBy(performance.now() + auditMs);
    await this.thread.close();
  }

  async #isEmptyBy(end: number): Promise<void> {
    while (this.#running.size > 0 && performance.now() < end) await delay(lookMs);
  }

  async #audit({ id, by, list, asked, format }: Asked & { id: string }, more: Record<string, unknown>): Promise<void> {
    const text = JSON.stringify(asked);
    const detail = { export: id, format, asked: text.length > askedMax ? text.slice(0, askedMax) : asked, ...more };
    await this.#store.audit({ at: Date.now() * 1000, by, action: 'export', object: list, detail });
  }
}
