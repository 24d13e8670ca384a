// Tenants are companies: the slug is the handle that records have, so it stays what it is.
import type { HttpContext } from '../../context.ts';
import { allTenants } from './directory.ts';
import type { Resource } from './resources.ts';
import { Invalid, nullable, plain, required, trimmed, validated } from './rules.ts';
import { toTenant } from './shape.ts';

export function tenantsOn({ store }: HttpContext): Resource {
  return {
    name: 'tenant',
    searched: ['name', 'slug'],
    list: async (within) => (await allTenants(store, within)).map(toTenant),
    one: async (id, within) => {
      const tenant = await store.company(id, within);
      return tenant && toTenant(tenant);
    },
    add: async (body, by, now) => {
      const { name, slug } = read(body);
      const handle = slug ?? slugOf(name);
      const known = await allTenants(store, null);
      if (known.some((other) => other.handle.toLowerCase() === handle.toLowerCase()))
        throw new Invalid([{ field: 'slug', message: 'The slug has already been taken.' }]);
      return toTenant(await store.addCompany({ handle, name }, by, now));
    },
    change: async (id, body, by, now) => {
      const { name, slug } = read(body);
      const tenant = await store.company(id, null);
      if (tenant && slug !== null && slug.toLowerCase() !== tenant.handle.toLowerCase())
        throw new Invalid([{ field: 'slug', message: 'The slug field cannot be changed: records have it.' }]);
      const changed = await store.nameCompany(id, name, by, now);
      return changed && toTenant(changed);
    },
    remove: (id, by, now) => store.removeCompany(id, by, now),
  };
}

function read(body: unknown) {
  return validated(body, { name: required(plain(255)), slug: nullable(trimmed(255)) });
}

/** Laravel's Str::slug, as far as names of companies need it. */
function slugOf(name: string): string {
  const plain = name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const slug = plain.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '');
  if (slug === '') throw new Invalid([{ field: 'slug', message: 'The slug field is required.' }]);
  return slug;
}
