// Lists that somebody pages through by numbers. What came after its first page is no part of a list, and each page begins where the one
// before has ended: in a store that grows nothing is skipped and nothing comes twice.
import type { StartPlace } from '../../../store/callpages.ts';

export interface Listing {
  /** No call with a higher id is part of it. */
  upTo: number;
  /** The place of the change sequence at which it began. */
  head: number;
  /** After the filter, before paging. */
  count: number;
  /** Where its pages end, by how many items lie before. */
  ends: Map<number, StartPlace>;
  /** All of it in order, where no index has that order. */
  ids: readonly number[] | null;
}

/** How long one waits for its next page, in ms. */
const idleMs = 15 * 60_000;
const listingsMax = 100;
/** Ends of pages that one remembers. */
const endsMax = 2000;
/** Of all of them together: some megabytes. */
const idsMax = 1_000_000;

export class Listings {
  readonly #now: () => number;
  /** The last used at the end. */
  readonly #known = new Map<string, { listing: Listing; used: number }>();

  /** `now` in ms. */
  constructor(now = Date.now) {
    this.#now = now;
  }

  find(key: string): Listing | undefined {
    const known = this.#known.get(key);
    return known && this.#now() - known.used <= idleMs ? known.listing : undefined;
  }

  keep(key: string, listing: Listing): void {
    this.#known.delete(key);
    this.#known.set(key, { listing, used: this.#now() });
    let ids = [...this.#known.values()].reduce((sum, { listing: one }) => sum + (one.ids?.length ?? 0), 0);
    for (const [oldest, { listing: one }] of this.#known) {
      if (this.#known.size <= listingsMax && ids <= idsMax) return;
      ids -= one.ids?.length ?? 0;
      this.#known.delete(oldest);
    }
  }
}

/** A page of it ends here. */
export function rememberEnd({ ends }: Listing, passed: number, place: StartPlace): void {
  ends.set(passed, place);
  if (ends.size > endsMax) ends.delete(ends.keys().next().value!);
}
