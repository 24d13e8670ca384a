// Tenants and extensions by what records say of them, and the rates: read once for an answer, then asked for each of its records.
import type { StoredCdr } from '../../../cdr/cdr.ts';
import { Rates, type Price } from '../../../cdr/price.ts';
import { companyKey, type Within } from '../../../cdr/query.ts';
import type { Company } from '../../../store/companies.ts';
import type { Extension } from '../../../store/extensions.ts';
import type { Store } from '../../../store/store.ts';
import { extensionKey, wholeOf } from '../whole.ts';

export class Directory {
  readonly #tenants: ReadonlyMap<string, Company>;
  readonly #extensions: ReadonlyMap<string, Extension>;
  readonly #rates: Rates;

  private constructor(tenants: readonly Company[], extensions: readonly Extension[], rates: Rates) {
    this.#tenants = new Map(tenants.map((one) => [companyKey(one.handle), one]));
    this.#extensions = new Map(extensions.map((one) => [extensionKey(one.company, one.number), one]));
    this.#rates = rates;
  }

  /** What is behind the wall; what a record costs is the same for all who see it. */
  static async read(store: Store, within: Within): Promise<Directory> {
    const [tenants, extensions] = [await allTenants(store, within), await allExtensions(store, within)];
    return new Directory(tenants, extensions, new Rates(await store.rates(null)));
  }

  /** The calling company, or the called one, of those that the reader may know. */
  tenantOf({ company, target }: Pick<StoredCdr, 'company' | 'target'>): Company | null {
    for (const handle of [company, target]) {
      const tenant = handle === null ? undefined : this.#tenants.get(companyKey(handle));
      if (tenant) return tenant;
    }
    return null;
  }

  extensionOf(cdr: Pick<StoredCdr, 'company' | 'target' | 'extension' | 'peerExtension'>): Extension | null {
    for (const number of [cdr.extension, cdr.peerExtension]) {
      for (const company of [cdr.company, cdr.target, null]) {
        const found = number === null ? undefined : this.#extensions.get(extensionKey(company, number));
        if (found) return found;
      }
    }
    return null;
  }

  priceOf(cdr: StoredCdr): Price {
    return this.#rates.priceOf(cdr);
  }
}

export function allTenants(store: Store, within: Within): Promise<Company[]> {
  return wholeOf((after, limit) => store.companies(within, after, limit));
}

export function allExtensions(store: Store, within: Within): Promise<Extension[]> {
  return wholeOf((after, limit) => store.extensions(within, after, limit));
}
