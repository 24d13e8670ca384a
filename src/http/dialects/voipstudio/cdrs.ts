// /cdrs: a page of records with an exact total, one record, and the deletion of a list, which hides.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { StoredCdr } from '../../../cdr/cdr.ts';
import type { ColumnFilter } from '../../../cdr/columns.ts';
import type { Within } from '../../../cdr/query.ts';
import { ClientError } from '../../../errors.ts';
import type { User } from '../../../store/users.ts';
import type { Principal } from '../../auth.ts';
import type { HttpContext } from '../../context.ts';
import { byOfRequest } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';
import { Directory } from './directory.ts';
import { fault, idIn, noSuch } from './fault.ts';
import { demandHere, principalOf } from './gate.ts';
import { registerPatch } from './patch.ts';
import { cdrProperties, wantedBy } from './properties.ts';
import { sortables, toCdr, type Shown } from './shape.ts';
import { Snapshots } from './snapshots.ts';
import { readWish } from './wish.ts';

/** Most records that one DELETE hides: each is a transaction of its own. */
const deleteMax = 10_000;
const rowsAtOnce = 500;

/** Shapes records of a reader, with what it may know of their kin and people. */
export async function shaperOf(
  { store }: HttpContext,
  within: Within,
  viewer?: User,
): Promise<(cdrs: readonly StoredCdr[]) => Promise<Shown[]>> {
  const directory = await Directory.read(store, within);
  return async (cdrs) => {
    if (cdrs.length === 0) return [];
    const kin = await store.kin(
      cdrs.map(({ id }) => id),
      within,
    );
    return cdrs.flatMap((cdr) => {
      const own = kin.get(cdr.id);
      // Taken away for good between two statements.
      return own ? [toCdr(cdr, own, directory, viewer)] : [];
    });
  };
}

/** The list of a request; `only` narrows it further. */
export function pagerOf(context: HttpContext): (request: FastifyRequest, only?: ColumnFilter) => Promise<object> {
  const { store } = context;
  const snapshots = new Snapshots(store);
  return async (request, only) => {
    const { kind, id, within } = principalOf(request);
    const wish = readWish(request, cdrProperties, sortables);
    const { filter, columns } = await wantedBy(wish.tests, store, within);
    const query = { ...filter, within, columns: only ? { all: [columns, only] } : columns };
    const shape = await shaperOf(context, within);
    const { rows, total } = await snapshots.page(`${kind} ${id}`, query, wish, shape);
    return { data: rows, total };
  };
}

/** @throws ClientError 404; 403 for a foreign one where the configuration says so */
export async function oneCdr({ store, dialects }: HttpContext, id: number, within: Within): Promise<StoredCdr> {
  const cdr = await store.one(id, within);
  if (cdr) return cdr;
  if (dialects.voipstudio.foreign_ids === 'denied' && within !== null && (await store.one(id, null)))
    throw new ClientError(403, `the record ${id} is of another company`);
  throw noSuch('record', id);
}

export function registerCdrs(
  api: FastifyInstance,
  context: HttpContext,
  base: string,
  page: ReturnType<typeof pagerOf>,
): void {
  const { store, dialects, feed } = context;
  const reading = { onRequest: demandHere(context, 'read') };

  api.get(`${base}/cdrs`, reading, (request) => page(request));

  api.get<{ Params: { id: string } }>(`${base}/cdrs/:id`, reading, async (request) => {
    const { within } = principalOf(request);
    const cdr = await oneCdr(context, idIn(request.params.id, 'record'), within);
    const [data] = await (await shaperOf(context, within))([cdr]);
    if (!data) throw noSuch('record', cdr.id);
    return { data, links: {} };
  });

  api.delete(`${base}/cdrs`, { onRequest: demandHere(context, 'admin') }, async (request, reply) => {
    if (dialects.voipstudio.bulk_delete === 'deny')
      throw new ClientError(403, 'DELETE of all records is turned off (dialects.voipstudio.bulk_delete)');
    demandFilterAlone(request);
    const ids = await idsToHide(request, principalOf(request));
    for (const id of ids) {
      await store.hide({ id, by: byOfRequest(request), now: Date.now() * 1000, within: principalOf(request).within });
    }
    if (ids.length > 0) feed.wake();
    return reply.code(204).send();
  });

  /** Records that are of other companies too are not this one's to hide. @throws ClientError 413 */
  const idsToHide = async (request: FastifyRequest, { within }: Principal): Promise<number[]> => {
    const wish = readWish(request, cdrProperties, sortables);
    const { filter, columns } = await wantedBy(wish.tests, store, within);
    const ids: number[] = [];
    for (let after = 0; ;) {
      const cdrs = await store.list({ ...filter, columns, within, after, limit: rowsAtOnce });
      ids.push(...cdrs.filter((cdr) => isWholly(cdr, within)).map(({ id }) => id));
      if (ids.length > deleteMax)
        throw new ClientError(
          413,
          `these are more than ${deleteMax} records, the most that one DELETE takes: add a filter`,
        );
      if (cdrs.length < rowsAtOnce) return ids;
      after = cdrs.at(-1)!.id;
    }
  };

  registerPatch(api, context, base);
  closeOtherMethods(api, `${base}/cdrs`, ['GET', 'PATCH', 'DELETE']);
  closeOtherMethods(api, `${base}/cdrs/:id`, ['GET']);
}

/** What would narrow a list and is not read here must not leave all of it to be deleted. @throws ClientError 400 */
function demandFilterAlone({ query, body }: FastifyRequest): void {
  const { filter, ...others } = query as Record<string, unknown>;
  const [other] = Object.keys(others);
  if (other !== undefined) throw fault(other.slice(0, 50), 'does not narrow what is deleted, expected filter alone');
  if (filter === '') throw fault('filter', 'is empty, expected a list of tests; all are deleted where it is left out');
  if (body !== undefined && body !== null)
    throw fault('body', 'is not read here, expected the filter in the address of what is deleted');
}

function isWholly({ company, target }: StoredCdr, within: Within): boolean {
  if (within === null) return true;
  const companies = 'extensions' in within ? within.companies : within;
  const isOwn = (handle: string | null) =>
    handle === null || companies === null || companies.some((one) => one.toLowerCase() === handle.toLowerCase());
  return isOwn(company) && isOwn(target);
}
