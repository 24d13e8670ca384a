// Extensions of tenants: number and name. Their secrets are not here at all.
import { companyKey } from '../../../cdr/query.ts';
import type { Extension } from '../../../store/extensions.ts';
import type { HttpContext } from '../../context.ts';
import { allExtensions, allTenants } from './directory.ts';
import type { Resource } from './resources.ts';
import { Invalid, nullable, plain, required, trimmed, unselected, validated, whole } from './rules.ts';
import { toExtension } from './shape.ts';

export function extensionsOn({ store }: HttpContext): Resource {
  const shown = async (found: readonly Extension[]) => {
    const tenants = new Map((await allTenants(store, null)).map(({ handle, id }) => [companyKey(handle), id]));
    return found.map((one) =>
      toExtension(one, one.company === null ? null : (tenants.get(companyKey(one.company)) ?? null)),
    );
  };
  const read = async (body: unknown) => {
    const given = validated(body, {
      tenant_id: required(whole(0, Number.MAX_SAFE_INTEGER)),
      extension_number: required(trimmed(20)),
      display_name: nullable(plain(255)),
    });
    const tenant = await store.company(given.tenant_id, null);
    if (!tenant) throw unselected('tenant_id');
    return { company: tenant.handle, number: given.extension_number, name: given.display_name };
  };
  return {
    name: 'extension',
    searched: ['extension_number', 'display_name'],
    list: async (within) => shown(await allExtensions(store, within)),
    one: async (id, within) => {
      const extension = await store.extension(id, within);
      return extension && (await shown([extension]))[0];
    },
    add: async (body, by, now) => {
      const wanted = await read(body);
      const known = await allExtensions(store, null);
      const isTwin = ({ company, number }: Extension) =>
        company !== null && companyKey(company) === companyKey(wanted.company) && number === wanted.number;
      if (known.some(isTwin))
        throw new Invalid([{ field: 'extension_number', message: 'The extension number has already been taken.' }]);
      return (await shown([await store.addExtension(wanted, by, now)]))[0]!;
    },
    change: async (id, body, by, now) => {
      const { company, number, name } = await read(body);
      const known = await store.extension(id, null);
      if (!known) return undefined;
      if (number !== known.number || companyKey(company) !== companyKey(known.company ?? ''))
        throw new Invalid([
          { field: 'extension_number', message: 'The extension number field cannot be changed: records have it.' },
        ]);
      const changed = await store.nameExtension(id, name, by, now);
      return changed && (await shown([changed]))[0];
    },
    remove: (id, by, now) => store.removeExtension(id, by, now),
  };
}
