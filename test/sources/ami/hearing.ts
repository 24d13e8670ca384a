// Runs an AMI source against a peer and keeps what it gives, for the tests of this folder.
import { pino } from 'pino';
import { vi } from 'vitest';
import type { RawRow } from '../../../src/cdr/normalise.ts';
import type { Batch, SourceStatus } from '../../../src/ingest/source.ts';
import { openAmiSource, type AmiOptions } from '../../../src/sources/ami/ami.ts';
import type { AmiConfig } from '../../../src/sources/ami/config.ts';

export const config: AmiConfig = {
  host: '127.0.0.1',
  port: 1,
  username: 'cdrd',
  secret: 's3cret',
  events: 'cdr',
  ping_seconds: 5,
  connect_seconds: 5,
  reconnect_min_seconds: 0.01,
  reconnect_max_seconds: 0.05,
  refused_wait_seconds: 300,
  buffer_rows: 10_000,
  tls: 'off',
};

/** A wait that never ends by itself: what a test needs that looks at the first attempt only. */
export const forGood = (_ms: number, signal: AbortSignal) =>
  new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));

export interface LogLine {
  level: string;
  msg: string;
  [key: string]: unknown;
}

export class Hearing {
  readonly rows: RawRow[] = [];
  readonly batches: Batch[] = [];
  readonly statuses: SourceStatus[] = [];
  readonly log: LogLine[] = [];
  readonly logger = pino(
    { level: 'debug', formatters: { level: (label) => ({ level: label }) } },
    { write: (line) => void this.log.push(JSON.parse(line) as LogLine) },
  );
  /** Waits asked for between two connections, in ms. */
  readonly pauses: number[] = [];
  ups = 0;
  /** The first error of `run`. */
  fault: Error | undefined;
  /** Set to hold the store up. */
  gate: Promise<void> = Promise.resolve();
  readonly done: Promise<void>;
  /** Of the source. */
  readonly storedUpTo: () => number | null;
  readonly #stop = new AbortController();

  constructor(settings: Partial<AmiConfig>, options: Partial<AmiOptions> = {}) {
    const pause = options.pause;
    const source = openAmiSource({
      system: 'pbx1',
      timezone: 'Europe/Madrid',
      config: { ...config, ...settings },
      log: this.logger,
      onUp: () => void (this.ups += 1),
      ...options,
      ...(pause && { pause: (ms, signal) => (this.pauses.push(ms), pause(ms, signal)) }),
    });
    this.storedUpTo = () => source.storedUpTo?.() ?? null;
    this.done = source
      .run({
        weigh: async () => [],
        emit: async (batch) => {
          this.batches.push(batch);
          this.rows.push(...batch.rows);
          await this.gate;
        },
        cursor: null,
        status: (status) => void this.statuses.push(status),
        signal: this.#stop.signal,
      })
      .catch((error: Error) => void (this.fault = error));
  }

  get state(): SourceStatus | undefined {
    return this.statuses.at(-1);
  }

  get fields(): RawRow['fields'][] {
    return this.rows.map((row) => row.fields);
  }

  get lost(): number {
    return this.batches.reduce((sum, batch) => sum + (batch.lost ?? 0), 0);
  }

  get warnings(): LogLine[] {
    return this.log.filter((line) => line.level === 'warn' || line.level === 'error');
  }

  async until(condition: () => boolean, within_ms = 4000): Promise<void> {
    const isTrue = () => {
      if (!condition()) throw new Error(`not yet: ${condition.toString()}; ${JSON.stringify(this.statuses.slice(-2))}`);
    };
    await vi.waitFor(isTrue, { timeout: within_ms, interval: 3 });
  }

  abort(): void {
    this.#stop.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.abort();
    await this.done;
    if (this.fault !== undefined) throw this.fault;
  }
}
