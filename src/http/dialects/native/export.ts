// Records as an export: what the list of records and the search may be asked, without pages.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import type { CdrQuery } from '../../../cdr/query.ts';
import type { HttpContext } from '../../context.ts';
import type { Format } from '../../export/formats.ts';
import { askedOf, exportLimit, lookBody, lookParams, toLook } from '../../export/look.ts';
import { exportRoutes, urlOf } from '../../export/routes.ts';
import { sendExport } from '../../export/send.ts';
import { listQuery, searchBody, toQuery, toSearch } from './query.ts';
import { demandRaw } from './read.ts';
import type { Demand } from './routes.ts';
import { cdrColumns } from './shape.ts';

const closed = { additionalProperties: false };

export function exportCdrs(api: FastifyInstance, context: HttpContext, demand: Demand): void {
  const { onRequest, principalOf } = demand('read');
  const { page_rows: pageRows, export_rows: exportRows } = context.limits;
  // An export goes forwards: there is nothing before a place.
  const listed = Type.Omit(listQuery(pageRows), ['before']).properties;
  const searched = Type.Omit(searchBody(pageRows), ['before']).properties;
  const limit = exportLimit(exportRows);
  const query = (format: Format) => Type.Object({ ...listed, limit, ...lookParams(format) }, closed);
  const body = (format: Format) => Type.Object({ ...searched, limit, ...lookBody(format) }, closed);
  type List = Static<ReturnType<typeof listQuery>>;
  type Search = Static<ReturnType<typeof searchBody>>;

  const send = (
    request: FastifyRequest,
    reply: FastifyReply,
    format: Format,
    given: { limit?: number },
    { limit: _page, ...asked }: CdrQuery,
  ) => {
    if (asked.raw) demandRaw(principalOf(request));
    const known = [...cdrColumns, ...(asked.raw ? ['hidden'] : []), 'cursor'];
    const look = toLook(given, format, known);
    const walk = { ...asked, ...(given.limit === undefined ? {} : { limit: given.limit }) };
    const pieces = context.exports.thread.read({ query: walk, look });
    return sendExport(context, request, reply, { list: urlOf(request), asked: askedOf(given), format, pieces });
  };

  exportRoutes(api, {
    ...{ method: 'GET', url: '/cdrs', onRequest },
    schema: (format) => ({ querystring: query(format) }),
    send: (request, reply, format) => {
      const given = request.query as object;
      const list = toQuery({ ...(askedOf(given) as List), limit: pageRows }, principalOf(request).within);
      return send(request, reply, format, given, list);
    },
  });

  exportRoutes(api, {
    ...{ method: 'POST', url: '/cdrs/search', onRequest },
    schema: (format) => ({ body: body(format) }),
    send: (request, reply, format) => {
      const given = request.body as object;
      const search = toSearch({ ...(askedOf(given) as Search), limit: pageRows }, principalOf(request).within);
      return send(request, reply, format, given, search);
    },
  });
}
