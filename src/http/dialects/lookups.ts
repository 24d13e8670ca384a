// What records do not say themselves and every vendor shows: whose extension a number is, and what a call costs. Read once for an answer.
import type { StoredCdr } from '../../cdr/cdr.ts';
import { Rates, type Price } from '../../cdr/price.ts';
import { companyKey, type Within } from '../../cdr/wall.ts';
import type { Extension } from '../../store/extensions.ts';
import type { Store } from '../../store/store.ts';
import { wholeOf } from './whole.ts';

export class Lookups {
  readonly #extensions: ReadonlyMap<string, Extension>;
  readonly #rates: Rates;

  private constructor(extensions: readonly Extension[], rates: Rates) {
    this.#extensions = new Map(extensions.map((one) => [extensionKey(one.company, one.number), one]));
    this.#rates = rates;
  }

  /** Extensions behind the wall; what a record costs is the same for all who see it. */
  static async read(store: Store, within: Within): Promise<Lookups> {
    const extensions = await wholeOf((after, limit) => store.extensions(within, after, limit));
    return new Lookups(extensions, new Rates(await store.rates(null)));
  }

  /** Of the companies whose it may be, the likeliest first; null among them: of none. */
  extensionOf(number: string | null, companies: readonly (string | null)[]): Extension | null {
    if (number === null) return null;
    for (const company of companies) {
      const found = this.#extensions.get(extensionKey(company, number));
      if (found) return found;
    }
    return null;
  }

  priceOf(cdr: StoredCdr): Price {
    return this.#rates.priceOf(cdr);
  }
}

function extensionKey(company: string | null, number: string): string {
  return `${company === null ? '' : companyKey(company)}\n${number}`;
}
