// How much of the PBX's database the SELECTs of one table may take: quick ones are free, slow ones are followed by a rest.
import type { Log } from '../../log.ts';
import type { TableConfig } from './config.ts';
import type { TableClock } from './site.ts';
import type { TableReader } from './reader.ts';

/** With an index a page takes a few milliseconds, over a slow line some more; a SELECT above this scans or sorts. */
const quickMs = 250;
/** Without a slow one for so long, they are quick again: a table without an index is now below and now above it. */
const calmMs = 600_000;

/** Shared by everything that reads one table. */
export class Pace {
  readonly #config: TableConfig;
  readonly #log: Log;
  readonly #clock: TableClock;
  #freeAt = 0;
  /** When the last slow one ended; null while they are quick. */
  #slowAt: number | null = null;

  constructor(config: TableConfig, log: Log, clock: TableClock) {
    this.#config = config;
    this.#log = log;
    this.#clock = clock;
  }

  /** The same reader, whose questions wait for their turn; the wait ends with `signal`. */
  over(reader: TableReader, signal: AbortSignal): TableReader {
    const timed = async <T>(question: () => Promise<T>): Promise<T> => {
      const rest = this.#freeAt - this.#clock.now();
      if (rest > 0) await this.#clock.sleep(rest, signal);
      const from = this.#clock.now();
      try {
        return await question();
      } finally {
        this.#note(this.#clock.now() - from);
      }
    };
    return {
      kind: reader.kind,
      shape: () => reader.shape(),
      select: (narrow) => timed(() => reader.select(narrow)),
      count: (narrow) => timed(() => reader.count(narrow)),
      plan: (narrow) => reader.plan(narrow),
      estimate: () => reader.estimate(),
      isStale: () => reader.isStale(),
      close: () => reader.close(),
    };
  }

  #note(ms: number): void {
    const { slow_seconds_per_minute: share, name } = this.#config;
    const isSlow = ms > quickMs;
    const wasSlow = this.#slowAt !== null;
    const now = this.#clock.now();
    const rest = (ms * (60 - share)) / share;
    // One alone is no slow table: a server that stood still for a moment has rows that are waited for.
    this.#freeAt = now + (isSlow ? (wasSlow ? rest : Math.min(rest, ms)) : 0);
    const seconds = (value: number): string => (value / 1000).toFixed(1);
    if (isSlow) this.#slowAt = now;
    else if (this.#slowAt !== null && now - this.#slowAt >= calmMs) {
      this.#slowAt = null;
      this.#log.info({ table: name }, 'SELECTs are quick again');
    }
    if (isSlow && !wasSlow) {
      this.#log.warn(
        { table: name, ms: Math.round(ms) },
        `a SELECT took ${seconds(ms)} s; after a further slow one the next comes as much later as lets them take ${share} s of a minute (table.slow_seconds_per_minute): ${seconds(rest)} s after one like this`,
      );
    }
  }
}
