// What records do not say themselves: names of extensions and trunks, and what calls cost. Read once for an answer.
import type { StoredCdr } from '../../../cdr/cdr.ts';
import { moneyUnit, Rates } from '../../../cdr/price.ts';
import { companyKey, type Within } from '../../../cdr/query.ts';
import type { Store } from '../../../store/store.ts';

const pageRows = 10_000;

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
    const extensions = await all((after) => store.extensions(within, after, pageRows));
    const trunks = await all((after) => store.things('trunk', within, after, pageRows));
    return new Book(
      new Map(extensions.flatMap(({ company, number, name }) => (name ? [[keyOf(company, number), name]] : []))),
      new Map(trunks.flatMap(({ peer, name }) => (name ? [[peerKey(peer), name]] : []))),
      new Rates(await store.rates(null)),
    );
  }

  /** '' for a number that is no extension with a name; `companies` whose it may be, the likeliest first. */
  nameOf(number: string, companies: readonly (string | null)[]): string {
    for (const company of [...companies, null]) {
      const name = this.#extensions.get(keyOf(company, number));
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

async function all<T extends { id: number }>(page: (after: number) => Promise<T[]>): Promise<T[]> {
  const found: T[] = [];
  for (;;) {
    const more = await page(found.at(-1)?.id ?? 0);
    found.push(...more);
    if (more.length < pageRows) return found;
  }
}

function keyOf(company: string | null, number: string): string {
  return `${company === null ? '' : companyKey(company)}\n${number}`;
}

/** `PJSIP/telco` and `telco` are one. */
function peerKey(peer: string): string {
  return peer.replace(/^[^/]*\//, '').toLowerCase();
}
