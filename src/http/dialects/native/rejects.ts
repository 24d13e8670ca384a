// /api/v1/rejects: rows that could not be understood, to read, to try again and to discard. For admins who are bound to nothing.
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { companiesWithin } from '../../../cdr/wall.ts';
import { isoOf } from '../../../cdr/time.ts';
import { ClientError } from '../../../errors.ts';
import { discardRejects, retryRejects } from '../../../ingest/rejects.ts';
import type { StoredReject } from '../../../store/rejects.ts';
import { IdParams } from '../../bodies.ts';
import type { HttpContext } from '../../context.ts';
import { byOfRequest, demandAdmin } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';
import {
  discardQuery,
  listRejectsQuery,
  rejectsMax,
  retryQuery,
  toRejectFilter,
  toRejectPage,
} from '../../rejectqueries.ts';
import { exportList } from '../../export/routes.ts';
import { sentenceOf } from '../../validate.ts';

export function registerRejects(api: FastifyInstance, context: HttpContext): void {
  const { store, ingest, auth, limits } = context;
  const onRequest = demandAdmin(auth);
  const most = Math.min(limits.page_rows, rejectsMax);
  const [list, retry, discard] = [listRejectsQuery(most), retryQuery(most), discardQuery(most)];
  const idOf = (params: unknown) => (params as Static<typeof IdParams>).id;
  const one = async (id: number) => {
    const reject = await store.reject(id);
    if (!reject) throw gone(id);
    return reject;
  };

  api.get('/rejects', { onRequest, schema: { querystring: list } }, async (request) => {
    const { limit, ...given } = request.query as Static<typeof list>;
    const rejects = await store.rejects(limit + 1, toRejectPage(given));
    const page = rejects.slice(0, limit);
    const { after, before } = given;
    const place =
      after === undefined ? { before: page.at(-1)?.id ?? before ?? null } : { after: page.at(-1)?.id ?? after };
    return { rejects: page.map(toNativeReject), ...place, more: rejects.length > limit };
  });
  exportList(api, context, {
    ...{ url: '/rejects', onRequest, query: list.properties, shape: toNativeReject },
    columns: [
      'id',
      'source',
      'reason',
      'errors',
      'raw',
      'timezone',
      'companies',
      'count',
      'first',
      'last',
      'tries',
      'tried',
    ],
    open: (request) => (last, limit) => {
      const page = toRejectPage(request.query as Static<typeof list>);
      const place = page.after === undefined ? 'before' : 'after';
      return store.rejects(limit, last ? { ...page, [place]: last.id } : page);
    },
  });
  api.get('/rejects/:id', { onRequest, schema: { params: IdParams } }, async (request) =>
    toNativeReject(await one(idOf(request.params))),
  );
  api.post('/rejects/retry', { onRequest, schema: { querystring: retry } }, async (request) => {
    const { limit, after = 0, ...given } = request.query as Static<typeof retry>;
    return retryRejects(store, ingest, { ...toRejectFilter(given), after }, limit, byOfRequest(request));
  });
  api.post('/rejects/:id/retry', { onRequest, schema: { params: IdParams } }, async (request) => {
    const reject = await one(idOf(request.params));
    const [retried] = await ingest.retry([reject], byOfRequest(request));
    if (!retried || retried.outcome === 'gone') throw gone(reject.id);
    if (retried.outcome === 'expired') return { status: 'expired' };
    if (retried.outcome !== 'rejected') return { status: retried.outcome, id: retried.cdr };
    throw new ClientError(422, `the reject stays: ${sentenceOf(retried.faults)}`, retried.faults);
  });
  api.delete('/rejects', { onRequest, schema: { querystring: discard } }, async (request) => {
    const { limit, all, ...given } = request.query as Static<typeof discard>;
    const filter = toRejectFilter(given);
    if (all === undefined && Object.keys(filter).length === 0) {
      throw new ClientError(400, 'say which rejects: source, system, from, to, or all=1');
    }
    return discardRejects(store, filter, limit, byOfRequest(request));
  });
  api.delete('/rejects/:id', { onRequest, schema: { params: IdParams } }, async (request, reply) => {
    const id = idOf(request.params);
    const [discarded] = await store.discardRejects({ id }, byOfRequest(request), Date.now() * 1000);
    if (discarded === undefined) throw gone(id);
    return reply.code(204).send();
  });
  closeOtherMethods(api, '/rejects', ['DELETE', 'GET']);
  closeOtherMethods(api, '/rejects/:id', ['DELETE', 'GET']);
  closeOtherMethods(api, '/rejects/retry', ['POST']);
  closeOtherMethods(api, '/rejects/:id/retry', ['POST']);
}

function gone(id: number): ClientError {
  return new ClientError(404, `there is no reject ${id}`);
}

function toNativeReject({ id, source, raw, timezone, wall, reason, faults, ...rest }: StoredReject) {
  const { count, first, last, tries, tried } = rest;
  const times = { first: isoOf(first), last: isoOf(last), tries, tried: tried === null ? null : isoOf(tried) };
  return { id, source, reason, errors: faults, raw, timezone, companies: companiesWithin(wall), count, ...times };
}
