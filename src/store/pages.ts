// Lists of records, page by page by keyset. Each statement looks at a bounded stretch of an index, with a turn of the loop between two:
// a filter that finds little in a large store takes time, and holds nobody up.
import type { StoredCdr } from '../cdr/cdr.ts';
import type { CdrQuery, Place } from '../cdr/query.ts';
import { beyond, upTo, type Reader } from './read.ts';
import { selectColumns, type Row } from './row.ts';
import { chunks, placeholders, type Database, type Sql, type Value } from './sql.ts';
import { Searches, type Piece } from './searches.ts';
import { rangeOf, waysOf, type Branch } from './ways.ts';
import { whereOf, type Dictionaries, type Where } from './where.ts';

/** How a page is looked for. */
export interface Steps {
  /** Entries of an index that the first statement looks at; so few are gathered at once, too. */
  entries: number;
  /** Entries that are put in order at first; each further time sixteen times as many. */
  sorted: number;
  /** So much of a search is done at once, without a turn. */
  hereMs: number;
  /** Further ones look at as many as take so long. */
  sliceMs: number;
}

export const usualSteps: Steps = { entries: 2000, sorted: 4096, hereMs: 4, sliceMs: 10 };
/** Entries that may be brought at once: some 6 ms of the loop. */
const sortedMax = 16_000;

/** Where a record stands in any order. */
type Standing = Pick<StoredCdr, 'id' | 'start'>;

export class Pages {
  readonly #database: Database;
  readonly #rooms: Dictionaries & { read: Reader };
  readonly #searches: Searches;
  readonly #steps: Steps;

  constructor(
    database: Database,
    rooms: Dictionaries & { read: Reader },
    searches = new Searches(database),
    steps = usualSteps,
  ) {
    this.#database = database;
    this.#rooms = rooms;
    this.#searches = searches;
    this.#steps = steps;
  }

  /** Records in the order that is asked for; of those before a place, those nearest to it. @throws ClientError 429, see searches.ts */
  async list(query: CdrQuery): Promise<StoredCdr[]> {
    await this.#database.read((sql) => this.#rooms.read.learn(sql, query.within, query));
    return this.#searches.run(this.#steps.hereMs, (piece) => this.#find(query, piece));
  }

  async #find(query: CdrQuery, piece: Piece): Promise<StoredCdr[]> {
    const page = new Page(query);
    const { read } = this.#rooms;
    const { ordered, gathered, isExact } = waysOf(query, this.#rooms, this.#database.dialect);
    const where = whereOf(query, this.#rooms);
    const take = async (sql: Sql, rows: Promise<Row[]>) => page.add(await read.toCdrs(sql, await rows, query.raw));
    const isFew =
      !ordered ||
      (gathered !== null && (await this.#database.read((sql) => page.isFew(sql, gathered, this.#steps.entries))));
    if (ordered && !isFew) {
      let { entries } = this.#steps;
      for (let isFirst = true; isFirst || !gathered; isFirst = false) {
        const { tookMs } = await piece(async (sql) => {
          const end = isExact ? null : await page.endOfStretch(sql, ordered, entries);
          await take(sql, page.along(sql, ordered, where, end));
          page.goTo(end);
        });
        if (page.isDone) return page.records;
        entries = Math.ceil(entries * Math.min(4, Math.max(0.1, this.#steps.sliceMs / tookMs)));
      }
    }
    for (let most = Math.max(query.limit * 2, this.#steps.sorted); ; most = Math.min(most * 16, sortedMax)) {
      // All entries of the branches are looked at, however few of them are put in order.
      const { result: ids } = await piece((sql) => page.nextOf(sql, gathered!, most), !isFew);
      for (const some of chunks([...new Set(ids.map(({ id }) => id))])) {
        if (page.isFull) break;
        await piece((sql) => take(sql, page.among(sql, some, where)));
      }
      page.goTo(ids.length < most ? null : page.placeOf(ids.at(-1)!));
      if (page.isDone) return page.records;
    }
  }
}

class Page {
  #place: Place | undefined;
  #isAtEnd = false;
  readonly #limit: number;
  readonly #byStart: boolean;
  readonly #isRising: boolean;
  readonly #isBackwards: boolean;
  readonly #order: string;
  readonly #range: ReturnType<typeof rangeOf>;
  #found: StoredCdr[] = [];

  constructor(query: CdrQuery) {
    const { order = 'id', after, before, limit } = query;
    this.#range = rangeOf(query);
    this.#limit = limit;
    this.#byStart = order.endsWith('start');
    // What comes before a place is read backwards from it and turned round.
    this.#isBackwards = before !== undefined;
    this.#isRising = order.startsWith('-') === this.#isBackwards;
    this.#place = this.#isBackwards ? before : after;
    const way = this.#isRising ? 'ASC' : 'DESC';
    this.#order = `${this.#byStart ? `\`start\` ${way}, ` : ''}\`id\` ${way}`;
  }

  /** From there on; null: there is no more. */
  goTo(place: Place | null): void {
    if (place === null) this.#isAtEnd = true;
    else this.#place = place;
  }

  get isDone(): boolean {
    return this.isFull || this.#isAtEnd;
  }

  get isFull(): boolean {
    return this.#found.length >= this.#limit;
  }

  get records(): StoredCdr[] {
    const records = this.#found.slice(0, this.#limit);
    return this.#isBackwards ? records.reverse() : records;
  }

  placeOf({ start, id }: Standing): Place {
    return this.#byStart ? { start, id } : id;
  }

  /** Records of one stretch, all of which come after those before. */
  add(records: StoredCdr[]): void {
    // Rows of several branches, or by their ids, come in no order.
    this.#found.push(...records.sort((a, b) => this.#compare(a, b)));
  }

  /** The place up to which one statement should look; null where so many entries are not left. */
  async endOfStretch(sql: Sql, branches: readonly Branch[], entries: number): Promise<Place | null> {
    const after = this.#after();
    const ends: Standing[] = [];
    for (const branch of branches) {
      const [end] = await sql.all<Standing>(
        `SELECT \`id\`, \`start\` FROM \`cdr\`${branch.hint} WHERE 1 = 1${after.sql}${and(branch)} ` +
          `ORDER BY ${this.#order} LIMIT 1 OFFSET ?`,
        [...after.values, ...branch.values, entries - 1],
      );
      if (end) ends.push(end);
    }
    const nearest = ends.sort((a, b) => this.#compare(a, b))[0];
    return nearest ? this.placeOf(nearest) : null;
  }

  /** Rows of the stretch from the place to `end`, at most as many as the page still needs. */
  along(sql: Sql, branches: readonly Branch[], where: Where, end: Place | null): Promise<Row[]> {
    const after = this.#after();
    const until = end === null ? { sql: '', values: [] } : upTo(end, this.#isRising);
    const left = this.#limit - this.#found.length;
    const conditions = (branch: Branch) =>
      `WHERE 1 = 1${after.sql}${until.sql}${and(branch)}${where.sql} ORDER BY ${this.#order} LIMIT ?`;
    const values = (branch: Branch): Value[] => [
      ...after.values,
      ...until.values,
      ...branch.values,
      ...where.values,
      left,
    ];
    const [only, ...others] = branches as [Branch, ...Branch[]];
    if (others.length === 0) {
      return sql.all<Row>(`SELECT ${selectColumns} FROM \`cdr\`${only.hint} ${conditions(only)}`, values(only));
    }
    // Each branch has its page; only the nearest of them all are read whole.
    const pages = branches.map(
      (branch) =>
        `SELECT * FROM (SELECT \`id\`, \`start\` FROM \`cdr\`${branch.hint} ${conditions(branch)}) AS \`page\``,
    );
    return sql.all<Row>(
      `SELECT ${selectColumns} FROM (${pages.join(' UNION ')} ORDER BY ${this.#order} LIMIT ?) AS \`nearest\` ` +
        'CROSS JOIN `cdr` ON `cdr`.`id` = `nearest`.`id`',
      [...branches.flatMap(values), left],
    );
  }

  /** Whether the branches have fewer entries than these. */
  async isFew(sql: Sql, branches: readonly Branch[], entries: number): Promise<boolean> {
    for (const branch of branches) {
      const more = await sql.all(
        `SELECT \`id\` FROM \`cdr\`${branch.hint} WHERE 1 = 1${and(branch)} LIMIT 1 OFFSET ?`,
        [...branch.values, entries - 1],
      );
      if (more.length > 0) return false;
    }
    return true;
  }

  /** The next entries of all branches, of which no more than ids and starts are read; one that is in two of them comes twice. */
  nextOf(sql: Sql, branches: readonly Branch[], most: number): Promise<Standing[]> {
    const after = this.#after();
    const way = this.#isRising ? 'ASC' : 'DESC';
    const parts = branches.map((branch) => {
      const entries = `SELECT \`id\`, \`start\` FROM \`cdr\`${branch.hint} WHERE 1 = 1${after.sql}${and(branch)}`;
      // Without its limit SQLite leaves the inner order out.
      return branch.isByStart ? `SELECT * FROM (${entries} ORDER BY \`start\` ${way} LIMIT -1)` : entries;
    });
    return sql.all<Standing>(`${parts.join(' UNION ALL ')} ORDER BY ${this.#order} LIMIT ?`, [
      ...branches.flatMap(({ values }) => [...after.values, ...values]),
      most,
    ]);
  }

  among(sql: Sql, ids: readonly number[], where: Where): Promise<Row[]> {
    return sql.all<Row>(
      `SELECT ${selectColumns} FROM \`cdr\` WHERE \`id\` IN ${placeholders(1, ids.length)}${where.sql}`,
      [...ids, ...where.values],
    );
  }

  /** Stands before all other conditions: of two bounds of a column, SQLite enters the index by the first. */
  #after(): Where {
    const place = this.#place;
    return place === undefined || this.#isOutside(place)
      ? { sql: '', values: [] }
      : beyond(place, this.#byStart, this.#isRising);
  }

  /** Whether all that is in the range of the query comes after the place. */
  #isOutside(place: Place): boolean {
    if (typeof place === 'number') return false;
    const { from, until } = this.#range;
    return this.#isRising ? from !== undefined && place.start < from : until !== undefined && place.start >= until;
  }

  #compare(a: Standing, b: Standing): number {
    const way = this.#isRising ? 1 : -1;
    return way * (this.#byStart && a.start !== b.start ? a.start - b.start : a.id - b.id);
  }
}

function and({ sql }: Where): string {
  return sql === '' ? '' : ` AND ${sql}`;
}
