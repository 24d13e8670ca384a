// Records, tenants, extensions and rates as this vendor shows them. What nobody knows is null; an extension's secret is never shown.
import type { StoredCdr } from '../../../cdr/cdr.ts';
import { moneyUnit, type Money } from '../../../cdr/price.ts';
import type { Company } from '../../../store/companies.ts';
import type { Extension } from '../../../store/extensions.ts';
import type { StoredRate } from '../../../store/rates.ts';
import type { LaracopilotConfig } from './config.ts';
import { writeDate } from './dates.ts';
import type { Directory } from './directory.ts';

export interface Shown {
  caller_number: string;
  destination_number: string;
  direction: string;
  disposition: string;
  duration_seconds: number;
  bill_seconds: number;
}

/** What of a record people read and write here; a search looks at its texts. */
export function wordsOf(cdr: StoredCdr, directory: Directory): Shown {
  const { said } = cdr;
  const did = cdr.direction === 'inbound' && said?.dst === undefined ? cdr.custom['did'] : undefined;
  return {
    caller_number: cdr.src || numberIn(cdr.clid),
    destination_number: did || cdr.dst || '',
    direction: said?.directionWord ?? cdr.direction ?? '',
    disposition: said?.dispositionWord ?? cdr.disposition,
    duration_seconds: cdr.duration,
    bill_seconds: directory.priceOf(cdr).billed,
  };
}

/** `"Zoë" <441632960001>`, or the number alone. */
function numberIn(clid: string | null): string {
  const [, bracketed] = /<([^<>]*)>\s*$/.exec(clid ?? '') ?? [];
  return bracketed ?? (/^\+?\d+$/.test(clid ?? '') ? clid! : '');
}

export function toCdr(cdr: StoredCdr, directory: Directory, config: LaracopilotConfig): Record<string, unknown> {
  const tenant = directory.tenantOf(cdr);
  const extension = directory.extensionOf(cdr);
  return {
    id: cdr.id,
    tenant_id: tenant?.id ?? null,
    extension_id: extension?.id ?? null,
    ...wordsOf(cdr, directory),
    cost: toMoney(directory.priceOf(cdr).cost, config),
    started_at: writeDate(cdr.start, config),
    ended_at: cdr.end === null ? null : writeDate(cdr.end, config),
    created_at: writeDate(cdr.created, config),
    updated_at: writeDate(cdr.updated, config),
  };
}

/** With its relations. */
export function toFullCdr(cdr: StoredCdr, directory: Directory, config: LaracopilotConfig): Record<string, unknown> {
  const tenant = directory.tenantOf(cdr);
  const extension = directory.extensionOf(cdr);
  return {
    ...toCdr(cdr, directory, config),
    tenant: tenant && toTenant(tenant),
    extension: extension && toExtension(extension, tenant?.id ?? null),
  };
}

export function toTenant({ id, name, handle }: Company): Record<string, string | number | null> {
  return {
    ...{ id, name: name ?? handle, slug: handle, domain: null, status: 'active', timezone: null },
    ...{ max_extensions: null, settings: null, created_at: null, updated_at: null },
  };
}

export function toExtension(
  { id, number, name }: Extension,
  tenantId: number | null,
): Record<string, string | number | null> {
  return {
    ...{ id, tenant_id: tenantId, extension_number: number, display_name: name, email: null, status: 'active' },
    ...{ voicemail_enabled: null, created_at: null, updated_at: null },
  };
}

export function toRate(
  rate: StoredRate,
  tenantId: number | null,
  config: LaracopilotConfig,
): Record<string, string | number | null> {
  return {
    ...{ id: rate.id, tenant_id: tenantId, prefix: rate.prefix, destination: rate.destination },
    ...{ cost_per_minute: toMoney(rate.price, config), billing_increment: rate.increment },
    status: rate.active ? 'active' : 'inactive',
    created_at: writeDate(rate.created, config),
    updated_at: writeDate(rate.updated, config),
  };
}

function toMoney(money: Money, { decimals }: LaracopilotConfig): number | string {
  const amount = money / moneyUnit;
  return decimals === 'text' ? amount.toFixed(4) : amount;
}
