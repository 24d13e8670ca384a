// /api/v1: our own words. Errors are problem documents; every answer is bounded; paging is by id.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { ClientError } from '../../../errors.ts';
import type { Scope } from '../../../store/tokens.ts';
import type { Dialect, HttpContext } from '../../context.ts';
import { demand as demandOf, principals } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';
import { bodyLimitText, problemOf, sendProblem } from '../../problem.ts';
import { registerDirectory } from './directory.ts';
import { listQuery, toQuery } from './query.ts';
import { registerSession } from './session.ts';
import { toNative } from './shape.ts';
import { registerUsers } from './users.ts';
import { postCdrs, statusOf } from './write.ts';

const idParams = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) });

export const native: Dialect = {
  name: 'native',
  register(app, context) {
    void app.register(
      (api, _options, done) => {
        api.removeContentTypeParser('text/plain');
        api.setErrorHandler((error, request, reply) =>
          sendProblem(reply, problemOf(error, context.log, bodyLimitText(request, context.limits))),
        );
        routes(api, context);
        done();
      },
      { prefix: '/api/v1' },
    );
  },
};

function routes(api: FastifyInstance, context: HttpContext): void {
  const { store, limits } = context;
  const demand = (scope: Scope) => demandOf(context.auth, scope);
  registerSession(api, context);
  registerUsers(api, context);
  registerDirectory(api, context);
  const list = listQuery(limits.page_rows);

  api.get('/cdrs', { onRequest: demand('read'), schema: { querystring: list } }, async (request, reply) => {
    const query = toQuery(request.query as Static<typeof list>, principals.get(request)!.within);
    // One more than asked for tells whether there is more, without a count.
    const cdrs = await store.list({ ...query, limit: query.limit + 1 });
    const page = cdrs.slice(0, query.limit);
    const body = { cdrs: page.map(toNative), after: page.at(-1)?.id ?? query.after, more: cdrs.length > page.length };
    return reply.type('application/json').send(JSON.stringify(body));
  });

  api.get('/cdrs/:id', { onRequest: demand('read'), schema: { params: idParams } }, async (request) => {
    const { id } = request.params as Static<typeof idParams>;
    const cdr = await store.one(id, principals.get(request)!.within);
    if (!cdr) throw new ClientError(404, `there is no record ${id}`);
    return toNative(cdr);
  });

  api.post('/cdrs', { onRequest: demand('write') }, async (request, reply) => {
    const { body } = request;
    const { within } = principals.get(request)!;
    if (Array.isArray(body)) {
      if (body.length > limits.post_rows) {
        throw new ClientError(
          413,
          `${body.length} records in one request, at most ${limits.post_rows} (limits.post_rows)`,
        );
      }
      return { results: await postCdrs(body, within, context) };
    }
    if (typeof body !== 'object' || body === null)
      throw new ClientError(400, 'expected a record or a list of records as JSON');
    const [result] = await postCdrs([body], within, context);
    const status = statusOf(result!);
    if (result!.status !== 'rejected') void reply.header('location', `/api/v1/cdrs/${result!.id}`);
    return reply.code(status).send(result);
  });

  closeOtherMethods(api, '/cdrs', ['GET', 'POST']);
  closeOtherMethods(api, '/cdrs/:id', ['GET']);
}
