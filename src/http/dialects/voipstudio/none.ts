// A resource of which an account has none: empty lists, 404 for every id, and deletions that find nothing to do.
import type { FastifyInstance } from 'fastify';
import type { HttpContext } from '../../context.ts';
import { closeOtherMethods } from '../../methods.ts';
import type { Method } from '../../problem.ts';
import { idIn, idsIn, noSuch } from './fault.ts';
import type { Properties } from './filter.ts';
import { demandHere } from './gate.ts';
import { listed } from './smalllist.ts';

export interface None {
  /** As in the path. */
  resource: string;
  /** One of them, in words. */
  what: string;
  /** What its list is filtered and sorted by; absent: it has no list. */
  properties?: Properties;
  /** Whether one is asked for by its id. */
  byId?: boolean;
  /** Suffixes of files of one. */
  files?: readonly string[];
  /** What the deletion of all of them is answered; absent: there is none. */
  deleteAll?: 202 | 204;
  /** Whether several are deleted by their ids. */
  deleteSome?: boolean;
  /** Methods that are registered elsewhere. */
  also?: readonly Method[];
}

export function registerNone(api: FastifyInstance, context: HttpContext, base: string, none: None): void {
  const { resource, what, properties, byId, files = [], deleteAll, deleteSome, also = [] } = none;
  const url = `${base}/${resource}`;
  const reading = { onRequest: demandHere(context, 'read') };
  const writing = { onRequest: demandHere(context, 'write') };

  if (properties) api.get(url, reading, async (request) => listed(request, properties, []));
  if (deleteAll) api.delete(url, writing, async (_request, reply) => reply.code(deleteAll).send());
  const ofAll: Method[] = [...also, ...(properties ? ['GET' as const] : []), ...(deleteAll ? ['DELETE' as const] : [])];
  closeOtherMethods(api, url, ofAll);

  if (byId) {
    api.get<{ Params: { id: string } }>(`${url}/:id`, reading, async ({ params }) => {
      throw noSuch(what, idIn(params.id, what));
    });
  }
  if (deleteSome) {
    api.delete<{ Params: { id: string } }>(`${url}/:id`, writing, async ({ params }) => {
      throw noSuch(what, idsIn(params.id, what).join(','));
    });
  }
  const ofOne: Method[] = [...(byId ? ['GET' as const] : []), ...(deleteSome ? ['DELETE' as const] : [])];
  if (ofOne.length > 0) closeOtherMethods(api, `${url}/:id`, ofOne);

  for (const suffix of files) {
    api.get<{ Params: { id: string } }>(`${url}/:id.${suffix}`, reading, async ({ params }) => {
      throw noSuch(what, idIn(params.id, what));
    });
    closeOtherMethods(api, `${url}/:id.${suffix}`, ['GET']);
  }
}
