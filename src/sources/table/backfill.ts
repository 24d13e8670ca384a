// The history of a large table, below where the live reading began: downwards, newest calls first, resumable, throttled.
//
//   beginning or min_id          below                  floor.from              end of the table
//   ├── still to be read ────────┼── read by us ────────┼── read live ──────────┤
import type { Micros } from '../../cdr/cdr.ts';
import { clockOf } from '../../cdr/time.ts';
import { ClientError, Unavailable } from '../../errors.ts';
import type { Backfill, BackfillAsk, BackfillReport, BackfillState } from '../../ingest/chores.ts';
import type { Source, SourceContext } from '../../ingest/source.ts';
import type { Log } from '../../log.ts';
import { rawOf } from './content.ts';
import { courseIn, keyOf, leftIn, newCourse, ratio, returned, totalOf, type Course } from './course.ts';
import type { Floor } from './cursor.ts';
import { downwards, isWanted } from './down.ts';
import type { Flavour } from './flavour.ts';
import { idIn } from './ids.ts';
import { ProgressLog } from './progress.ts';
import type { TableReader, TableRow } from './reader.ts';
import { Rest } from './rest.ts';
import { retryMs, visit, type Site } from './site.ts';
import { momentOf, onClock } from './walltime.ts';

/** How often it looks whether there is something to do. */
const idleMs = 1000;

/** `floor` is where the live reading began; null while that is not known, or when it began at the beginning. */
export class BackfillSource implements Source, Backfill {
  readonly kind = 'backfill';
  readonly name: string;
  readonly system: string;
  readonly shows: string;
  readonly #site: Site;
  readonly #log: Log;
  readonly #floor: () => Floor | null;
  readonly #isLooked: () => boolean;
  readonly #progress: ProgressLog;
  #limit: number;
  #course: Course | null = null;
  #isAsked = false;
  #trouble: string | null = null;
  #failures = 0;
  #wake = new AbortController();

  constructor(site: Site, live: { floor: Floor | null; epoch: number | null }) {
    this.system = site.system;
    this.name = `${site.system}/backfill`;
    this.shows = `${site.system}/table`;
    this.#site = site;
    this.#log = site.log.child({ source: this.name });
    this.#floor = () => live.floor;
    this.#isLooked = () => live.epoch !== null;
    this.#limit = site.config.backfill.rows_per_second;
    this.#progress = new ProgressLog(this.#log, site.clock.now);
  }

  /** How far back the table was read: null is all of it, undefined that it is not known yet. */
  get reach(): Micros | null | undefined {
    const { state } = this.report();
    if (state === 'done') return this.#course?.until ?? null;
    return state === 'none' ? null : undefined;
  }

  report(): BackfillReport {
    const course = this.#course;
    const { rate, total: now, secondsLeft } = this.#progress.now(course?.rows ?? 0);
    // Until the table was looked at, what was known before.
    const total = now ?? (course?.until === null ? (course.total ?? null) : null);
    const state = this.#state();
    return {
      ...{ system: this.system, state, detail: this.#detail(state) },
      ...{ rows: course?.rows ?? 0, total: state === 'done' ? (course?.rows ?? 0) : total },
      ...{ rate: state === 'running' ? rate : 0, limit: this.#limit },
      ...{ secondsLeft: state === 'running' ? secondsLeft : null },
      reached: course === null ? null : String(course.below),
    };
  }

  ask({ from, rowsPerSecond, action }: BackfillAsk): BackfillReport {
    const until = from === undefined ? undefined : momentOf(from, this.#site.timezone);
    if (from !== undefined && until === undefined) {
      throw new ClientError(400, `from: "${from}" is not a date, expected 2026-11-22, 2026-11-22 03:15 or RFC 3339`);
    }
    if (rowsPerSecond !== undefined) this.#limit = rowsPerSecond;
    const course = this.#course;
    if (course !== null) {
      if (action !== undefined) course.isPaused = action === 'pause';
      const isFurther = until !== undefined && course.until !== null && until < course.until;
      if (isFurther || (until !== undefined && !course.isDone)) {
        course.until = until;
        course.isDone = false;
      }
      if (action !== undefined || until !== undefined) this.#isAsked = true;
    }
    this.poke();
    return this.report();
  }

  poke(): void {
    this.#wake.abort();
  }

  async run(context: SourceContext): Promise<void> {
    const { signal } = context;
    const stop = (): void => this.poke();
    signal.addEventListener('abort', stop);
    this.#course = courseIn(context.cursor);
    try {
      while (!signal.aborted) {
        const floor = this.#floor();
        if (floor !== null && this.#course?.floor !== keyOf(floor)) this.#course = newCourse(floor);
        await this.#keepAsked(context);
        if (floor === null || this.#course === null || this.#course.isDone || this.#course.isPaused) {
          context.status({ state: 'idle', detail: this.#detail(this.#state()) });
          await this.#wait(idleMs);
        } else {
          await this.#session(floor, this.#course, context);
        }
      }
    } finally {
      signal.removeEventListener('abort', stop);
      context.status({ state: 'stopped' });
    }
  }

  /** What was asked for outlasts a restart. */
  async #keepAsked(context: SourceContext): Promise<void> {
    if (!this.#isAsked || this.#course === null) return;
    this.#isAsked = false;
    await context.emit({ rows: [], cursor: JSON.stringify(this.#course) });
  }

  async #session(floor: Floor, course: Course, context: SourceContext): Promise<void> {
    try {
      await visit(this.#site, context.signal, (reader, flavour) => this.#read(reader, flavour, floor, course, context));
    } catch (error) {
      if (context.signal.aborted) return;
      if (!(error instanceof Unavailable)) throw error;
      // Why, the live reading tells: it is the same table.
      this.#trouble = error.message;
      context.status({ state: 'down', detail: error.message });
      await this.#wait(retryMs(this.#failures));
      this.#failures += 1;
    }
  }

  async #read(
    reader: TableReader,
    flavour: Flavour,
    floor: Floor,
    course: Course,
    context: SourceContext,
  ): Promise<void> {
    const { config } = this.#site;
    // The columns changed: the live reading will find its floor anew.
    if ((flavour.idColumn ?? flavour.timeColumn) !== floor.column) return this.#wait(idleMs);
    const { by, column } = floor;
    const first = by === 'id' ? await this.#first(reader, column) : null;
    const lowest = first && idIn(first, column);
    const size = by === 'time' ? await reader.estimate() : null;
    const { timeColumn } = flavour;
    const like = (by === 'time' ? course.below : first?.[timeColumn ?? '']) ?? '';
    const until = course.until === null ? null : onClock(like, flavour.timezone, course.until / 1000);
    Object.assign(course, returned(course));
    const share = (): number | null =>
      lowest === null ? null : ratio(BigInt(floor.from) - BigInt(course.below), BigInt(floor.from) - lowest);
    this.#progress.begin(course.rows, () => totalOf(course, share(), size));
    const rest = new Rest(this.#site, () => this.#limit);
    for await (const batch of downwards(
      reader,
      flavour,
      config,
      { by, column, below: course.below, until },
      this.#log,
    )) {
      await rest.before(batch.rows.length, this.#wake.signal);
      if (!this.#mayGoOn(floor, course, context)) return;
      const total = this.#progress.now(course.rows).total;
      const wanted = batch.rows.filter((row) => isWanted(row, timeColumn, until));
      const left = wanted.length < batch.rows.length ? leftIn(course) : (course.left ?? null);
      const step = { below: batch.below, rows: course.rows + wanted.length, total, left };
      const rows = wanted.map((row) => rawOf(row, flavour, floor.epoch));
      await context.emit({ rows, cursor: JSON.stringify({ ...course, ...step }) });
      Object.assign(course, step);
      [this.#trouble, this.#failures] = [null, 0];
      context.status({ state: 'up', progress: { rows: course.rows, ...this.#progress.now(course.rows) } });
      this.#progress.tell(course.rows);
    }
    if (!this.#mayGoOn(floor, course, context)) return;
    await context.emit({ rows: [], cursor: JSON.stringify({ ...course, isDone: true }) });
    // Somebody may have asked for more just now.
    if (this.#isAsked) return;
    course.isDone = true;
    const back = course.until === null ? '' : `, ${this.#back(course.until)}`;
    this.#log.info({ rows: course.rows }, `backfill done: ${course.rows} rows of the table's history were read${back}`);
  }

  #mayGoOn(floor: Floor, course: Course, { signal }: SourceContext): boolean {
    const now = this.#floor();
    const isSame = now !== null && keyOf(now) === keyOf(floor);
    return isSame && !signal.aborted && !course.isPaused && !this.#isAsked;
  }

  async #first(reader: TableReader, column: string): Promise<TableRow | null> {
    const { min_id } = this.#site.config;
    const [row] = await reader.select((query) => query.where(column, '>=', min_id).orderBy(column).limit(1));
    return row ?? null;
  }

  #back(until: Micros): string {
    const day = clockOf(this.#site.timezone)(until);
    return `back to ${day}; what began earlier was not asked for`;
  }

  #state(): BackfillState {
    const course = this.#course;
    if (course === null) return this.#isLooked() ? 'none' : 'waiting';
    if (course.isDone) return 'done';
    if (course.isPaused) return 'paused';
    if (this.#trouble !== null) return 'down';
    return this.#floor() === null ? 'waiting' : 'running';
  }

  #detail(state: BackfillState): string {
    const until = this.#course?.until ?? null;
    const details = {
      none: 'nothing to do: the table was read from its beginning',
      waiting: 'waits for the first look at the table',
      running: 'reads the history of the table, newest calls first',
      paused: 'paused; "cdrd backfill --resume" lets it go on',
      down: this.#trouble ?? '',
      done: until === null ? 'done: the history of the table was read' : `done: read ${this.#back(until)}`,
    };
    return details[state];
  }

  async #wait(ms: number): Promise<void> {
    if (ms <= 0) return;
    await this.#site.clock.sleep(ms, this.#wake.signal);
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
  }
}
