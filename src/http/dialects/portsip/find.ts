// The items of a list and their number: by the store's own indexes where it understands all that is asked, else by a look at each call.
import type { Within } from '../../../cdr/query.ts';
import { ClientError } from '../../../errors.ts';
import type { HttpContext } from '../../context.ts';
import { Book } from './book.ts';
import type { Item } from './fields.ts';
import { compareKeys, holds, sortKeys } from './holds.ts';
import { Listings, rememberEnd, type Listing } from './listings.ts';
import { narrowed } from './narrow.ts';
import type { Options } from './options.ts';
import { isFound } from './search.ts';
import { toItem } from './shape.ts';

export interface Found {
  /** After the filter, before paging. */
  count: number;
  items: Item[];
}

/** Who asks: nobody pages in another's list. */
export interface Reader {
  owner: string;
  within: Within;
}

/** Read at once while each call is looked at. */
const pageRows = 100;

export class Finder {
  readonly #context: HttpContext;
  readonly #listings = new Listings();

  constructor(context: HttpContext) {
    this.#context = context;
  }

  /** @throws ClientError 400 where there is too much to look through */
  async find(options: Options, { owner, within }: Reader): Promise<Found> {
    const { filter, search, order, skip } = options;
    const key = JSON.stringify([owner, within, filter, search, order]);
    let listing = this.#listings.find(key);
    if (skip === 0 || !listing) {
      const edge = await this.#context.store.edge();
      // Whoever asks for the first page wants what is there now; where nothing has changed it is the same.
      if (listing?.head !== edge.head) listing = await this.#begin(options, within, edge);
    }
    this.#listings.keep(key, listing);
    const { count } = listing;
    return { count, items: skip >= count ? [] : await this.#page(listing, options, within) };
  }

  async #begin(options: Options, within: Within, { most: upTo, head }: { most: number; head: number }) {
    const base = { upTo, head, ends: new Map() };
    if (indexedOrder(options) === null) {
      const ids = await this.#sorted(options, within, upTo);
      return { ...base, count: ids.length, ids };
    }
    const { store, dialects } = this.#context;
    // Of calls that its reader sees in part, each is looked at, here too.
    const most = dialects.portsip.scan_calls;
    const count = await store.countCalls({ ...narrowed(options.filter).filter, within, upTo }, most);
    if (count === undefined) throw tooMany(most);
    return { ...base, count, ids: null };
  }

  async #page(listing: Listing, { filter, order, ...options }: Options, within: Within): Promise<Item[]> {
    const { store, dialects } = this.#context;
    const { skip, top } = options;
    const book = await Book.read(store, within);
    if (listing.ids) {
      const items: Item[] = [];
      for (const id of listing.ids.slice(skip, skip + top)) {
        // One that has gone meanwhile is left out.
        const call = await store.call(id, within);
        if (call) items.push(toItem(call, book));
      }
      return items;
    }
    const most = dialects.portsip.scan_calls;
    const way = indexedOrder({ filter, order, ...options })!;
    const query = { ...narrowed(filter).filter, within, upTo: listing.upTo, order: way };
    const after = skip === 0 ? null : (listing.ends.get(skip) ?? (await store.passCalls(query, skip, most)));
    if (after === undefined) throw tooFar(skip, most);
    if (after === null && skip > 0) return [];
    const calls = await store.listCallsInFull({ ...query, limit: top, ...(after ? { after } : {}) });
    const last = calls.at(-1);
    if (last) rememberEnd(listing, skip + calls.length, last.place);
    return calls.map((call) => toItem(call, book));
  }

  /** The ids of all calls that are asked for, in the order that is asked for. */
  async #sorted({ filter, search, order }: Options, within: Within, upTo: number): Promise<number[]> {
    const book = await Book.read(this.#context.store, within);
    const found: { id: number; keys: ReturnType<typeof sortKeys> }[] = [];
    for await (const call of this.#candidates(filter, within, upTo)) {
      const item = toItem(call, book);
      if (filter !== null && !holds(filter, item)) continue;
      if (search !== null && !isFound(search, item)) continue;
      found.push({ id: call.id, keys: sortKeys(order, item) });
    }
    // What is equal stays in the order of the walk, newest first.
    found.sort((a, b) => compareKeys(order, a.keys, b.keys));
    return found.map(({ id }) => id);
  }

  async *#candidates(filter: Options['filter'], within: Within, upTo: number) {
    const { store, dialects } = this.#context;
    const most = dialects.portsip.scan_calls;
    const query = { ...narrowed(filter).filter, within, upTo, order: '-start' as const, limit: pageRows };
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

/** The order by which an index finds all that is asked; null: each call must be looked at. */
function indexedOrder({ filter, search, order: [first, ...others] }: Options): 'start' | '-start' | null {
  if (!narrowed(filter).isExact || search !== null || first?.field !== 'started_at' || others.length > 0) return null;
  return first.isFalling ? '-start' : 'start';
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
