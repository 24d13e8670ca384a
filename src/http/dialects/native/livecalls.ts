// GET /calls/live: the calls that go on now, behind the reader's wall; of systems that tell of their channels.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { callMatches } from '../../../cdr/callquery.ts';
import { liveFacts, seenLive, type LiveCall } from '../../../live/call.ts';
import { callConditionSchemas } from '../../callfilter.ts';
import type { HttpContext } from '../../context.ts';
import { json, type Operation } from '../../documents/operation.ts';
import { exportList } from '../../export/routes.ts';
import { closeOtherMethods } from '../../methods.ts';
import { toCallFilter } from './calls.ts';
import { text } from './answers.ts';
import { liveColumns, NativeLiveCall, toNativeLive } from './liveshape.ts';
import { filterParams, listQuery } from './query.ts';
import type { Demand } from './routes.ts';

const System = Type.Object(
  {
    name: Type.String({ description: 'the Asterisk' }),
    up: Type.Boolean({
      description:
        'false: the line to it is away; its calls are those of before, as far as their records have not come',
    }),
    detail: text('why nothing is heard of its channels though the line is up, and what to do; null: nothing is wrong'),
  },
  { additionalProperties: false, title: 'LiveSystem' },
);

export const LivePage = Type.Object(
  {
    calls: Type.Array(NativeLiveCall, { description: 'the oldest first' }),
    more: Type.Boolean({ description: 'there are more than "limit"' }),
    systems: Type.Array(System, {
      description: 'which tell of their live calls (ami.events "calls"); of others nothing is known',
    }),
    why: text('why no system tells of live calls, and what to do; null where one does'),
  },
  { additionalProperties: false, title: 'LivePage' },
);

const nobody =
  'no system tells of its live calls: set events: calls in the section ami of a system, and read = cdr,call for its user in manager.conf';

const operation: Operation = {
  ...{ id: 'listLiveCalls', summary: 'The calls that go on now', tag: 'calls', needs: 'read' },
  description:
    'Of systems with `ami.events: calls`. They are of this moment and stored nowhere; when a call is over, its records and the call made of them are in the lists. All conditions must hold; one on the outcome never does.',
  answers: { 200: json(LivePage, 'The live calls; empty where there are none, or nobody tells of them.') },
};

export function liveCallRoutes(api: FastifyInstance, context: HttpContext, demand: Demand): void {
  const { board, limits } = context;
  const { onRequest, principalOf } = demand('read');
  const { limit } = listQuery(limits.page_rows).properties;
  const conditions = { filter: filterParams.filter, ...callConditionSchemas };
  const query = { limit, ...conditions };
  const querystring = Type.Object(query, { additionalProperties: false });
  type Asked = Static<typeof querystring>;

  /** All that are asked for, as they stand now. */
  const callsFor = async (request: FastifyRequest): Promise<LiveCall[]> => {
    const { within } = principalOf(request);
    // An export is asked how it shall look, too.
    const given = Object.entries(request.query as Asked).filter(([name]) => Object.hasOwn(conditions, name));
    const wanted = toCallFilter(Object.fromEntries(given));
    const now = Date.now() * 1000;
    const seen = (await board.calls()).flatMap((call) => seenLive(call, within) ?? []);
    return seen.filter((call) => callMatches(liveFacts(call, now), wanted, within));
  };

  api.get('/calls/live', { onRequest, schema: { querystring }, config: { operation } }, async (request) => {
    const calls = await callsFor(request);
    const { limit: most } = request.query as Asked;
    const systems = board.systems.map(({ name, isUp, mute }) => ({ name, up: isUp, detail: mute }));
    return {
      calls: calls.slice(0, most).map((call) => toNativeLive(call)),
      more: calls.length > most,
      systems,
      why: systems.length > 0 ? null : nobody,
    };
  });

  exportList<LiveCall>(api, context, {
    ...{ url: '/calls/live', onRequest, operation, query, columns: liveColumns, shape: toNativeLive },
    open: (request) => {
      // All of one moment, whatever happens while it is sent.
      const calls = callsFor(request);
      return async (last, most) => {
        const from = last === undefined ? 0 : (await calls).indexOf(last) + 1;
        return (await calls).slice(from, from + most);
      };
    },
  });
  closeOtherMethods(api, '/calls/live', ['GET']);
}
