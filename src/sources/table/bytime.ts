// Reads a table without id column by its time column: pages upwards from well below the latest time seen, because a row
// is written when its call ends and bears the time when it started.
//
//   cursor − overlap_seconds       near           cursor            end of the table
//   ├── sweep: as often as it is ──┼── every poll ┤── new ──────────┤
//   cheap, see sweepShare          │
import type { Knex } from 'knex';
import type { Batch } from '../../ingest/source.ts';
import type { Log } from '../../log.ts';
import type { TableConfig } from './config.ts';
import { contentOf, familyOf, isNumbered, rawOf } from './content.ts';
import type { Flavour } from './flavour.ts';
import type { TableReader, TableRow } from './reader.ts';
import { Handed } from './handed.ts';
import { narrowed, timePages, type Bound, type Reach } from './timepages.ts';
import { cellAt, onClock, secondsOf } from './walltime.ts';

export interface TimeCursor {
  by: 'time';
  column: string;
  /** The latest time handed over, as the table writes it. */
  time: string | number;
  /** The live walk began here; what is below belongs to the backfill. Absent: at the earliest. */
  from?: string | number;
  /** The clock of both times; absent: not known, cursors of before 0.1.0. */
  clock?: Clock;
  /** The column by which rows had names before, and which is still there (Flavour.formerId). Absent: none. */
  formerId?: string;
  /** What the column sequence has by itself, or had (Flavour.unfilled). Absent: nothing. */
  unfilled?: number | readonly number[];
}

/** A TIMESTAMP comes out in UTC, a DATETIME as it was written; ALTER TABLE makes one of the other. */
type Clock = 'UTC' | 'wall';

/** Covers `batch=yes` of cdr.conf (300 s) and most calls; longer calls are found by the sweep. */
const nearSeconds = 900;
/** The sweep over the whole overlap may take one part in this many of the time. */
const sweepShare = 10;
/** A time this far ahead of our clock is a fault of the row (zones differ by 26 h at most) and moves no cursor. */
const aheadSeconds = 26 * 3600;

/** Reads one table in one run. */
export class TimeWalk {
  readonly #column: string;
  #flavour: Flavour;
  readonly #config: TableConfig;
  readonly #log: Log;
  readonly #now: () => number;
  #cursor: { seconds: number; time: string | number } | null;
  #from: string | number | undefined;
  readonly #handed: Handed;
  #sweptAt = -Infinity;
  #sweepMs = 0;
  /** The latest time handed over before this look, and whether a row has it. */
  #sought: number | undefined;
  #isThere = false;
  /** The latest time of which it was said that no row has it, or that none need have it. */
  #gone: number | undefined;

  /** `now` in milliseconds since 1970. */
  constructor(
    column: string,
    flavour: Flavour,
    config: TableConfig,
    cursor: TimeCursor | null,
    log: Log,
    now: () => number,
  ) {
    this.#column = column;
    this.#flavour = flavour;
    this.#config = config;
    this.#log = log;
    this.#now = now;
    this.#handed = new Handed(config.overlap_seconds, log);
    const seconds = cursor && cursor.column === column ? secondsOf(cursor.time) : null;
    this.#cursor = cursor && seconds !== null ? { seconds, time: cursor.time } : null;
    this.#from = this.#cursor === null ? undefined : cursor?.from;
    const clock = cursor?.clock;
    if (this.#cursor !== null && clock !== undefined && clock !== clockOf(flavour))
      this.#moveClock(this.#cursor, clock);
  }

  /** One look at the table. A batch counts as handed over when the next one is asked for. */
  async *poll(reader: TableReader): AsyncGenerator<Batch> {
    if (this.#cursor === null) await this.#begin(reader);
    const startedAt = this.#now();
    const isSweep = startedAt - this.#sweptAt >= this.#sweepMs * sweepShare;
    [this.#sought, this.#isThere] = [this.#cursor?.seconds, false];
    const { overlap_seconds } = this.#config;
    const start = this.#boundAt(isSweep ? overlap_seconds : Math.min(overlap_seconds, nearSeconds));
    yield* this.#pages(reader, start);
    this.#handed.endLook(secondsOf(start?.time) ?? -Infinity);
    this.#tellGone();
    if (!isSweep) return;
    this.#sweptAt = this.#now();
    this.#sweepMs = this.#sweptAt - startedAt;
  }

  /** Where zones are furthest apart, what is new has times from so much below; the history was not read by this clock. */
  #moveClock({ seconds, time }: { seconds: number; time: string | number }, before: Clock): void {
    const from = this.#from === undefined ? null : secondsOf(this.#from);
    const back = seconds - aheadSeconds;
    this.#cursor = { seconds: back, time: cellAt(back, time) };
    if (from !== null) this.#from = cellAt(from + aheadSeconds, time);
    this.#gone = back;
    this.#log.info(
      { before, now: clockOf(this.#flavour), hours: aheadSeconds / 3600 },
      `${this.#column} tells times by another clock now: the last ${aheadSeconds / 3600} hours are read again` +
        (from === null ? '' : ', and the history by the backfill'),
    );
  }

  /** Once: a row may be deleted or changed by hand, a table emptied or rotated. Nothing is lost by it. */
  #tellGone(): void {
    if (this.#sought === undefined || this.#isThere || this.#sought === this.#gone) return;
    this.#gone = this.#sought;
    this.#log.warn(
      { newest: cellAt(this.#sought, this.#cursor!.time) },
      'the newest row read before is not there any more: it was deleted or changed, or the table was emptied, rotated or restored; ' +
        'what is there is read, and what is known is recognised',
    );
  }

  /** The table has the same id and time column, and others may have another width or type by now. */
  lookThrough(flavour: Flavour): void {
    this.#flavour = flavour;
  }

  /** A table that is not the one seen before. */
  startAgain(): void {
    this.#cursor = null;
    this.#from = undefined;
    this.#handed.clear();
    this.#sweptAt = -Infinity;
  }

  /** What a look asks for, to be explained by the database; undefined before the first row. */
  sample(): ((query: Knex.QueryBuilder) => Knex.QueryBuilder) | undefined {
    if (this.#cursor === null) return undefined;
    const bound = this.#boundAt(Math.min(this.#config.overlap_seconds, nearSeconds));
    return (query) => narrowed(query, this.#reach(bound));
  }

  /** A large table is read from near its end, so that calls of now are not behind years of history. */
  async #begin(reader: TableReader): Promise<void> {
    const { overlap_seconds, backfill } = this.#config;
    const column = this.#column;
    const newest = (skipped: number) => (query: Knex.QueryBuilder) =>
      query.whereNotNull(column).orderBy(column, 'desc').offset(skipped).limit(1);
    this.#from = undefined;
    const [edge] = await reader.select(newest(backfill.above_rows));
    if (edge === undefined) return;
    const [last] = await reader.select(newest(0));
    const time = last?.[column] ?? null;
    const seconds = secondsOf(time);
    if (time === null || seconds === null) return;
    this.#from = cellAt(Math.min(seconds, onClock(time, this.#flavour.timezone, this.#now())) - overlap_seconds, time);
    this.#log.info(
      { from: this.#from },
      `the table has more than ${backfill.above_rows} rows: new ones are read first, the backfill brings the others`,
    );
  }

  async *#pages(reader: TableReader, start: Bound | undefined): AsyncGenerator<Batch> {
    for await (const rows of timePages(reader, this.#reach(start), this.#log)) yield* this.#handOver(rows);
  }

  #reach(start: Bound | undefined): Reach {
    return { column: this.#column, direction: 'up', start, maxRows: this.#config.max_rows };
  }

  async *#handOver(rows: TableRow[]): AsyncGenerator<Batch> {
    const sights = rows.map((row) => ({ row, content: contentOf(row), family: familyOf(row, this.#column) }));
    const counts = new Map<string, number>();
    for (const { content } of sights) counts.set(content, (counts.get(content) ?? 0) + 1);
    const isFresh = (content: string): boolean => counts.get(content)! > this.#handed.countOf(content);
    const fresh = sights.filter(({ content }) => isFresh(content));
    if (fresh.length > 0) {
      const nameless = new Set(sights.filter(({ row }) => !isNumbered(row)).map(({ family }) => family));
      const wanted = new Set(fresh.map(({ family }) => family).filter((family) => nameless.has(family)));
      const given = sights.filter(({ content, family }) => isFresh(content) || wanted.has(family));
      const cursor = this.#cursorAfter(rows);
      const from = this.#from === undefined ? {} : { from: this.#from };
      const text: TimeCursor | null = cursor && {
        ...{ by: 'time', column: this.#column, time: cursor.time, ...from },
        clock: clockOf(this.#flavour),
        ...(this.#flavour.formerId === null ? {} : { formerId: this.#flavour.formerId }),
        ...(this.#flavour.unfilled.length === 0 ? {} : { unfilled: this.#flavour.unfilled }),
      };
      yield {
        rows: given.map(({ row }) => rawOf(row, this.#flavour, 0)),
        ...(text ? { cursor: JSON.stringify(text) } : {}),
      };
      this.#cursor = cursor;
    }
    for (const { row, content } of sights) this.#remember(row, content, counts.get(content)!);
    this.#handed.forget((this.#latest() ?? -Infinity) - this.#config.overlap_seconds - 1);
  }

  #cursorAfter(rows: TableRow[]): { seconds: number; time: string | number } | null {
    const limit = this.#now() / 1000 + aheadSeconds;
    let cursor = this.#cursor;
    for (const row of rows) {
      const time = row[this.#column];
      const seconds = secondsOf(time);
      if (time === null || time === undefined || seconds === null || seconds > limit) continue;
      if (cursor === null || seconds > cursor.seconds) cursor = { seconds, time };
    }
    return cursor;
  }

  /** A row from the future must not take the overlap of today's rows away. */
  #latest(): number | null {
    if (this.#cursor === null) return null;
    return Math.min(this.#cursor.seconds, onClock(this.#cursor.time, this.#flavour.timezone, this.#now()));
  }

  #boundAt(overlap: number): Bound | undefined {
    if (this.#cursor === null) return this.#from === undefined ? undefined : { operator: '>=', time: this.#from };
    return { operator: '>=', time: cellAt(this.#latest()! - overlap, this.#cursor.time) };
  }

  /** What is no time at all may sort above all times and be read at every poll: kept as if it were new for ever. */
  #remember(row: TableRow, content: string, count: number): void {
    const seconds = secondsOf(row[this.#column]) ?? Infinity;
    if (seconds === this.#sought) this.#isThere = true;
    this.#handed.remember(content, seconds, count);
  }
}

function clockOf({ timezone }: Flavour): Clock {
  return timezone === 'UTC' ? 'UTC' : 'wall';
}
