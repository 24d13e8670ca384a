// Runs a table source as ingest would, with a clock that is turned by hand: what it handed over, said and waited for.
import { Writable } from 'node:stream';
import { Value } from 'typebox/value';
import { openLog } from '../../../src/log.ts';
import type { Batch, SourceStatus } from '../../../src/ingest/source.ts';
import { TableConfig } from '../../../src/sources/table/config.ts';
import type { TableClock } from '../../../src/sources/table/site.ts';
import { openTableSource } from '../../../src/sources/table/table.ts';

/** Noon of the day the samples are from. */
const noon = Date.parse('2026-11-22T12:00:00Z');

/** Sleeps end only when turned (or aborted). */
export class HandClock implements TableClock {
  ms = noon;
  slept: number[] = [];
  #end: (() => void) | undefined;
  #asleep: (() => void)[] = [];

  now = (): number => this.ms;

  sleep = (ms: number, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.slept.push(ms);
      const end = (): void => {
        this.#end = undefined;
        signal.removeEventListener('abort', end);
        resolve();
      };
      this.#end = end;
      signal.addEventListener('abort', end);
      for (const tell of this.#asleep.splice(0)) tell();
    });
  };

  /** Resolves when the source has nothing to do. */
  async idle(): Promise<void> {
    if (this.#end === undefined) await new Promise<void>((resolve) => this.#asleep.push(resolve));
  }

  /** Ends the sleep and lets the source work until it sleeps again. */
  async turn(): Promise<void> {
    await this.idle();
    const idle = new Promise<void>((resolve) => this.#asleep.push(resolve));
    this.wake();
    await idle;
  }

  /** Ends the sleep and waits for nothing. */
  wake(): void {
    this.ms += this.slept.at(-1)!;
    this.#end!();
  }
}

export type Fields = Record<string, string | number | null>;

export interface Watch {
  batches: Batch[];
  statuses: SourceStatus[];
  log: { level: string; msg: string; [key: string]: unknown }[];
  clock: HandClock;
  cursor: string | null;
  /** All rows since the last call. */
  take(): Fields[];
  /** The source's own answer to one more look. */
  poll(): Promise<Fields[]>;
  state(): SourceStatus | undefined;
  poke(): void;
  storedUpTo(): number | null;
  stop(): Promise<void>;
}

export interface WatchOptions {
  url: string;
  config?: Partial<TableConfig>;
  timezone?: string;
  cursor?: string | null;
  /** Called for each batch before it counts as stored. */
  onEmit?: (batch: Batch, watch: Watch) => void | Promise<void>;
}

export function configOf(url: string, config: Partial<TableConfig> = {}): TableConfig {
  return Value.Parse(TableConfig, Value.Default(TableConfig, { url, ...config }));
}

/** Starts a source and returns at once; `clock.idle()` waits for its first look. */
export function watchTable({ url, config, timezone, cursor, onEmit }: WatchOptions): Watch {
  const clock = new HandClock();
  const stopper = new AbortController();
  const lines: Watch['log'] = [];
  const to = new Writable({
    write(line: Buffer, _encoding, done) {
      lines.push(JSON.parse(line.toString()) as Watch['log'][number]);
      done();
    },
  });
  const log = openLog({ level: 'debug', format: 'json' }, to);
  const source = openTableSource({
    system: 'pbx1',
    timezone: timezone ?? 'Europe/Berlin',
    config: configOf(url, config),
    log,
    clock,
  });
  let taken = 0;
  const watch: Watch = {
    batches: [],
    statuses: [],
    log: lines,
    clock,
    cursor: cursor ?? null,
    take() {
      const rows = watch.batches.slice(taken).flatMap((batch) => batch.rows.map(({ fields }) => fields as Fields));
      taken = watch.batches.length;
      return rows;
    },
    async poll() {
      watch.take();
      await clock.turn();
      return watch.take();
    },
    state: () => watch.statuses.at(-1),
    poke: () => source.poke(),
    storedUpTo: () => source.storedUpTo(),
    async stop() {
      stopper.abort();
      await running;
    },
  };
  const running = source.run({
    cursor: watch.cursor,
    signal: stopper.signal,
    weigh: async () => [],
    status: (status) => void watch.statuses.push(status),
    emit: async (batch) => {
      await onEmit?.(batch, watch);
      watch.batches.push(batch);
      watch.cursor = batch.cursor ?? watch.cursor;
    },
  });
  return watch;
}

export function warnings(watch: Watch): string[] {
  return watch.log.filter(({ level }) => level === 'warn' || level === 'error').map(({ msg }) => msg);
}
