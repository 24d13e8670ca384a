// The items of a list and their number: by the store's own indexes where it understands all that is asked, else by a look at each call.
import type { Within } from '../../../cdr/query.ts';
import { ClientError } from '../../../errors.ts';
import type { HttpContext } from '../../context.ts';
import { Book } from './book.ts';
import type { Item } from './fields.ts';
import { compareKeys, holds, sortKeys } from './holds.ts';
import { narrowed } from './narrow.ts';
import type { Options } from './options.ts';
import { isFound } from './search.ts';
import { toItem } from './shape.ts';

export interface Found {
  /** After the filter, before paging. */
  count: number;
  items: Item[];
}

/** Read at once while each call is looked at. */
const pageRows = 100;
/** Filters whose count is remembered. */
const countsMax = 100;

export class Finder {
  readonly #context: HttpContext;
  /** Counts by wall and filter, each of a place of the change sequence: pages of one list count once while nothing happens. */
  readonly #counts = new Map<string, { head: number; count: number }>();

  constructor(context: HttpContext) {
    this.#context = context;
  }

  /** @throws ClientError 400 where there is too much to look through */
  async find(options: Options, within: Within): Promise<Found> {
    const { filter, isExact } = narrowed(options.filter);
    const [first, ...others] = options.order;
    const order = first?.field === 'started_at' && others.length === 0 ? (first.isFalling ? '-start' : 'start') : null;
    if (!isExact || options.search !== null || order === null) return this.#scan(options, within);
    const { store, dialects } = this.#context;
    // Of calls that its reader sees in part, each is looked at, here too.
    const most = dialects.portsip.scan_calls;
    const query = { ...filter, within, order } as const;
    const count = await this.#count(JSON.stringify([within, filter]), () => store.countCalls(filter, within, most));
    if (count === undefined) throw tooMany(most);
    if (options.skip >= count) return { count, items: [] };
    const after = options.skip === 0 ? null : await store.passCalls(query, options.skip, most);
    if (after === undefined) throw tooFar(options.skip, most);
    if (after === null && options.skip > 0) return { count, items: [] };
    const calls = await store.listCallsInFull({ ...query, limit: options.top, ...(after ? { after } : {}) });
    const book = await Book.read(store, within);
    return { count, items: calls.map((call) => toItem(call, book)) };
  }

  async #count(key: string, count: () => Promise<number | undefined>): Promise<number | undefined> {
    const head = await this.#context.store.head();
    const known = this.#counts.get(key);
    if (known?.head === head) return known.count;
    const found = await count();
    if (found === undefined) return undefined;
    const counted = { head, count: found };
    this.#counts.delete(key);
    this.#counts.set(key, counted);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > countsMax) this.#counts.delete(oldest!);
    return counted.count;
  }

  async #scan({ filter, search, order, skip, top }: Options, within: Within): Promise<Found> {
    const { store } = this.#context;
    const book = await Book.read(store, within);
    const found: { id: number; keys: ReturnType<typeof sortKeys> }[] = [];
    for await (const call of this.#candidates(filter, within)) {
      const item = toItem(call, book);
      if (filter !== null && !holds(filter, item)) continue;
      if (search !== null && !isFound(search, item)) continue;
      found.push({ id: call.id, keys: sortKeys(order, item) });
    }
    // What is equal stays in the order of the walk, newest first.
    found.sort((a, b) => compareKeys(order, a.keys, b.keys));
    const items: Item[] = [];
    for (const { id } of found.slice(skip, skip + top)) {
      // One that has gone meanwhile is left out.
      const call = await store.call(id, within);
      if (call) items.push(toItem(call, book));
    }
    return { count: found.length, items };
  }

  async *#candidates(filter: Options['filter'], within: Within) {
    const { store, dialects } = this.#context;
    const most = dialects.portsip.scan_calls;
    const query = { ...narrowed(filter).filter, within, order: '-start' as const, limit: pageRows };
    let looked = 0;
    for (let after: { start: number; id: number } | undefined; ;) {
      const page = await store.listCallsInFull({ ...query, ...(after ? { after } : {}) });
      looked += page.length;
      if (looked > most) throw tooMany(most);
      yield* page;
      const last = page.at(-1);
      if (page.length < pageRows || !last) return;
      after = last.place;
      // The database answers within this very turn of the loop: others are to have one in between.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function tooFar(skip: number, most: number): ClientError {
  const message =
    `found ${skip}, expected at most ${most} (dialects.portsip.scan_calls) where some of the calls are those of others, too: ` +
    "go on with a filter like started_at lt '2026-11-20T00:00:00Z'";
  return new ClientError(400, `skip: ${message}`, [{ field: 'skip', message }]);
}

function tooMany(most: number): ClientError {
  const message =
    `found more than ${most} calls to look through (dialects.portsip.scan_calls), ` +
    "expected a filter that leaves fewer, like started_at ge '2026-11-20T00:00:00Z'";
  return new ClientError(400, `filter: ${message}`, [{ field: 'filter', message }]);
}
