// Reads a table by its id column: pages upwards from a little below the highest id seen.
//
//   cursor − overlap_rows          cursor                        end of the table
//   ├── read again every poll ─────┤── new ──────────────────────┤
//   emitted when late or changed     emitted
import type { Knex } from 'knex';
import type { Batch } from '../../ingest/source.ts';
import type { Log } from '../../log.ts';
import { anchorsOf, isSameTable, standing, type Anchor } from './anchors.ts';
import type { TableConfig } from './config.ts';
import { birthOf, contentOf, familyOf, isNumbered, markOf, pastMarksOf, rawOf, type Birth } from './content.ts';
import type { Flavour } from './flavour.ts';
import { goneIn } from './gone.ts';
import { bound, idIn, max } from './ids.ts';
import type { TableReader, TableRow } from './reader.ts';

export interface IdCursor {
  by: 'id';
  column: string;
  /** The highest id handed over, in decimal. */
  id: string;
  /** Digest of that row's name: another row under this id means another table. */
  mark: string;
  /** How often the table was emptied or made anew: its ids then name other rows. Absent: 0. */
  epoch?: number;
  /** Rows to know the table by, the newest first. Absent: only `id` and `mark`. */
  anchors?: readonly Anchor[];
  /** The live walk of this epoch began here, in decimal; what is below belongs to the backfill. Absent: at the lowest. */
  from?: string;
  /** As in TimeCursor. */
  unfilled?: number | readonly number[];
}

interface Seen {
  id: bigint;
  row: TableRow;
  content: string;
  family: string | null;
}

type Known = Pick<Seen, 'content' | 'family'> & { birth: Birth };

/** The memory of one run: what of the overlap was handed over, and in which form. */
export class IdWalk {
  readonly #column: string;
  #flavour: Flavour;
  readonly #config: TableConfig;
  readonly #log: Log;
  #cursor: { id: bigint; mark: string } | null;
  #anchors: readonly Anchor[];
  #from: bigint | undefined;
  /** Ids of the overlap with the content handed over; at most overlap_rows and one page. */
  readonly #known = new Map<bigint, Known>();

  /** Where the last look began; deleting the newest rows does not bring it back to what is forgotten. */
  #lowest = 0n;
  #epoch: number;

  constructor(column: string, flavour: Flavour, config: TableConfig, cursor: IdCursor | null, log: Log) {
    this.#column = column;
    this.#flavour = flavour;
    this.#config = config;
    this.#log = log;
    const own = cursor && cursor.column === column ? cursor : null;
    this.#cursor = own && { id: BigInt(own.id), mark: own.mark };
    this.#anchors = own ? (own.anchors ?? [[own.id, own.mark]]) : [];
    this.#from = own?.from === undefined ? undefined : BigInt(own.from);
    this.#epoch = cursor?.epoch ?? 0;
  }

  /** One look at the table. A batch counts as handed over when the next one is asked for. */
  async *poll(reader: TableReader): AsyncGenerator<Batch> {
    if (this.#cursor !== null && !(await this.#isSame(reader))) {
      this.#log.warn(
        { id: String(this.#cursor.id), minId: this.#config.min_id },
        'the table was emptied or made anew (the rows seen last are not there under their ids), reading it again',
      );
      this.startAgain();
    }
    if (this.#cursor === null) await this.#begin(reader);
    yield* this.#pages(reader);
  }

  /** The table has the same id and time column, and others may have another width or type by now. */
  lookThrough(flavour: Flavour): void {
    this.#flavour = flavour;
  }

  /** A table that is not the one seen before. */
  startAgain(): void {
    this.#cursor = null;
    this.#anchors = [];
    this.#from = undefined;
    this.#known.clear();
    this.#lowest = 0n;
    this.#epoch += 1;
  }

  /** What a look asks for, to be explained by the database; undefined before the first row. */
  sample(): ((query: Knex.QueryBuilder) => Knex.QueryBuilder) | undefined {
    return this.#cursor === null ? undefined : (query) => this.#above(query, this.#lowest - 1n);
  }

  async #isSame(reader: TableReader): Promise<boolean> {
    const ids = this.#anchors.map(([id]) => bound(BigInt(id)));
    const rows = await reader.select((query) => query.whereIn(this.#column, ids).limit(ids.length));
    return isSameTable(
      this.#anchors,
      standing(rows, this.#column, (row) => pastMarksOf(row, this.#flavour.timeColumn)),
    );
  }

  /** A large table is read from near its end, so that calls of now are not behind years of history. */
  async #begin(reader: TableReader): Promise<void> {
    const { min_id, overlap_rows, backfill } = this.#config;
    const newest = (skipped: number) => (query: Knex.QueryBuilder) =>
      query.where(this.#column, '>=', min_id).orderBy(this.#column, 'desc').offset(skipped).limit(1);
    const [edge] = await reader.select(newest(backfill.above_rows));
    this.#from = undefined;
    if (edge === undefined) return;
    const [last] = await reader.select(newest(0));
    if (last === undefined) return;
    this.#from = max(idIn(last, this.#column) - BigInt(overlap_rows), BigInt(min_id));
    this.#lowest = this.#from;
    this.#log.info(
      { from: String(this.#from) },
      `the table has more than ${backfill.above_rows} rows: new ones are read first, the backfill brings the others`,
    );
  }

  async *#pages(reader: TableReader): AsyncGenerator<Batch> {
    const old = this.#cursor;
    const overlap = (old?.id ?? 0n) - BigInt(this.#config.overlap_rows);
    this.#lowest = max(max(BigInt(this.#config.min_id), overlap), this.#lowest);
    let after = this.#lowest - 1n;
    let highest: Seen | undefined;
    for (;;) {
      const from = after;
      const rows = await reader.select((query) => this.#above(query, from));
      const page = rows.map((row) => this.#see(row));
      highest = page.at(-1) ?? highest;
      yield* this.#handOver(reader, page);
      const isEnd = page.length < this.#config.max_rows || highest === undefined;
      // The newest rows were deleted.
      if (isEnd && old !== null && highest !== undefined && highest.id < old.id) this.#moveBack(highest);
      if (isEnd || highest === undefined) return;
      after = highest.id;
    }
  }

  #above(query: Knex.QueryBuilder, id: bigint): Knex.QueryBuilder {
    return query.where(this.#column, '>', bound(id)).orderBy(this.#column).limit(this.#config.max_rows);
  }

  async *#handOver(reader: TableReader, page: Seen[]): AsyncGenerator<Batch> {
    const fresh = page.filter((seen) => !this.#isKnown(seen));
    const last = page.at(-1);
    if (fresh.length === 0 || last === undefined) return;
    const cursor = this.#cursor !== null && last.id <= this.#cursor.id ? this.#cursor : this.#cursorAt(last);
    const rows = [...(await this.#families(reader, page, fresh)), ...fresh].sort((a, b) => (a.id < b.id ? -1 : 1));
    const news = fresh.map((seen) => [seen.id, this.#knownAs(seen)] as const);
    const known = new Map([...this.#known, ...news]);
    const anchors = anchorsOf(known, cursor.id);
    const text: IdCursor = {
      by: 'id',
      column: this.#column,
      id: String(cursor.id),
      mark: cursor.mark,
      epoch: this.#epoch,
      anchors,
      ...(this.#from === undefined ? {} : { from: String(this.#from) }),
      ...(this.#flavour.unfilled.length === 0 ? {} : { unfilled: this.#flavour.unfilled }),
    };
    const raws = rows.map(({ row }) => rawOf(row, this.#flavour, this.#epoch));
    yield { rows: raws, cursor: JSON.stringify(text), ...goneIn(reader, this.#flavour) };
    this.#cursor = cursor;
    this.#anchors = anchors;
    for (const [id, one] of news) this.#known.set(id, one);
    const lowest = cursor.id - BigInt(this.#config.overlap_rows);
    for (const id of this.#known.keys()) if (id < lowest) this.#known.delete(id);
  }

  /** Known rows that must stand beside fresh ones in the batch: see familyOf. */
  async #families(reader: TableReader, page: Seen[], fresh: Seen[]): Promise<Seen[]> {
    const wanted = new Set(fresh.map(({ family }) => family).filter((family) => family !== null));
    if (wanted.size === 0) return [];
    const isWanted = ({ family }: { family: string | null }): boolean => family !== null && wanted.has(family);
    const here = page.filter((seen) => isWanted(seen) && !fresh.includes(seen));
    const inPage = new Set(page.map(({ id }) => id));
    const ids = [...this.#known].filter(([id, known]) => isWanted(known) && !inPage.has(id)).map(([id]) => id);
    const { max_rows } = this.#config;
    for (let from = 0; from < ids.length; from += max_rows) {
      const some = ids.slice(from, from + max_rows).map(bound);
      const rows = await reader.select((query) => query.whereIn(this.#column, some).limit(max_rows));
      here.push(...rows.map((row) => this.#see(row)));
    }
    return here;
  }

  #moveBack(highest: Seen): void {
    this.#cursor = this.#cursorAt(highest);
    const anchors = anchorsOf(this.#known, highest.id);
    this.#anchors = anchors.length > 0 ? anchors : [[String(highest.id), this.#cursor.mark]];
  }

  #see(row: TableRow): Seen {
    return {
      id: idIn(row, this.#column),
      row,
      content: contentOf(row),
      // A row with an id is taken for no other one: those that have a sequence need no company.
      family: isNumbered(row) ? null : familyOf(row, this.#flavour.timeColumn),
    };
  }

  #knownAs({ content, family, row }: Seen): Known {
    return { content, family, birth: birthOf(row, this.#flavour.timeColumn) };
  }

  #isKnown({ id, content }: Seen): boolean {
    return this.#known.get(id)?.content === content;
  }

  #cursorAt({ id, row }: Seen): { id: bigint; mark: string } {
    return { id, mark: markOf(row, this.#flavour.timeColumn) };
  }
}
