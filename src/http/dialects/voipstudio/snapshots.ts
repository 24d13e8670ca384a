// Pages by number, without a hole or a double: the first page of a list takes a snapshot (no record with a higher id is part of it, its total
// is counted once), and each page begins where the one before has ended. What is hidden meanwhile is missing, and moves nothing.
import { setImmediate } from 'node:timers/promises';
import type { StoredCdr } from '../../../cdr/cdr.ts';
import type { CdrQuery, Order, Place } from '../../../cdr/query.ts';
import type { Store } from '../../../store/store.ts';
import type { CountQuery } from '../../../store/numbered.ts';
import { Counts } from './counts.ts';
import { fault } from './fault.ts';
import type { Wish } from './wish.ts';

type Listing = Pick<Store, 'list' | 'count' | 'changedIds' | 'idsBetween' | 'edge' | 'placeAhead'>;
type Shape = (cdrs: readonly StoredCdr[]) => Promise<Record<string, unknown>[]>;

/** Lists that somebody pages through; and how long one waits for its next page, in ms. */
const snapshotsMax = 500;
const idleMs = 15 * 60_000;
/** Ends of pages that a snapshot remembers. */
const endsMax = 2000;
/** Records read at once, and stepped over at once. */
const rowsAtOnce = 500;
const stepsAtOnce = 10_000;
/** Most records that are sorted by what is no column of an index. */
export const sortMax = 50_000;

interface Snapshot {
  most: number;
  head: number;
  total: number;
  used: number;
  /** Where a page ends, by its number. */
  ends: Map<number, Place>;
  /** Sorted, where no index has the order. */
  ids: readonly number[] | null;
}

export interface Page {
  rows: Record<string, unknown>[];
  total: number;
}

const ordersOf: Readonly<Record<string, [rising: Order, falling: Order]>> = {
  id: ['id', '-id'],
  call_id: ['id', '-id'],
  calldate: ['start', '-start'],
};

export class Snapshots {
  readonly #store: Listing;
  readonly #counts: Counts;
  readonly #now: () => number;
  readonly #known = new Map<string, Snapshot>();

  /** `now` in ms. */
  constructor(store: Listing, now = Date.now, counts = new Counts(store)) {
    this.#store = store;
    this.#counts = counts;
    this.#now = now;
  }

  /** `owner` says whose list it is: nobody pages in another's. @throws ClientError 400 when there are too many to sort */
  async page(owner: string, query: CountQuery, wish: Wish, shape: Shape): Promise<Page> {
    const { page, limit, sort, isFalling } = wish;
    const order = ordersOf[sort]?.[isFalling ? 1 : 0];
    const snapshot = await this.#snapshot(owner, query, wish, order === undefined ? shape : null);
    const { total, most } = snapshot;
    if ((page - 1) * limit >= total) return { rows: [], total };
    const own = bounded(query, most);
    if (snapshot.ids)
      return { rows: await this.#byIds(own, snapshot.ids.slice((page - 1) * limit, page * limit), shape), total };
    const rows: Record<string, unknown>[] = [];
    let after = await this.#startOf(snapshot, { ...own, order: order! }, page, limit);
    if (after === null) return { rows, total };
    while (rows.length < limit) {
      const most = Math.min(rowsAtOnce, limit - rows.length);
      const cdrs = await this.#store.list({
        ...own,
        order: order!,
        limit: most,
        ...(after === undefined ? {} : { after }),
      });
      rows.push(...(await shape(cdrs)));
      const last = cdrs.at(-1);
      if (last) after = order!.endsWith('start') ? { start: last.start, id: last.id } : last.id;
      if (cdrs.length < most) break;
      await setImmediate();
    }
    if (after !== undefined) remember(snapshot.ends, page, after, endsMax);
    return { rows, total };
  }

  async #snapshot(
    owner: string,
    query: CountQuery,
    { page, limit, sort, isFalling }: Wish,
    shape: Shape | null,
  ): Promise<Snapshot> {
    const key = JSON.stringify([owner, limit, sort, isFalling, query]);
    const now = this.#now();
    let snapshot = this.#known.get(key);
    if (snapshot && now - snapshot.used > idleMs) snapshot = undefined;
    if (page === 1 || !snapshot) {
      const edge = await this.#store.edge();
      // Whoever asks for the first page wants what is there now; where nothing has changed it is the same.
      if (snapshot?.head !== edge.head) {
        const total = await this.#counts.upTo(query, edge);
        const ids = shape && (await this.#sorted(bounded(query, edge.most), total, { sort, isFalling }, shape));
        snapshot = { ...edge, total, used: now, ends: new Map(), ids };
      }
    }
    snapshot.used = now;
    this.#known.delete(key);
    remember(this.#known, key, snapshot, snapshotsMax);
    return snapshot;
  }

  /** Where a page begins: undefined at the very beginning, null beyond the end. */
  async #startOf(
    snapshot: Snapshot,
    query: Omit<CdrQuery, 'limit'>,
    page: number,
    limit: number,
  ): Promise<Place | undefined | null> {
    let from = page - 1;
    while (from > 0 && !snapshot.ends.has(from)) from -= 1;
    let after = snapshot.ends.get(from);
    for (let steps = (page - 1 - from) * limit; steps > 0;) {
      const some = Math.min(steps, stepsAtOnce);
      const next = await this.#store.placeAhead({ ...query, ...(after === undefined ? {} : { after }) }, some);
      if (next === undefined) return null;
      after = next;
      steps -= some;
      await setImmediate();
    }
    return after;
  }

  /** @throws ClientError 400 */
  async #sorted(
    query: CountQuery,
    total: number,
    { sort, isFalling }: Pick<Wish, 'sort' | 'isFalling'>,
    shape: Shape,
  ): Promise<number[]> {
    if (total > sortMax) {
      const ways = `sort by ${Object.keys(ordersOf).join(', ')}, or filter more closely`;
      throw fault('sort', `${total} records are more than the ${sortMax} that are sorted by ${sort}: ${ways}`);
    }
    const keys: { id: number; key: unknown }[] = [];
    for (let after = 0; ;) {
      const cdrs = await this.#store.list({ ...query, after, limit: rowsAtOnce });
      const rows = await shape(cdrs);
      keys.push(...rows.map((row) => ({ id: row['id'] as number, key: row[sort] })));
      if (cdrs.length < rowsAtOnce) break;
      after = cdrs.at(-1)!.id;
      await setImmediate();
    }
    keys.sort((a, b) => compare(a.key, b.key) || a.id - b.id);
    return (isFalling ? keys.reverse() : keys).map(({ id }) => id);
  }

  /** Those of the ids that the reader may still see, in their order. */
  async #byIds({ within }: CountQuery, ids: readonly number[], shape: Shape): Promise<Record<string, unknown>[]> {
    const rows: Record<string, unknown>[] = [];
    for (let from = 0; from < ids.length; from += rowsAtOnce) {
      const some = ids.slice(from, from + rowsAtOnce);
      const cdrs = await this.#store.list({
        within,
        columns: { column: 'id', is: 'in', value: some },
        limit: rowsAtOnce,
      });
      const byId = new Map(cdrs.map((cdr) => [cdr.id, cdr]));
      rows.push(...(await shape(some.flatMap((id) => byId.get(id) ?? []))));
      await setImmediate();
    }
    return rows;
  }
}

function bounded(query: CountQuery, most: number): CountQuery {
  const bound = { column: 'id', is: '<=', value: most } as const;
  return { ...query, columns: query.columns ? { all: [query.columns, bound] } : bound };
}

/** What is unknown comes before all else. */
export function compare(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return (a as string) < (b as string) ? -1 : 1;
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, most: number): void {
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value!);
}
