// Reads a table by its id column: pages upwards from a little below the highest id seen.
//
//   cursor − overlap_rows          cursor                        end of the table
//   ├── read again every poll ─────┤── new ──────────────────────┤
//   emitted when late or changed     emitted
import { Unavailable } from '../../errors.ts';
import type { Batch } from '../../ingest/source.ts';
import type { Log } from '../../log.ts';
import type { TableConfig } from './config.ts';
import { contentOf, familyOf, markOf } from './content.ts';
import type { Flavour } from './flavour.ts';
import type { TableReader, TableRow } from './reader.ts';

export interface IdCursor {
  by: 'id';
  column: string;
  /** The highest id handed over, in decimal. */
  id: string;
  /** Digest of that row's birth: another row under this id means another table. */
  mark: string;
  /** How often the table was emptied or made anew: its ids then name other rows. Absent: 0. */
  epoch?: number;
}

interface Seen {
  id: bigint;
  row: TableRow;
  content: string;
  family: string | null;
}

/** The memory of one run: what of the overlap was handed over, and in which form. */
export class IdWalk {
  readonly #column: string;
  readonly #flavour: Flavour;
  readonly #config: TableConfig;
  readonly #log: Log;
  #cursor: { id: bigint; mark: string } | null;
  /** Ids of the overlap with the content handed over; at most overlap_rows and one page. */
  readonly #known = new Map<bigint, { content: string; family: string | null }>();

  /** Where the last look began; deleting the newest rows does not bring it back to what is forgotten. */
  #lowest = 0n;
  #epoch: number;

  constructor(column: string, flavour: Flavour, config: TableConfig, cursor: IdCursor | null, log: Log) {
    this.#column = column;
    this.#flavour = flavour;
    this.#config = config;
    this.#log = log;
    this.#cursor = cursor && cursor.column === column ? { id: BigInt(cursor.id), mark: cursor.mark } : null;
    this.#epoch = cursor?.epoch ?? 0;
  }

  /** One look at the table. A batch counts as handed over when the next one is asked for. */
  async *poll(reader: TableReader): AsyncGenerator<Batch> {
    const old = this.#cursor;
    const isSame = yield* this.#pages(reader);
    if (isSame || old === null) return;
    this.#log.warn(
      { id: String(old.id), minId: this.#config.min_id },
      'the table was emptied or made anew (its ids no longer reach or match those seen), reading it again from the lowest id',
    );
    this.startAgain();
    yield* this.#pages(reader);
  }

  /** From the lowest id, of a table that is not the one seen before. */
  startAgain(): void {
    this.#cursor = null;
    this.#known.clear();
    this.#lowest = 0n;
    this.#epoch += 1;
  }

  /** False as soon as this is plainly not the table that the cursor speaks of. */
  async *#pages(reader: TableReader): AsyncGenerator<Batch, boolean> {
    const old = this.#cursor;
    const overlap = (old?.id ?? 0n) - BigInt(this.#config.overlap_rows);
    this.#lowest = max(max(BigInt(this.#config.min_id), overlap), this.#lowest);
    let after = this.#lowest - 1n;
    let highest: Seen | undefined;
    let isKnown = false;
    for (;;) {
      const from = after;
      const rows = await reader.select((query) =>
        query.where(this.#column, '>', bound(from)).orderBy(this.#column).limit(this.#config.max_rows),
      );
      const page = rows.map((row) => this.#see(row));
      if (page.some(({ id, row }) => id === old?.id && markOf(row, this.#flavour.timeColumn) !== old.mark))
        return false;
      isKnown ||= page.some((seen) => this.#isKnown(seen));
      highest = page.at(-1) ?? highest;
      const isEnd = page.length < this.#config.max_rows || highest === undefined;
      // The newest rows are gone. With a known row still there they were deleted; without one the table was emptied.
      const isShort = isEnd && old !== null && (highest?.id ?? -1n) < old.id;
      if (isShort && !isKnown) return false;
      yield* this.#handOver(reader, page);
      if (isShort && highest !== undefined) this.#cursor = this.#cursorAt(highest);
      if (isEnd || highest === undefined) return true;
      after = highest.id;
    }
  }

  async *#handOver(reader: TableReader, page: Seen[]): AsyncGenerator<Batch> {
    const fresh = page.filter((seen) => !this.#isKnown(seen));
    const last = page.at(-1);
    if (fresh.length === 0 || last === undefined) return;
    const cursor = this.#cursor !== null && last.id <= this.#cursor.id ? this.#cursor : this.#cursorAt(last);
    const rows = [...(await this.#families(reader, page, fresh)), ...fresh].sort((a, b) => (a.id < b.id ? -1 : 1));
    const text: IdCursor = {
      by: 'id',
      column: this.#column,
      id: String(cursor.id),
      mark: cursor.mark,
      epoch: this.#epoch,
    };
    yield {
      rows: rows.map(({ row, id }) => ({
        kind: 'table',
        timezone: this.#flavour.timezone,
        fields: row,
        mark: { key: `${this.#epoch}:${id}` },
      })),
      cursor: JSON.stringify(text),
    };
    this.#cursor = cursor;
    for (const { id, content, family } of fresh) this.#known.set(id, { content, family });
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

  #see(row: TableRow): Seen {
    return {
      id: idIn(row, this.#column),
      row,
      content: contentOf(row),
      family: familyOf(row, this.#flavour.timeColumn),
    };
  }

  #isKnown({ id, content }: Seen): boolean {
    return this.#known.get(id)?.content === content;
  }

  #cursorAt({ id, row }: Seen): { id: bigint; mark: string } {
    return { id, mark: markOf(row, this.#flavour.timeColumn) };
  }
}

/** SQLite keeps a text or a fraction in an integer column if it is told to. */
function idIn(row: TableRow, column: string): bigint {
  const cell = row[column];
  if (/^-?\d+$/.test(String(cell))) return BigInt(cell!);
  throw new Unavailable(`${column}: ${JSON.stringify(cell)} is not a whole number, it cannot be the id column`);
}

/** As text where a double is too small: both databases compare it as a number. knex cannot tell errors with a bigint. */
function bound(id: bigint): number | string {
  const number = Number(id);
  return Number.isSafeInteger(number) ? number : String(id);
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
