// The cdr table as a source: finds out what kind of table it is, looks at it every few seconds, hands over what is new.
// It decides nothing about records and never writes to the PBX's database.
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf, Unavailable } from '../../errors.ts';
import type { Batch, Source, SourceContext } from '../../ingest/source.ts';
import type { Log } from '../../log.ts';
import { IdWalk, type IdCursor } from './byid.ts';
import { TimeWalk, type TimeCursor } from './bytime.ts';
import { checkedZone, placeOf, type Place, type TableConfig } from './config.ts';
import { adviceOn, flavourOf, type Flavour } from './flavour.ts';
import { openReader, type TableReader } from './reader.ts';
import { isRefusal } from './trouble.ts';

/** What the source needs of time; tests turn it by hand. */
export interface TableClock {
  /** Milliseconds since 1970. */
  now: () => number;
  /** Resolves after `ms`, or at once when the signal is aborted; never rejects. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface TableOptions {
  system: string;
  /** The system's zone (IANA), used when the table names none. */
  timezone: string;
  config: TableConfig;
  log: Log;
  clock?: TableClock;
}

/** Waits after failures in a row: 1 s, 2 s, 4 s … up to a minute. A PBX may come long after us. */
const firstRetryMs = 1000;
const lastRetryMs = 60_000;

const realClock: TableClock = {
  now: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
};

/**
 * Connects nothing yet; `run` does, and outlives every fault of the database.
 * @throws ConfigError for a URL or zone that can never work.
 */
export function openTableSource(options: TableOptions): Source {
  const { config } = options;
  return new TableSource(options, placeOf(config.url), checkedZone(config.timezone ?? options.timezone));
}

type Walk = { poll(reader: TableReader): AsyncGenerator<Batch>; startAgain(): void };

/*
 *             ┌──── any Unavailable: status down or refused, a wait that grows, again ────┐
 *             ▼                                                                           │
 *   connecting: open a reader, read the table's shape ──▶ up: poll, wait, poll … ─────────┤
 *             ▲                                                                           │
 *             └──── columns changed, file replaced: at once ──────────────────────────────┘
 */
class TableSource implements Source {
  readonly kind = 'table';
  readonly name: string;
  readonly system: string;
  readonly #config: TableConfig;
  readonly #place: Place;
  readonly #timezone: string;
  readonly #log: Log;
  readonly #clock: TableClock;
  #wake = new AbortController();
  #cursor: string | null = null;
  #walk: Walk | undefined;
  /** By what the walk goes, and what was last said about the table: both outlive a lost connection. */
  #walkKey = '';
  #said = '';
  #rowColumns: string | undefined;
  #trouble: string | undefined;
  #failures = 0;

  constructor({ system, config, log, clock }: TableOptions, place: Place, timezone: string) {
    this.name = `${system}/table`;
    this.system = system;
    this.#config = config;
    this.#place = place;
    this.#timezone = timezone;
    this.#log = log.child({ source: this.name });
    this.#clock = clock ?? realClock;
  }

  poke(): void {
    this.#wake.abort();
  }

  async run(context: SourceContext): Promise<void> {
    const { signal } = context;
    const stop = (): void => this.poke();
    signal.addEventListener('abort', stop);
    this.#cursor = context.cursor;
    this.#walk = undefined;
    try {
      while (!signal.aborted) {
        if (this.#trouble === undefined) {
          context.status({ state: 'connecting', detail: `connecting to ${this.#place.label}` });
        }
        const trouble = await this.#session(context);
        if (trouble === undefined || signal.aborted) continue;
        this.#down(trouble, context);
        await this.#wait(Math.min(firstRetryMs * 2 ** this.#failures, lastRetryMs));
        this.#failures += 1;
      }
    } finally {
      signal.removeEventListener('abort', stop);
      context.status({ state: 'stopped' });
    }
  }

  /** From connecting to the first fault, which it returns; undefined when the table is to be looked at afresh at once. */
  async #session(context: SourceContext): Promise<Unavailable | undefined> {
    const { signal } = context;
    const reader = openReader(this.#place, this.#config, this.#log);
    const cut = (): void => void reader.close();
    signal.addEventListener('abort', cut);
    try {
      const flavour = flavourOf(await reader.shape(), this.#config, this.#timezone);
      this.#tell(flavour);
      const walk = this.#walkFor(flavour);
      while (!signal.aborted) {
        if (reader.isStale()) {
          this.#log.warn({ file: this.#place.label }, 'the file was replaced, reading the new one from the lowest id');
          walk.startAgain();
          break;
        }
        const isSameShape = await this.#poll(walk, reader, context);
        if (!isSameShape || signal.aborted) break;
        await this.#wait(this.#config.poll_seconds * 1000);
      }
      return undefined;
    } catch (error) {
      if (signal.aborted) return undefined;
      if (error instanceof Unavailable) return error;
      throw error;
    } finally {
      signal.removeEventListener('abort', cut);
      await reader.close();
    }
  }

  /** False when rows bear other columns than those before: the flavour may have changed. */
  async #poll(walk: Walk, reader: TableReader, context: SourceContext): Promise<boolean> {
    let isSameShape = true;
    for await (const batch of walk.poll(reader)) {
      await context.emit(batch);
      this.#cursor = batch.cursor ?? this.#cursor;
      this.#up(context);
      for (const { fields } of batch.rows) {
        const columns = Object.keys(fields).join();
        isSameShape &&= this.#rowColumns === undefined || this.#rowColumns === columns;
        this.#rowColumns = columns;
      }
      if (context.signal.aborted) return true;
    }
    this.#up(context);
    return isSameShape;
  }

  /** The walk's memory is kept as long as it goes by the same column in the same zone. */
  #walkFor(flavour: Flavour): Walk {
    const { idColumn, timeColumn, timezone } = flavour;
    const key = JSON.stringify([idColumn, timeColumn, timezone]);
    if (this.#walk !== undefined && this.#walkKey === key) return this.#walk;
    const cursor = cursorIn(this.#cursor);
    const readBy = idColumn ?? timeColumn!;
    if (this.#cursor !== null && (cursor?.column !== readBy || (cursor.by === 'id') !== (idColumn !== null))) {
      this.#log.warn({ readBy }, 'the table was read by another column until now, reading it from the beginning');
    }
    this.#walkKey = key;
    this.#walk =
      idColumn === null
        ? new TimeWalk(readBy, flavour, this.#config, cursor?.by === 'time' ? cursor : null, this.#log, this.#clock.now)
        : new IdWalk(readBy, flavour, this.#config, cursor?.by === 'id' ? cursor : null, this.#log);
    return this.#walk;
  }

  /** Once per run and per change of the table. */
  #tell(flavour: Flavour): void {
    const said = JSON.stringify(flavour);
    if (said === this.#said) return;
    this.#said = said;
    const { columns, ...rest } = flavour;
    const table = this.#config.name;
    const readBy = flavour.idColumn ?? flavour.timeColumn;
    this.#log.info(
      { table, at: this.#place.label, columns: columns.length, ...rest },
      `table ${table} found, ${columns.length} columns, read by ${readBy}, times in ${flavour.timezone}`,
    );
    if (flavour.timezone !== this.#timezone) {
      this.#log.info(
        { table },
        `${flavour.timeColumn} is a TIMESTAMP, which comes out in UTC: table.timezone is not used`,
      );
    }
    if (flavour.idColumn === null && this.#config.min_id > 0) {
      this.#log.warn({ table }, 'min_id has no effect: the table has no id column');
    }
    for (const advice of adviceOn(flavour, table, this.#place.kind)) this.#log.warn({ table }, advice);
  }

  #up(context: SourceContext): void {
    if (this.#trouble !== undefined) this.#log.info({ at: this.#place.label }, 'the table can be read again');
    this.#trouble = undefined;
    this.#failures = 0;
    context.status({ state: 'up' });
  }

  #down(trouble: Unavailable, context: SourceContext): void {
    const isRefused = isRefusal(trouble);
    context.status({ state: isRefused ? 'refused' : 'down', detail: trouble.message });
    if (trouble.message === this.#trouble) return;
    this.#trouble = trouble.message;
    if (isRefused) this.#log.error({ code: codeOf(trouble.cause) }, trouble.message);
    else this.#log.warn({ code: codeOf(trouble.cause) }, trouble.message);
  }

  /** Until the time is over, or a poke, or the end. */
  async #wait(ms: number): Promise<void> {
    await this.#clock.sleep(ms, this.#wake.signal);
    this.#wake = new AbortController();
  }
}

/** Null for a cursor that is not ours to read: the table is read from its beginning, which loses nothing. */
function cursorIn(text: string | null): IdCursor | TimeCursor | null {
  if (text === null) return null;
  try {
    const cursor = JSON.parse(text) as IdCursor | TimeCursor;
    if (cursor.by === 'id' && /^\d+$/.test(cursor.id) && typeof cursor.mark === 'string') return cursor;
    return cursor.by === 'time' && ['string', 'number'].includes(typeof cursor.time) ? cursor : null;
  } catch {
    return null;
  }
}
