// Tenants and extensions by what records say of them, and the rates: read once for an answer, then asked for each of its records.
import type { StoredCdr } from '../../../cdr/cdr.ts';
import type { Price } from '../../../cdr/price.ts';
import { companyKey, type Within } from '../../../cdr/query.ts';
import type { Company } from '../../../store/companies.ts';
import type { Extension } from '../../../store/extensions.ts';
import type { Store } from '../../../store/store.ts';
import { Lookups } from '../lookups.ts';
import { wholeOf } from '../whole.ts';

export class Directory {
  readonly #tenants: ReadonlyMap<string, Company>;
  readonly #lookups: Lookups;

  private constructor(tenants: readonly Company[], lookups: Lookups) {
    this.#tenants = new Map(tenants.map((one) => [companyKey(one.handle), one]));
    this.#lookups = lookups;
  }

  /** What is behind the wall. */
  static async read(store: Store, within: Within): Promise<Directory> {
    return new Directory(await allTenants(store, within), await Lookups.read(store, within));
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
    const companies = [cdr.company, cdr.target, null];
    return (
      this.#lookups.extensionOf(cdr.extension, companies) ?? this.#lookups.extensionOf(cdr.peerExtension, companies)
    );
  }

  priceOf(cdr: StoredCdr): Price {
    return this.#lookups.priceOf(cdr);
  }
}

export function allTenants(store: Store, within: Within): Promise<Company[]> {
  return wholeOf((after, limit) => store.companies(within, after, limit));
}

export function allExtensions(store: Store, within: Within): Promise<Extension[]> {
  return wholeOf((after, limit) => store.extensions(within, after, limit));
}
