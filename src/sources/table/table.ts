// The cdr table as a source: finds out what kind of table it is, looks at it every few seconds, hands over what is new.
// It decides nothing about records and never writes to the PBX's database.
import { setImmediate as breath } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Micros } from '../../cdr/cdr.ts';
import { codeOf, Unavailable } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import type { Batch, Source, SourceContext } from '../../ingest/source.ts';
import type { Log } from '../../log.ts';
import { IdWalk } from './byid.ts';
import { TimeWalk } from './bytime.ts';
import { cursorIn, floorIn, formerIn, type Floor } from './cursor.ts';
import { lackOf, type Flavour } from './flavour.ts';
import { ColumnsChanged, type TableReader } from './reader.ts';
import { retryMs, siteOf, visit, type Site, type TableOptions } from './site.ts';
import { filledName, tellFilled, tellFlavour, tellPlan, tellReadBy } from './telling.ts';
import { isRefusal } from './trouble.ts';

/**
 * Connects nothing yet; `run` does, and outlives every fault of the database.
 * @throws ConfigError for a URL or zone that can never work.
 */
export function openTableSource(options: TableOptions): TableSource {
  return new TableSource(siteOf(options));
}

type Walk = IdWalk | TimeWalk;

/*
 *             ┌──── any Unavailable: status down or refused, a wait that grows, again ────┐
 *             ▼                                                                           │
 *   connecting: open a reader, read the table's shape ──▶ up: poll, wait, poll … ─────────┤
 *             ▲                                                                           │
 *             └──── columns changed, file replaced: at once ──────────────────────────────┘
 */
export class TableSource implements Source {
  readonly kind = 'table';
  readonly name: string;
  readonly system: string;
  readonly #site: Site;
  readonly #log: Log;
  #wake = new AbortController();
  #cursor: string | null = null;
  #walk: Walk | undefined;
  /** By what the walk goes, and what was last said about the table: both outlive a lost connection. */
  #walkKey = '';
  #said: Flavour | undefined;
  #rowColumns: readonly string[] | undefined;
  #isCutTold = false;
  #trouble: string | undefined;
  #failures = 0;
  /** Since this connection was opened the table was looked at and is the one the cursor speaks of. */
  #isLooked = false;
  /** Somebody has seen that it is another table than we said. */
  #isToLook = false;
  /** When the last look began that came to the end of the table, in milliseconds since 1970. */
  #readThrough: number | undefined;

  constructor(site: Site) {
    this.name = `${site.system}/table`;
    this.system = site.system;
    this.#site = site;
    this.#log = site.log.child({ source: this.name });
  }

  /** Where the backfill begins, by the last committed cursor; null: there is nothing for it, or not known yet. */
  get floor(): Floor | null {
    return this.#isLooked ? floorIn(this.#cursor) : null;
  }

  /** How often the table was made anew; null while that is not known. */
  get epoch(): number | null {
    if (!this.#isLooked || this.#isToLook) return null;
    const cursor = cursorIn(this.#cursor);
    return cursor?.by === 'id' ? (cursor.epoch ?? 0) : 0;
  }

  /** Whether the table is as we said. Else we look anew, as when columns change: no answer tells a view from the table it has replaced. */
  isStill(flavour: Flavour): boolean {
    if (isDeepStrictEqual(flavour, this.#said)) return true;
    this.#isToLook = true;
    this.poke();
    return false;
  }

  /** A look that waits for the store, or is cut, ends nowhere. */
  storedUpTo(): Micros | null {
    return this.#readThrough === undefined ? null : this.#readThrough * 1000;
  }

  poke(): void {
    this.#wake.abort();
  }

  async run(context: SourceContext): Promise<void> {
    const { signal } = context;
    const stop = (): void => this.poke();
    signal.addEventListener('abort', stop);
    this.#cursor = context.cursor;
    Object.assign(this.#site.memory, formerIn(context.cursor));
    this.#walk = undefined;
    try {
      while (!signal.aborted) {
        if (this.#trouble === undefined) {
          context.status({ state: 'connecting', detail: `connecting to ${this.#site.place.label}` });
        }
        const trouble = await this.#session(context);
        if (trouble === undefined || signal.aborted) continue;
        this.#down(trouble, context);
        await this.#wait(retryMs(this.#failures));
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
    try {
      await visit(this.#site, signal, (reader, flavour) => this.#looks(reader, flavour, context));
      return undefined;
    } catch (error) {
      if (signal.aborted) return undefined;
      // Once only: what changes again before it was read is waited for.
      if (error instanceof ColumnsChanged && this.#isLooked) return undefined;
      if (error instanceof Unavailable) return error;
      throw error;
    } finally {
      this.#isLooked = false;
    }
  }

  async #looks(reader: TableReader, flavour: Flavour, context: SourceContext): Promise<void> {
    this.#tell(flavour);
    this.#isToLook = false;
    const walk = this.#walkFor(flavour);
    let isExplained = false;
    while (!context.signal.aborted) {
      if (reader.isStale()) {
        this.#log.warn({ file: this.#site.place.label }, 'the file was replaced, reading the new one');
        walk.startAgain();
        return;
      }
      if (this.#isToLook) return;
      const isSameShape = await this.#poll(walk, reader, context);
      this.#isLooked = true;
      if (!isSameShape || context.signal.aborted) return;
      if (!isExplained) isExplained = await this.#explain(walk, reader, flavour);
      await this.#wait(this.#site.config.poll_seconds * 1000);
    }
  }

  /** Once per connection, as soon as there is a row to look for. */
  async #explain(walk: Walk, reader: TableReader, flavour: Flavour): Promise<boolean> {
    const sample = walk.sample();
    if (sample === undefined) return false;
    tellPlan(this.#log, flavour, this.#site.config, await reader.plan(sample));
    return true;
  }

  /** False when rows bear other columns than those before: the flavour may have changed. */
  async #poll(walk: Walk, reader: TableReader, context: SourceContext): Promise<boolean> {
    let isSameShape = true;
    const began = this.#site.clock.now();
    for await (const batch of walk.poll(reader)) {
      await context.emit(batch);
      failpoint('page stored');
      // The driver of SQLite never lets anybody else run by itself, and there may be many pages to catch up with.
      await breath();
      this.#cursor = batch.cursor ?? this.#cursor;
      this.#up(context);
      this.#tellCut(batch);
      for (const { fields } of batch.rows) {
        const columns = Object.keys(fields);
        isSameShape &&= (this.#rowColumns ?? columns).join('\n') === columns.join('\n');
        this.#rowColumns = columns;
      }
      if (context.signal.aborted) return true;
    }
    this.#readThrough = began;
    this.#up(context);
    return isSameShape;
  }

  /** The walk's memory is kept as long as it goes by the same column in the same zone. */
  #walkFor(flavour: Flavour): Walk {
    const { idColumn, timeColumn, timezone } = flavour;
    const { config, clock } = this.#site;
    const key = JSON.stringify([idColumn, timeColumn, timezone]);
    if (this.#walk !== undefined && this.#walkKey === key) {
      this.#walk.lookThrough(flavour);
      return this.#walk;
    }
    const cursor = cursorIn(this.#cursor);
    const readBy = idColumn ?? timeColumn!;
    if (this.#cursor !== null && (cursor?.column !== readBy || (cursor.by === 'id') !== (idColumn !== null))) {
      tellReadBy(this.#log, flavour, cursor?.column ?? 'another column');
    }
    this.#walkKey = key;
    this.#walk =
      idColumn === null
        ? new TimeWalk(readBy, flavour, config, cursor?.by === 'time' ? cursor : null, this.#log, clock.now)
        : new IdWalk(readBy, flavour, config, cursor?.by === 'id' ? cursor : null, this.#log);
    return this.#walk;
  }

  /** Once per run and per change of the table. */
  #tell(flavour: Flavour): void {
    if (isDeepStrictEqual(flavour, this.#said)) return;
    const { config, place, timezone } = this.#site;
    tellFlavour(this.#log, flavour, config, place, timezone, this.#said);
    this.#said = flavour;
  }

  /** Once per run: a cut name is another one, which nothing mends here. */
  #tellCut({ rows }: Batch): void {
    if (this.#isCutTold || !this.#said) return;
    const name = filledName(rows, this.#said);
    if (name === null) return;
    this.#isCutTold = true;
    tellFilled(this.#log, this.#site.config.name, name);
  }

  #up(context: SourceContext): void {
    if (this.#trouble !== undefined) this.#log.info({ at: this.#site.place.label }, 'the table can be read again');
    this.#trouble = undefined;
    this.#failures = 0;
    const lack = this.#said ? lackOf(this.#said, this.#site.config.name) : null;
    context.status({ state: 'up', ...(lack === null ? {} : { detail: lack }) });
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
    await this.#site.clock.sleep(ms, this.#wake.signal);
    this.#wake = new AbortController();
  }
}
