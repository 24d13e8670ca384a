// All records of a query in its order, page by page, for exports. Every page is a short statement of its own: no transaction is held.
import type { StoredCdr } from '../cdr/cdr.ts';
import type { CdrFilter, CdrQuery, Place } from '../cdr/query.ts';
import type { Reader } from './read.ts';
import type { Database, Sql } from './sql.ts';
import { rangeOf } from './ways.ts';

/** A list without end: `limit` absent = all there is. */
export type WalkQuery = Omit<CdrQuery, 'limit' | 'before'> & { limit?: number };

/** How a walk goes. */
export interface Pace {
  /** Ids that one statement may look through: what matches nothing must not hold a statement open for long. */
  windowIds: number;
  /** So few records are sorted anew for each page in no time; more are met along the way, in their order. */
  fewRows: number;
}

const usualPace: Pace = { windowIds: 50_000, fewRows: 2000 };

/** Along the primary key, or the index on start; without the hint SQLite and MariaDB would gather and sort all of it for each page. */
const hints = {
  sqlite: { id: ' NOT INDEXED', start: ' INDEXED BY `cdr_start`' },
  mysql: { id: ' FORCE INDEX (PRIMARY)', start: ' FORCE INDEX (`cdr_start`)' },
};

export class Walk {
  readonly #sql: Sql;
  readonly #reader: Reader;
  readonly #query: WalkQuery;
  readonly #dialect: Database['dialect'];
  readonly #pace: Pace;
  #left: number;
  #place: Place | undefined;
  /** Ids there were when it began: what comes later is not part of it, so it ends. null before it began. */
  #ids: { least: number; most: number } | null = null;
  #hint = '';
  #isOver = false;

  constructor(sql: Sql, reader: Reader, query: WalkQuery, dialect: Database['dialect'], pace = usualPace) {
    this.#sql = sql;
    this.#reader = reader;
    this.#query = query;
    this.#dialect = dialect;
    this.#pace = pace;
    this.#left = query.limit ?? Infinity;
    this.#place = query.after;
  }

  /** At most so many records; none when this stretch of the way has none, null when there are no more. */
  async next(most: number): Promise<StoredCdr[] | null> {
    if (this.#isOver || this.#left === 0) return null;
    this.#ids ??= await this.#begin();
    const limit = Math.min(most, this.#left);
    const byStart = this.#isByStart;
    const stretch = byStart || this.#hint === '' ? this.#ids : this.#stretch(this.#ids);
    const query = { ...this.#query, limit, ...(this.#place === undefined ? {} : { after: this.#place }) };
    const page = await this.#reader.list(this.#sql, query, { ...stretch, hint: this.#hint });
    const last = page.at(-1);
    this.#left -= page.length;
    if (page.length === limit && last) this.#place = byStart ? { start: last.start, id: last.id } : last.id;
    else if (this.#isFalling) [this.#place, this.#isOver] = [stretch.least, stretch.least <= this.#ids.least];
    else [this.#place, this.#isOver] = [stretch.most, stretch.most >= this.#ids.most];
    return page;
  }

  get #isByStart(): boolean {
    return this.#query.order?.endsWith('start') ?? false;
  }

  get #isFalling(): boolean {
    return this.#query.order?.startsWith('-') ?? false;
  }

  /** The next ids from the place on. */
  #stretch({ least, most }: { least: number; most: number }): { least: number; most: number } {
    const place = this.#place as number | undefined;
    if (this.#isFalling) {
      const from = Math.min(most, (place ?? Infinity) - 1);
      return { least: Math.max(least, from - this.#pace.windowIds + 1), most: from };
    }
    const from = Math.max(least, (place ?? -1) + 1);
    return { least: from, most: Math.min(most, from + this.#pace.windowIds - 1) };
  }

  /** Which ids may be part of it, and whether there are so few that an index of the conditions is the shorter way. */
  async #begin(): Promise<{ least: number; most: number }> {
    const { from, until } = rangeOf(this.#query);
    const [ids] = await this.#sql.all<{ least: number | null; most: number | null }>(
      from === undefined && until === undefined
        ? 'SELECT (SELECT MIN(`id`) FROM `cdr`) AS `least`, (SELECT MAX(`id`) FROM `cdr`) AS `most`'
        : 'SELECT MIN(`id`) AS `least`, MAX(`id`) AS `most` FROM `cdr` WHERE `start` >= ? AND `start` < ?',
      from === undefined && until === undefined
        ? []
        : [from ?? Number.MIN_SAFE_INTEGER, until ?? Number.MAX_SAFE_INTEGER],
    );
    const { fewRows } = this.#pace;
    const isFew = isIndexed(this.#query) && !(await this.#reader.isMoreThan(this.#sql, whole(this.#query), fewRows));
    if (!isFew) this.#hint = hints[this.#dialect][this.#isByStart ? 'start' : 'id'];
    return { least: ids?.least ?? 1, most: ids?.most ?? 0 };
  }
}

function whole(query: WalkQuery): CdrQuery {
  return { ...query, limit: 1 };
}

/** Whether an index may find its records without a look at all of them. */
function isIndexed(query: CdrFilter & Partial<Pick<CdrQuery, 'within'>>): boolean {
  if ((query.within ?? null) !== null) return true;
  if ([query.company, query.extension, query.linkedid].some((value) => value !== undefined)) return true;
  return (query.and ?? []).some(isIndexed);
}
