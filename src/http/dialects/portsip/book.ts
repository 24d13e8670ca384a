// What records do not say themselves: names of extensions and trunks, and what calls cost. Read once for an answer.
import type { StoredCdr } from '../../../cdr/cdr.ts';
import { moneyUnit } from '../../../cdr/price.ts';
import type { Within } from '../../../cdr/query.ts';
import type { Store } from '../../../store/store.ts';
import { Lookups } from '../lookups.ts';
import { wholeOf } from '../whole.ts';

export class Book {
  readonly #lookups: Lookups;
  readonly #trunks: ReadonlyMap<string, string>;

  private constructor(lookups: Lookups, trunks: ReadonlyMap<string, string>) {
    this.#lookups = lookups;
    this.#trunks = trunks;
  }

  /** What is behind the wall. */
  static async read(store: Store, within: Within): Promise<Book> {
    const trunks = await wholeOf((after, limit) => store.things('trunk', within, after, limit));
    const named = trunks.flatMap(({ peer, name }): [string, string][] => (name ? [[peerKey(peer), name]] : []));
    return new Book(await Lookups.read(store, within), new Map(named));
  }

  /** '' for a number that is no extension with a name; `companies` whose it may be, the likeliest first. */
  nameOf(number: string, companies: readonly (string | null)[]): string {
    for (const company of [...companies, null]) {
      const name = this.#lookups.extensionOf(number, [company])?.name;
      if (name) return name;
    }
    return '';
  }

  /** As people call it, else the peer. */
  trunkNamed(peer: string): string {
    return this.#trunks.get(peerKey(peer)) ?? peer;
  }

  /** In the currency of the rates. */
  costOf(cdr: StoredCdr): number {
    return this.#lookups.priceOf(cdr).cost / moneyUnit;
  }
}

/** `PJSIP/telco` and `telco` are one. */
function peerKey(peer: string): string {
  return peer.replace(/^[^/]*\//, '').toLowerCase();
}
