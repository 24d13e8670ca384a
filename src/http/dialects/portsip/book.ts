// What records do not say themselves: names of extensions and trunks, and what calls cost. Read once for an answer.
import type { StoredCdr } from '../../../cdr/cdr.ts';
import { moneyUnit, Rates } from '../../../cdr/price.ts';
import type { Within } from '../../../cdr/query.ts';
import type { Store } from '../../../store/store.ts';
import { extensionKey, wholeOf } from '../whole.ts';

export class Book {
  readonly #extensions: ReadonlyMap<string, string>;
  readonly #trunks: ReadonlyMap<string, string>;
  readonly #rates: Rates;

  private constructor(extensions: ReadonlyMap<string, string>, trunks: ReadonlyMap<string, string>, rates: Rates) {
    this.#extensions = extensions;
    this.#trunks = trunks;
    this.#rates = rates;
  }

  /** What is behind the wall; what a record costs is the same for all who see it. */
  static async read(store: Store, within: Within): Promise<Book> {
    const extensions = await wholeOf((after, limit) => store.extensions(within, after, limit));
    const trunks = await wholeOf((after, limit) => store.things('trunk', within, after, limit));
    return new Book(
      new Map(extensions.flatMap(({ company, number, name }) => (name ? [[extensionKey(company, number), name]] : []))),
      new Map(trunks.flatMap(({ peer, name }) => (name ? [[peerKey(peer), name]] : []))),
      new Rates(await store.rates(null)),
    );
  }

  /** '' for a number that is no extension with a name; `companies` whose it may be, the likeliest first. */
  nameOf(number: string, companies: readonly (string | null)[]): string {
    for (const company of [...companies, null]) {
      const name = this.#extensions.get(extensionKey(company, number));
      if (name !== undefined) return name;
    }
    return '';
  }

  /** As people call it, else the peer. */
  trunkNamed(peer: string): string {
    return this.#trunks.get(peerKey(peer)) ?? peer;
  }

  /** In the currency of the rates. */
  costOf(cdr: StoredCdr): number {
    return this.#rates.priceOf(cdr).cost / moneyUnit;
  }
}

/** `PJSIP/telco` and `telco` are one. */
function peerKey(peer: string): string {
  return peer.replace(/^[^/]*\//, '').toLowerCase();
}
