// /api/v1: our own words. Errors are problem documents; every answer is bounded; paging is by id.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ClientError } from '../../../errors.ts';
import type { Scope } from '../../../store/tokens.ts';
import type { Principal } from '../../auth.ts';
import type { Dialect, HttpContext } from '../../context.ts';
import { byOfRequest, demand as demandOf, principals } from '../../gate.ts';
import { json, made, type Operation } from '../../documents/operation.ts';
import { closeOtherMethods } from '../../methods.ts';
import { bodyLimitText, problemOf, sendProblem } from '../../problem.ts';
import { Created, Duplicate, PostResults } from './answers.ts';
import { callRoutes } from './calls.ts';
import { changesRoutes } from './changes.ts';
import { completenessRoutes } from './completeness.ts';
import { registerDirectory } from './directory.ts';
import { registerDoctor } from './doctor.ts';
import { registerHolds } from './holds.ts';
import { registerThings } from './things.ts';
import { editRoutes } from './edit.ts';
import { explainRoutes } from './explain.ts';
import { registerJobs } from './jobs.ts';
import { readRoutes } from './read.ts';
import { registerReconciles } from './reconciles.ts';
import { registerRejects } from './rejects.ts';
import { registerSession } from './session.ts';
import { registerUsers } from './users.ts';
import { statsRoutes } from './stats.ts';
import { registerWebhooks } from './webhooks.ts';
import { NewCdrs, postCdrs, statusOf } from './write.ts';

/** Lets in who has the scope, before the body is read: nobody without a token makes us take in megabytes. */
export type Demand = (scope: Scope) => {
  onRequest: (request: FastifyRequest) => Promise<void>;
  principalOf: (request: FastifyRequest) => Principal;
};

export const native: Dialect = {
  isDocumented: true,
  refuse: sendProblem,
  register(app, context) {
    void app.register(
      (api, _options, done) => {
        api.removeContentTypeParser('text/plain');
        api.setErrorHandler((error, request, reply) =>
          sendProblem(reply, problemOf(error, context.log, bodyLimitText(request, context.limits), request)),
        );
        routes(api, context);
        done();
      },
      { prefix: '/api/v1' },
    );
  },
};

const posting = (rows: number): Operation => ({
  id: 'postCdrs',
  summary: 'Stores a record, or a list of them',
  description:
    `One record: 201, 200 or 422. A list of at most ${rows} (limits.post_rows): always 200, with a result for each. ` +
    'Two records of one request that agree in everything and have no sequence are two; sent again, they are duplicates.',
  ...{ tag: 'records', needs: 'write' },
  body: NewCdrs(rows),
  answers: {
    200: json(Type.Union([Duplicate, PostResults]), 'A record that is known already, or the results of a list.'),
    201: made(Created, 'The record is stored.'),
  },
  errors: {
    410: 'Retention has taken this record away; it does not come back.',
    422: 'It is no record; `errors` names each field.',
  },
});

function routes(api: FastifyInstance, context: HttpContext): void {
  const { limits } = context;
  const principalOf = (request: FastifyRequest) => principals.get(request)!;
  const demand: Demand = (scope) => ({
    onRequest: demandOf(context.auth, scope),
    principalOf,
  });

  registerSession(api, context);
  registerUsers(api, context);
  registerDirectory(api, context);
  registerThings(api, context);
  registerReconciles(api, context);
  registerRejects(api, context);
  registerJobs(api, context);
  registerDoctor(api, context);
  registerHolds(api, context);
  registerWebhooks(api, context);
  readRoutes(api, context, demand);
  editRoutes(api, context, demand);
  explainRoutes(api, context, demand);
  completenessRoutes(api, context);
  statsRoutes(api, context, demand);

  api.post(
    '/cdrs',
    { onRequest: demand('write').onRequest, config: { operation: posting(limits.post_rows) } },
    async (request, reply) => {
      const { body } = request;
      const { within } = principalOf(request);
      if (Array.isArray(body)) {
        if (body.length > limits.post_rows) {
          throw new ClientError(
            413,
            `${body.length} records in one request, at most ${limits.post_rows} (limits.post_rows)`,
          );
        }
        const results = await postCdrs(body, within, context);
        context.auth.writes.tell(byOfRequest(request), results);
        return { results };
      }
      if (typeof body !== 'object' || body === null)
        throw new ClientError(400, 'expected a record or a list of records as JSON');
      const [result] = await postCdrs([body], within, context);
      context.auth.writes.tell(byOfRequest(request), [result!]);
      const status = statusOf(result!);
      if ('id' in result!) void reply.header('location', `/api/v1/cdrs/${result.id}`);
      return reply.code(status).send(result);
    },
  );

  callRoutes(api, context, demand);
  changesRoutes(api, context, demand);
  closeOtherMethods(api, '/cdrs', ['GET', 'POST']);
  closeOtherMethods(api, '/cdrs/:id', ['DELETE', 'GET', 'PATCH']);
}
