// /api/v1/rejects: rows that could not be understood, to read, to try again and to discard. For admins who are bound to nothing.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import type { Micros } from '../../../cdr/cdr.ts';
import { companiesWithin } from '../../../cdr/wall.ts';
import { isoOf } from '../../../cdr/time.ts';
import { ClientError } from '../../../errors.ts';
import { discardRejects, retryRejects } from '../../../ingest/rejects.ts';
import type { StoredReject } from '../../../store/rejects.ts';
import { IdParams } from '../../bodies.ts';
import type { HttpContext } from '../../context.ts';
import { byOfRequest, demandAdmin } from '../../gate.ts';
import { done, json, type Operation } from '../../documents/operation.ts';
import { closeOtherMethods } from '../../methods.ts';
import { Fault } from '../../problem.ts';
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
import { count, Created, Duplicate, Expired, orNull, text, time, timeOrNull } from './answers.ts';

const closed = { additionalProperties: false };
export const Reject = Type.Object(
  {
    id: count('of the reject', 1),
    source: Type.String({ description: 'name of the source, like pbx1/ami' }),
    reason: Type.String({ description: 'every fault in one text' }),
    errors: Type.Array(Fault, { description: 'the same one by one' }),
    raw: Type.String({ description: 'the row as it came, its fields as JSON' }),
    timezone: text('zone of its times; null: not known'),
    companies: orNull(Type.Array(Type.String()), 'companies of who wrote it; null: all'),
    count: count('how often its source has brought it', 1),
    first: time('when it first came'),
    last: time('when it last came'),
    tries: count('how often a retry has failed'),
    tried: timeOrNull('when one last failed'),
    gone: timeOrNull('since when its row is known to be in the table no more; such a one counts on no day'),
  },
  { ...closed, title: 'Reject', description: 'A row that could not be understood.' },
);
export type Reject = Static<typeof Reject>;
const more = Type.Boolean({ description: 'whether there is more in that direction' });
export const RejectPage = Type.Object(
  {
    rejects: Type.Array(Reject),
    after: Type.Optional(count('of a page that was asked for with "after": ask again with this one')),
    before: Type.Optional(orNull(count('an id'), 'ask again with this "before"; null: there is no place to name')),
    more,
  },
  { ...closed, title: 'RejectPage' },
);
export type RejectPage = Static<typeof RejectPage>;
export const RetrySum = Type.Object(
  {
    created: count('became new records'),
    duplicate: count('were further sights of known records'),
    expired: count('were of records that retention has taken'),
    rejected: count('stay, they still cannot be understood'),
    after: count('ask again with this "after"'),
    more,
  },
  { ...closed, title: 'RetrySum', description: 'What became of the rejects.' },
);
export type RetrySum = Static<typeof RetrySum>;
export const DiscardSum = Type.Object(
  { discarded: count('rejects that are gone'), more: Type.Boolean({ description: 'whether there may be others' }) },
  { ...closed, title: 'DiscardSum' },
);
export type DiscardSum = Static<typeof DiscardSum>;

const about = { tag: 'rejects', needs: 'admin!' } as const;
const noReject = 'There is no such reject.';
const operations = {
  list: {
    ...{ id: 'listRejects', summary: 'A page of rejects', ...about },
    description: 'The newest first, or with `after` the oldest first.',
    answers: { 200: json(RejectPage, 'A page.') },
  },
  one: {
    ...{ id: 'getReject', summary: 'One reject', ...about },
    answers: { 200: json(Reject, 'The reject.') },
    errors: { 404: noReject },
  },
  retryAll: {
    ...{ id: 'retryRejects', summary: 'Tries rejects again', ...about },
    description: 'The oldest first. Ask again with the `after` of the answer as long as it says `more`.',
    answers: { 200: json(RetrySum, 'What became of them.') },
  },
  retry: {
    ...{ id: 'retryReject', summary: 'Tries one reject again', ...about },
    answers: { 200: json(Type.Union([Created, Duplicate, Expired]), 'It is a reject no more.') },
    errors: { 404: noReject, 422: 'It stays; `errors` names each field.' },
  },
  discardAll: {
    ...{ id: 'discardRejects', summary: 'Discards rejects', ...about },
    description: 'Something must say which: source, system, from, to, or `all=1`.',
    answers: { 200: json(DiscardSum, 'They are gone.') },
  },
  discard: {
    ...{ id: 'discardReject', summary: 'Discards one reject', ...about },
    answers: { 204: done('It is gone.') },
    errors: { 404: noReject },
  },
} satisfies Record<string, Operation>;

export function registerRejects(api: FastifyInstance, context: HttpContext): void {
  const { store, ingest, auth, limits } = context;
  const onRequest = demandAdmin(auth);
  const onFilter = async (request: FastifyRequest) => {
    await onRequest(request);
    await demandKnown(request, context);
  };
  const most = Math.min(limits.page_rows, rejectsMax);
  const [list, retry, discard] = [listRejectsQuery(most), retryQuery(most), discardQuery(most)];
  const idOf = (params: unknown) => (params as Static<typeof IdParams>).id;
  const one = async (id: number) => {
    const reject = await store.reject(id);
    if (!reject) throw gone(id);
    return reject;
  };

  api.get(
    '/rejects',
    { onRequest: onFilter, schema: { querystring: list }, config: { operation: operations.list } },
    async (request) => {
      const { limit, ...given } = request.query as Static<typeof list>;
      const rejects = await store.rejects(limit + 1, toRejectPage(given));
      const page = rejects.slice(0, limit);
      const { after, before } = given;
      const place =
        after === undefined ? { before: page.at(-1)?.id ?? before ?? null } : { after: page.at(-1)?.id ?? after };
      return { rejects: page.map(toNativeReject), ...place, more: rejects.length > limit };
    },
  );
  exportList(api, context, {
    ...{
      url: '/rejects',
      onRequest: onFilter,
      operation: operations.list,
      query: list.properties,
      shape: toNativeReject,
    },
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
      'gone',
    ],
    open: (request) => (last, limit) => {
      const page = toRejectPage(request.query as Static<typeof list>);
      const place = page.after === undefined ? 'before' : 'after';
      return store.rejects(limit, last ? { ...page, [place]: last.id } : page);
    },
  });
  api.get(
    '/rejects/:id',
    { onRequest, schema: { params: IdParams }, config: { operation: operations.one } },
    async (request) => toNativeReject(await one(idOf(request.params))),
  );
  api.post(
    '/rejects/retry',
    { onRequest: onFilter, schema: { querystring: retry }, config: { operation: operations.retryAll } },
    async (request) => {
      const { limit, after = 0, ...given } = request.query as Static<typeof retry>;
      return retryRejects(store, ingest, { ...toRejectFilter(given), after }, limit, byOfRequest(request));
    },
  );
  api.post(
    '/rejects/:id/retry',
    { onRequest, schema: { params: IdParams }, config: { operation: operations.retry } },
    async (request) => {
      const reject = await one(idOf(request.params));
      const [retried] = await ingest.retry([reject], byOfRequest(request));
      if (!retried || retried.outcome === 'gone') throw gone(reject.id);
      if (retried.outcome === 'expired') return { status: 'expired' };
      if (retried.outcome !== 'rejected') return { status: retried.outcome, id: retried.cdr };
      throw new ClientError(422, `the reject stays: ${sentenceOf(retried.faults)}`, retried.faults);
    },
  );
  api.delete(
    '/rejects',
    { onRequest: onFilter, schema: { querystring: discard }, config: { operation: operations.discardAll } },
    async (request) => {
      const { limit, all, ...given } = request.query as Static<typeof discard>;
      const filter = toRejectFilter(given);
      if (all === undefined && Object.keys(filter).length === 0) {
        throw new ClientError(400, 'say which rejects: source, system, from, to, or all=1');
      }
      if (all !== undefined && Object.keys(filter).length > 0) {
        throw new ClientError(400, 'all=1 says all of them, source, system, from and to say some: leave one out');
      }
      return discardRejects(store, filter, limit, byOfRequest(request));
    },
  );
  api.delete(
    '/rejects/:id',
    { onRequest, schema: { params: IdParams }, config: { operation: operations.discard } },
    async (request, reply) => {
      const id = idOf(request.params);
      const [discarded] = await store.discardRejects({ id }, byOfRequest(request), Date.now() * 1000);
      if (discarded === undefined) throw gone(id);
      return reply.code(204).send();
    },
  );
  closeOtherMethods(api, '/rejects', ['DELETE', 'GET']);
  closeOtherMethods(api, '/rejects/:id', ['DELETE', 'GET']);
  closeOtherMethods(api, '/rejects/retry', ['POST']);
  closeOtherMethods(api, '/rejects/:id/retry', ['POST']);
}

/** A system that is not configured any more, or not yet, may have left rejects; one that neither had a source nor is named by any is misspelt. @throws ClientError 400 */
async function demandKnown({ query }: FastifyRequest, { store, systems }: HttpContext): Promise<void> {
  const { system } = query as { system?: unknown };
  if (typeof system !== 'string' || systems.has(system) || (await store.heardOf(system)).length > 0) return;
  if ((await store.rejects(1, { system })).length > 0) return;
  const message = `"${system}" is not configured, expected one of ${[...systems.keys()].join(', ')}`;
  throw new ClientError(400, `system: ${message}`, [{ field: 'system', message }]);
}

function gone(id: number): ClientError {
  return new ClientError(404, `there is no reject ${id}`);
}

export function toNativeReject({ id, source, raw, timezone, wall, reason, faults, ...rest }: StoredReject): Reject {
  const { count, first, last, tries, tried, gone } = rest;
  const isoOrNull = (at: Micros | null) => (at === null ? null : isoOf(at));
  const companies = companiesWithin(wall);
  const times = { first: isoOf(first), last: isoOf(last), tries, tried: isoOrNull(tried), gone: isoOrNull(gone) };
  return { id, source, reason, errors: faults, raw, timezone, companies: companies && [...companies], count, ...times };
}
