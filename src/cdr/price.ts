// What a record costs: the rate of the longest prefix of the number that was dialed, the company's own before everybody's. Pure.
import { companyKey } from './wall.ts';
import type { StoredCdr } from './cdr.ts';

/** Money is whole ten-thousandths of the currency: sums stay exact. */
export type Money = number;
export const moneyUnit = 10_000;

export interface Rate {
  id: number;
  /** Handle; null: for all. */
  company: string | null;
  /** Of the dialed number, without a `+`. */
  prefix: string;
  /** What people call it. */
  destination: string;
  /** Of a minute. */
  price: Money;
  /** Billed seconds are multiples of it; at least 1. */
  increment: number;
  /** Rates that are not are passed over. */
  active: boolean;
}

export interface Price {
  /** Seconds that are billed: billsec, rounded up to the increment of the rate. */
  billed: number;
  cost: Money;
  /** null: none fits, or nothing is billed for this direction. */
  rate: Rate | null;
}

/** Rates made ready for many records. */
export class Rates {
  /** By company key (null: all) and prefix. */
  readonly #byPrefix = new Map<string | null, Map<string, Rate>>();
  #longest = 0;

  constructor(rates: readonly Rate[]) {
    for (const rate of rates) {
      if (!rate.active) continue;
      const key = rate.company === null ? null : companyKey(rate.company);
      const own = this.#byPrefix.get(key) ?? new Map<string, Rate>();
      this.#byPrefix.set(key, own.set(rate.prefix, rate));
      this.#longest = Math.max(this.#longest, rate.prefix.length);
    }
  }

  /** Calls that come in, and those inside, cost nothing; what people said stands over what the rates say. */
  priceOf({
    direction,
    dst,
    company,
    billsec,
    said,
  }: Pick<StoredCdr, 'direction' | 'dst' | 'company' | 'billsec' | 'said'>): Price {
    const isFree = direction === 'inbound' || direction === 'internal';
    const rate = isFree ? null : this.#rateOf(dst ?? '', company);
    const billed = said?.billsec ?? Math.ceil(billsec / (rate?.increment ?? 1)) * (rate?.increment ?? 1);
    const cost = said?.cost ?? Math.round((billed * (rate?.price ?? 0)) / 60);
    return { billed, cost, rate };
  }

  #rateOf(dst: string, company: string | null): Rate | null {
    const number = prefixOf(dst);
    const own = company === null ? undefined : this.#byPrefix.get(companyKey(company));
    for (let length = Math.min(number.length, this.#longest); length >= 0; length--) {
      const prefix = number.slice(0, length);
      const rate = own?.get(prefix) ?? this.#byPrefix.get(null)?.get(prefix);
      if (rate) return rate;
    }
    return null;
  }
}

/** Numbers with and without `+` are the same. */
export function prefixOf(number: string): string {
  return number.trim().replace(/^\+/, '');
}
