// GET /calls/live: the calls that go on now, behind the reader's wall; of systems that tell of their channels.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { callMatches } from '../../../cdr/callquery.ts';
import { liveFacts, seenLive } from '../../../live/call.ts';
import { callConditionSchemas } from '../../callfilter.ts';
import type { HttpContext } from '../../context.ts';
import { json, type Operation } from '../../documents/operation.ts';
import { closeOtherMethods } from '../../methods.ts';
import { toCallFilter } from './calls.ts';
import { text } from './answers.ts';
import { NativeLiveCall, toNativeLive } from './liveshape.ts';
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

export function liveCallRoutes(api: FastifyInstance, { board, limits }: HttpContext, demand: Demand): void {
  const { onRequest, principalOf } = demand('read');
  const { limit } = listQuery(limits.page_rows).properties;
  const { filter } = filterParams;
  const querystring = Type.Object({ limit, filter, ...callConditionSchemas }, { additionalProperties: false });

  api.get('/calls/live', { onRequest, schema: { querystring }, config: { operation } }, async (request) => {
    const { within } = principalOf(request);
    const { limit: most, ...given } = request.query as Static<typeof querystring>;
    const wanted = toCallFilter(given);
    const now = Date.now() * 1000;
    const seen = (await board.calls()).flatMap((call) => seenLive(call, within) ?? []);
    const calls = seen.filter((call) => callMatches(liveFacts(call, now), wanted, within));
    const systems = board.systems.map(({ name, isUp, mute }) => ({ name, up: isUp, detail: mute }));
    return {
      calls: calls.slice(0, most).map(toNativeLive),
      more: calls.length > most,
      systems,
      why: systems.length > 0 ? null : nobody,
    };
  });
  closeOtherMethods(api, '/calls/live', ['GET']);
}
