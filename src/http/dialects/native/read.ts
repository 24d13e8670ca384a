// Reading records: lists in pages, searches, one by its id, the history of its edits. `raw` is for admins.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import type { CdrQuery, Within } from '../../../cdr/query.ts';
import { isoOf, type Clock } from '../../../cdr/time.ts';
import { ClientError } from '../../../errors.ts';
import type { Edit } from '../../../store/edit.ts';
import type { Principal } from '../../auth.ts';
import type { HttpContext } from '../../context.ts';
import { exportList } from '../../export/routes.ts';
import { closeOtherMethods } from '../../methods.ts';
import { exportCdrs } from './export.ts';
import { pageOf as pageOfEdits } from './page.ts';
import type { Demand } from './routes.ts';
import { cursorsOf, listQuery, searchBody, toQuery, toSearch } from './query.ts';
import { toNative, toRaw } from './shape.ts';

export const idParams = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) });
const rawQuery = { raw: Type.Optional(Type.Enum(['0', '1'])) };
const OneQuery = Type.Object(rawQuery, { additionalProperties: false });
const historyQuery = (pageRows: number) =>
  Type.Object(
    {
      after: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 }),
      limit: listQuery(pageRows).properties.limit,
      ...rawQuery,
    },
    { additionalProperties: false },
  );

export function readRoutes(api: FastifyInstance, context: HttpContext, demand: Demand): void {
  const { store, limits } = context;
  const listed = listQuery(limits.page_rows);
  const searched = searchBody(limits.page_rows);
  const history = historyQuery(limits.page_rows);
  const { onRequest, principalOf } = demand('read');

  const pageOf = async (query: CdrQuery, principal: Principal) => {
    if (query.raw) demandRaw(principal);
    // One more than asked for tells whether there is more, without a count.
    const cdrs = await store.list({ ...query, limit: query.limit + 1 });
    const page = query.before === undefined ? cdrs.slice(0, query.limit) : cdrs.slice(-query.limit);
    const shape = query.raw ? toRaw : toNative;
    const more = cdrs.length > page.length;
    return JSON.stringify({ cdrs: page.map((cdr) => shape(cdr)), ...cursorsOf(page, query), more });
  };
  const one = async (id: number, within: Within, raw: boolean) => {
    const cdr = await store.one(id, within, raw);
    if (!cdr) throw new ClientError(404, `there is no record ${id}`);
    return cdr;
  };
  const isRaw = (request: FastifyRequest) => {
    const raw = (request.query as { raw?: string }).raw === '1';
    if (raw) demandRaw(principalOf(request));
    return raw;
  };

  api.get('/cdrs', { onRequest, schema: { querystring: listed } }, async (request, reply) => {
    const principal = principalOf(request);
    const query = toQuery(request.query as Static<typeof listed>, principal.within);
    return reply.type('application/json').send(await pageOf(query, principal));
  });

  api.post('/cdrs/search', { onRequest, schema: { body: searched } }, async (request, reply) => {
    const principal = principalOf(request);
    const query = toSearch(request.body as Static<typeof searched>, principal.within);
    return reply.type('application/json').send(await pageOf(query, principal));
  });

  api.get('/cdrs/:id', { onRequest, schema: { params: idParams, querystring: OneQuery } }, async (request) => {
    const { id } = request.params as Static<typeof idParams>;
    const raw = isRaw(request);
    return (raw ? toRaw : toNative)(await one(id, principalOf(request).within, raw));
  });

  api.get('/cdrs/:id/history', { onRequest, schema: { params: idParams, querystring: history } }, async (request) => {
    const { id } = request.params as Static<typeof idParams>;
    const { after, limit } = request.query as Static<typeof history>;
    await one(id, principalOf(request).within, isRaw(request));
    return pageOfEdits('edits', await store.edits(id, after, limit + 1), after, limit, toNativeEdit);
  });

  exportList<Edit>(api, context, {
    ...{ url: '/cdrs/:id/history', onRequest, params: idParams, query: history.properties },
    columns: ['id', 'at', 'by', 'changes'],
    shape: toNativeEdit,
    open: (request) => async (last, limit) => {
      const { id } = request.params as Static<typeof idParams>;
      if (!last) await one(id, principalOf(request).within, isRaw(request));
      return store.edits(id, last?.id ?? (request.query as Static<typeof history>).after, limit);
    },
  });

  exportCdrs(api, context, demand);
  closeOtherMethods(api, '/cdrs/search', ['POST']);
  closeOtherMethods(api, '/cdrs/:id/history', ['GET']);
}

/** @throws ClientError 403 */
export function demandRaw({ scope }: Principal): void {
  if (scope !== 'admin') throw new ClientError(403, `raw needs a token with the scope admin, this one has ${scope}`);
}

function toNativeEdit({ id, at, by, changes }: Edit, clock: Clock = isoOf) {
  return { id, at: clock(at), by, changes };
}
