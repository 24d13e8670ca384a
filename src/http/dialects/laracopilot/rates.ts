// Rates: what a minute costs to numbers with a prefix, for one tenant or for all, and in what steps it is billed.
import { moneyUnit, prefixOf } from '../../../cdr/price.ts';
import { companyKey } from '../../../cdr/query.ts';
import type { NewRate, StoredRate } from '../../../store/rates.ts';
import type { HttpContext } from '../../context.ts';
import { allTenants } from './directory.ts';
import type { Resource } from './resources.ts';
import { decimal, matching, nullable, oneOf, plain, required, unselected, usually, validated, whole } from './rules.ts';
import { toRate } from './shape.ts';

const statuses = ['active', 'inactive'] as const;
const priceMax = 99_999_999;
/** Nobody bills in longer steps than a day. */
const incrementMax = 86_400;

export function ratesOn({ store, dialects }: HttpContext): Resource {
  const shown = async (found: readonly StoredRate[]) => {
    const tenants = new Map((await allTenants(store, null)).map(({ handle, id }) => [companyKey(handle), id]));
    const idOf = (company: string | null) => (company === null ? null : (tenants.get(companyKey(company)) ?? null));
    return found.map((rate) => toRate(rate, idOf(rate.company), dialects.laracopilot));
  };
  const read = async (body: unknown): Promise<NewRate> => {
    const given = validated(body, {
      tenant_id: nullable(whole(0, Number.MAX_SAFE_INTEGER)),
      prefix: required(matching(/^\+?\d+$/, 50)),
      destination: required(plain(255)),
      cost_per_minute: required(decimal(0, priceMax)),
      billing_increment: required(whole(1, incrementMax)),
      status: usually(oneOf(statuses), 'active'),
    });
    const tenant = given.tenant_id === null ? null : await store.company(given.tenant_id, null);
    if (tenant === undefined) throw unselected('tenant_id');
    return {
      ...{ company: tenant?.handle ?? null, prefix: prefixOf(given.prefix), destination: given.destination },
      ...{ price: Math.round(given.cost_per_minute * moneyUnit), increment: given.billing_increment },
      active: given.status === 'active',
    };
  };
  return {
    name: 'rate',
    searched: ['prefix', 'destination'],
    list: async (within) => shown(await store.rates(within)),
    one: async (id, within) => {
      const rate = (await store.rates(within)).find((one) => one.id === id);
      return rate && (await shown([rate]))[0];
    },
    add: async (body, by, now) => (await shown([await store.addRate(await read(body), by, now)]))[0]!,
    change: async (id, body, by, now) => {
      const changed = await store.changeRate(id, await read(body), by, now);
      return changed && (await shown([changed]))[0];
    },
    remove: (id, by, now) => store.removeRate(id, by, now),
  };
}
