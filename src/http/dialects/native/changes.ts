// The change sequence over plain HTTP: GET changes (with or without waiting) and the event stream GET live. Same places, same rules as /live.
import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Type, type Static } from 'typebox';
import type { Resync } from '../../../feed/feed.ts';
import { ClientError } from '../../../errors.ts';
import { formatOf } from '../../export/formats.ts';
import { secretOf } from '../../gate.ts';
import type { HttpContext } from '../../context.ts';
import { LivePoll } from '../../livepoll.ts';
import { LiveStream, streamHeaders } from '../../livestream.ts';
import { json, problem, type Operation } from '../../documents/operation.ts';
import { closeOtherMethods } from '../../methods.ts';
import { newProblem, ResyncProblem, sendProblem } from '../../problem.ts';
import { limitKey } from '../../validate.ts';
import { ChangePage } from './callshape.ts';
import { filterParams, listQuery } from './query.ts';
import { liveParam, toWish, typesParam } from './wish.ts';
import type { Demand } from './routes.ts';

/** Longest generation there is, with room. */
const generation = Type.Optional(Type.String({ maxLength: 64, description: 'of the store that "after" is from' }));
const after = Type.Optional(
  Type.Integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'everything after this place; absent = now',
  }),
);

const changesQuery = (pageRows: number, waitSeconds: number) =>
  Type.Object(
    {
      ...{ after, generation, limit: listQuery(pageRows).properties.limit },
      wait: Type.Integer({
        ...{ minimum: 0, maximum: waitSeconds, default: 0, [limitKey]: 'limits.live_wait_seconds' },
        description: 'seconds to wait for a change',
      }),
      ...typesParam,
      ...filterParams,
    },
    { additionalProperties: false },
  );

const stream = Type.Object(
  { after, generation, ...typesParam, ...liveParam, ...filterParams },
  { additionalProperties: false },
);

const resyncs = 'This place does not exist here, or is of another store: read the list again, then go on from "seq".';

/** `base`: where our own API is found on this listener. */
const onlyJson = (base: string) =>
  `changes are application/json, or text/event-stream at ${base}/live; CSV and NDJSON are for lists, ${base}/cdrs before all`;

const changesOperation: Operation = {
  id: 'changes',
  summary: 'What changed after a place, with or without waiting',
  description:
    'In order, each record as it is now: created may come of one that you have, deleted of one that you never had. With `wait` it answers as soon as there is something. Ask again with the `after` and the `generation` of the answer; without `after` one begins now.',
  ...{ tag: 'feed', needs: 'read' },
  answers: { 200: json(ChangePage, 'The changes after this place.'), 409: problem(resyncs, ResyncProblem) },
  errors: { 406: 'Only CSV or NDJSON was accepted: changes are JSON.' },
};

const streamOperation: Operation = {
  id: 'liveEvents',
  summary: 'The feed as an event stream (SSE)',
  description:
    'Says what the WebSocket says, see /asyncapi.json. The id of each event is GENERATION:SEQ; sent back as Last-Event-ID it is where the stream goes on.',
  ...{ tag: 'feed', needs: 'read' },
  answers: {
    200: { description: 'Events, until one hangs up.', content: { 'text/event-stream': Type.String() } },
  },
};

export function changesRoutes(api: FastifyInstance, context: HttpContext, demand: Demand): void {
  const { onRequest, principalOf } = demand('read');
  const { feed, limits, live } = context;
  const changes = changesQuery(limits.page_rows, limits.live_wait_seconds);

  api.get(
    '/changes',
    { onRequest, schema: { querystring: changes }, config: { operation: changesOperation } },
    async (request, reply) => {
      if (formatOf(request.headers)) throw new ClientError(406, onlyJson(api.prefix));
      const { after = feed.head, generation, limit, wait, ...given } = request.query as Static<typeof changes>;
      const wish = toWish(given);
      const resync = await feed.resync(after, generation);
      if (resync) return sendResync(reply, resync);
      const [principal, secret] = [principalOf(request), secretOf(request)];
      const poll = new LivePoll(reply.raw, feed, { after, limit, waitSeconds: wait, wish, principal, secret });
      const leave = wait > 0 ? live.clients.enter(poll) : () => undefined;
      const answer = await poll.run().finally(leave);
      const head = `{"generation":${JSON.stringify(feed.generation)},"changes":[`;
      const body = `${head}${answer.changes.join(',')}],"after":${answer.after},"more":${answer.more}}`;
      return reply.type('application/json').send(body);
    },
  );

  api.get(
    '/live',
    { onRequest, schema: { querystring: stream }, config: { operation: streamOperation } },
    async (request, reply) => {
      void reply.headers(streamHeaders);
      if (request.method === 'HEAD') return reply.send();
      const { after, generation, ...given } = request.query as Static<typeof stream>;
      const wish = toWish(given);
      const from = placeOf(request.headers['last-event-id']) ?? { after: after ?? null, generation };
      const resync = await feed.resync(from.after ?? 0, from.generation);
      const { raw } = reply;
      if (raw.closed) return reply.hijack();
      const caller = {
        ...{ principal: principalOf(request), secret: secretOf(request), address: request.ip },
        log: context.log.child({ request: request.id }),
      };
      const client = new LiveStream(raw, context, live.clients, caller);
      raw.once('close', live.clients.enter(client));
      request.server.metrics.observe(request, 200, reply.elapsedTime);
      raw.writeHead(200, reply.hijack().getHeaders() as OutgoingHttpHeaders);
      client.start(from.after, resync, wish);
      return reply;
    },
  );

  closeOtherMethods(api, '/changes', ['GET']);
  closeOtherMethods(api, '/live', ['GET']);
}

/** Where a stream was left: the id of its last event. One that we never gave is of no generation of ours. */
function placeOf(id: string | string[] | undefined): { after: number; generation: string } | null {
  if (id === undefined || id === '') return null;
  const [, generation = '', place = ''] = /^(\w{1,64}):(\d{1,15})$/.exec(String(id)) ?? [];
  return { after: Number(place), generation };
}

function sendResync(reply: FastifyReply, resync: Resync): FastifyReply {
  const found = resync.reason === 'place' ? 'this place does not exist here yet' : 'this place is of another store';
  const detail = `${found}: read the list again, then go on with after=${resync.seq} and the generation named here`;
  return sendProblem(reply, { ...newProblem(409, detail), ...resync });
}
