// GET /calls: conversations instead of records. Lists, exports, and one with its legs and records.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import type { CallFilter } from '../../../cdr/callquery.ts';
import type { Within } from '../../../cdr/wall.ts';
import { ClientError } from '../../../errors.ts';
import type { CallQuery, ListedCall } from '../../../store/calllist.ts';
import { callConditionSchemas, readCallFilter, toCallConditions } from '../../callfilter.ts';
import type { HttpContext } from '../../context.ts';
import { json, type Operation } from '../../documents/operation.ts';
import { checkText, checkWords, words } from '../../filter.ts';
import { exportList } from '../../export/routes.ts';
import { closeOtherMethods } from '../../methods.ts';
import { pageOfCalls } from './answers.ts';
import { Call, callColumns, toNativeCall, toWholeCall, WholeCall } from './callshape.ts';
import { cursorOf } from './cursor.ts';
import { liveCallRoutes } from './livecalls.ts';
import { cursorsOf, pageParams, parsed, placesOf } from './query.ts';
import type { Demand } from './routes.ts';

const about = { tag: 'calls', needs: 'read' } as const;
const operations = {
  list: {
    ...{ id: 'listCalls', summary: 'A page of calls', ...about },
    description:
      'One conversation each, however many records it left. All conditions must hold. Ask again with the `after` of the answer for the next page.',
    answers: { 200: json(pageOfCalls(Call), 'A page; empty where there is nothing more.') },
  },
  one: {
    ...{ id: 'getCall', summary: 'One call with its legs and records', ...about },
    description: 'An id that a merge has swallowed leads to the call that swallowed it: the answer has that one’s id.',
    answers: { 200: json(WholeCall, 'The call.') },
    errors: { 404: 'There is no such call, or it is not yours to see.' },
  },
} satisfies Record<string, Operation>;

const idParams = Type.Object({
  id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'of the call' }),
});

const listQuery = (pageRows: number) =>
  Type.Object(
    { ...pageParams(pageRows, 'calls', callConditionSchemas), text: words('that one of its records has: ') },
    { additionalProperties: false },
  );
type List = Static<ReturnType<typeof listQuery>>;

/** @throws ClientError 400 */
export function toCallFilter({ filter, ...conditions }: CallParams): CallFilter {
  return {
    ...toCallConditions(conditions),
    ...(filter === undefined ? {} : { and: [readCallFilter(parsed(filter))] }),
  };
}
type CallParams = Omit<List, 'after' | 'before' | 'limit' | 'order' | 'text'>;

function toQuery(given: List, within: Within): CallQuery {
  const { after, before, limit, order, text, ...filter } = given;
  const query = { ...toCallFilter(filter), within, limit, ...placesOf(order ?? 'id', after, before) };
  if (text === undefined) return query;
  checkWords(text, 'text');
  checkText({ ...query, text });
  return { ...query, text: text.toWellFormed() };
}

export function callRoutes(api: FastifyInstance, context: HttpContext, demand: Demand): void {
  const { store, limits } = context;
  const { onRequest, principalOf } = demand('read');
  const listed = listQuery(limits.page_rows);

  api.get(
    '/calls',
    { onRequest, schema: { querystring: listed }, config: { operation: operations.list } },
    async (request) => {
      const query = toQuery(request.query as List, principalOf(request).within);
      const calls = await store.listCalls({ ...query, limit: query.limit + 1 });
      const page = query.before === undefined ? calls.slice(0, query.limit) : calls.slice(-query.limit);
      const cursors = cursorsOf(
        page.map(({ place }) => place),
        query,
      );
      return { calls: page.map((call) => toNativeCall(call)), ...cursors, more: calls.length > page.length };
    },
  );

  liveCallRoutes(api, context, demand);

  api.get(
    '/calls/:id',
    { onRequest, schema: { params: idParams }, config: { operation: operations.one } },
    async (request) => {
      const { id } = request.params as Static<typeof idParams>;
      const call = await store.call(id, principalOf(request).within);
      if (!call) throw new ClientError(404, `there is no call ${id}`);
      return toWholeCall(call);
    },
  );

  // An export goes forwards: there is nothing before a place.
  const forwards = Type.Omit(listed, ['before']).properties;
  exportList<ListedCall>(api, context, {
    ...{ url: '/calls', onRequest, operation: operations.list, query: forwards },
    columns: callColumns,
    shape: toNativeCall,
    open: (request) => {
      const { within } = principalOf(request);
      const query = toQuery({ ...(request.query as List), limit: 1 }, within);
      const read = (last: ListedCall | undefined, limit: number) => {
        const place = last && (query.order?.endsWith('start') ? last.place : last.place.id);
        return store.listCalls({ ...query, limit, ...(place === undefined ? {} : { after: place }) });
      };
      return untilNow(read, async () => (await store.listCalls({ within: null, order: '-id', limit: 1 }))[0]?.id ?? 0);
    },
    cursor: ({ place }, request) => cursorOf(place, (request.query as List).order),
  });

  closeOtherMethods(api, '/calls', ['GET']);
  closeOtherMethods(api, '/calls/:id', ['GET']);
}

type Read = (last: ListedCall | undefined, limit: number) => Promise<ListedCall[]>;

/** Without the calls that are newer than the export: so it ends, however many come meanwhile. */
function untilNow(read: Read, newest: () => Promise<number>): Read {
  let most: number | undefined;
  return async (last, limit) => {
    most ??= await newest();
    const page: ListedCall[] = [];
    for (let place = last, more = true; more && page.length < limit;) {
      const some = await read(place, limit - page.length);
      more = some.length === limit - page.length;
      place = some.at(-1) ?? place;
      page.push(...some.filter(({ id }) => id <= most!));
    }
    return page;
  };
}
