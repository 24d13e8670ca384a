// POST /rest/call/read as the IPCortex PABX answers it. Failures are HTTP 200 with result "fail": its clients read the message only there.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import type { StoredCdr } from '../../../cdr/cdr.ts';
import type { CdrQuery } from '../../../cdr/query.ts';
import { ClientError } from '../../../errors.ts';
import type { Dialect, HttpContext } from '../../context.ts';
import { tellRefusal } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';
import { problemOf } from '../../problem.ts';
import { faultsOf, found, newValidator, sentenceOf } from '../../validate.ts';
import { pagesOf, sendList } from '../jsonlist.ts';
import { operations } from './answers.ts';
import { demandCallSummary, principalOf, registerAuth } from './auth.ts';
import { bodyOf } from './body.ts';
import { toIpcortex } from './shape.ts';

/** Who asks is in the body, so anybody may make us read one: no larger than a request of this vendor ever is. */
const bodyMax = 64 * 1024;
const rows = { default: 500, most: 10_000 };
/** Read at once; the next ones when these have left. */
const pageRows = 500;
/** Epoch milliseconds that stay exact as Micros. */
const lastMs = Math.floor(Number.MAX_SAFE_INTEGER / 1000) - 1;

const wholeNumber = (minimum: number, maximum: number, description: string) =>
  Type.Optional(Type.Union([Type.Integer({ minimum, maximum }), Type.Null()], { description }));

const flag = (description: string) => Type.Optional(Type.Union([Type.Boolean(), Type.Null()], { description }));

/** Anything else in it changes nothing. */
const Scope = Type.Object({
  minID: wholeNumber(0, Number.MAX_SAFE_INTEGER, 'lowest id'),
  maxRows: wholeNumber(1, rows.most, `most records, ${rows.default} when absent`),
  minDate: wholeNumber(0, lastMs, 'earliest start, epoch milliseconds'),
  maxDate: wholeNumber(0, lastMs, 'latest start, epoch milliseconds'),
  queuedata: flag('true: each record has the list "queuedata" too, which is empty: queue_log is not read here'),
  cachedata: flag('taken, and changes nothing: there is no cache here that a record could tell of'),
});
type Scope = Static<typeof Scope>;
const TypeParams = Type.Object({ type: Type.String({ description: 'cdr' }) });
const isScope = newValidator({ coerceTypes: false }).compile<Scope>(Scope);

export const ipcortex: Dialect = {
  isDocumented: true,
  refuse: (reply, { detail }) => fail(reply, detail),
  register(app, context) {
    void app.register((api, _options, done) => {
      // Its clients send JSON under any content type, or none, or what is no content type at all.
      api.addHook('onRequest', async (request) => {
        delete request.raw.headers['content-type'];
      });
      api.removeAllContentTypeParsers();
      api.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, parsed) => parsed(null, text));
      api.setErrorHandler((error, request, reply) => {
        const { detail, status, retry_after: wait } = problemOf(error, context.log, `${bodyMax} bytes`, request);
        tellRefusal(request, context.auth, status);
        if (wait !== undefined) void reply.header('retry-after', wait);
        return fail(reply, detail);
      });
      for (const url of ['/rest/call/read', '/rest/call/read/:type']) {
        for (const method of ['GET', 'POST']) {
          api.route({
            ...{ method, url, bodyLimit: bodyMax },
            ...(url.endsWith(':type') ? { schema: { params: TypeParams } } : {}),
            config: { operation: operations.read(method, url, Scope) },
            handler: (request, reply) => read(request, reply, context),
          });
        }
        closeOtherMethods(api, url, ['GET', 'POST']);
      }
      registerAuth(api, context, bodyMax);
      registerUnknown(api);
      done();
    });
  },
};

function registerUnknown(api: FastifyInstance): void {
  const unknown = (request: FastifyRequest, reply: FastifyReply) =>
    fail(reply, `unknown command ${request.url.split('?')[0]!.slice(0, 200)}`);
  // Before the body is read: it is of no use to anybody.
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => unknown(request, reply);
  api.all('/rest/*', { onRequest, config: { operation: null } }, unknown);
}

async function read(request: FastifyRequest, reply: FastifyReply, { auth, store }: HttpContext): Promise<FastifyReply> {
  const body = bodyOf(request.body);
  const principal = await principalOf(request, auth);
  demandCallSummary(principal);
  const type = (request.params as { type?: string }).type ?? body['type'] ?? 'cdr';
  if (type !== 'cdr') throw new ClientError(400, `type: ${found(type)} is not "cdr"`);
  const scope = scopeOf(body['scope']);
  const maxRows = scope.maxRows ?? rows.default;
  const query: Omit<CdrQuery, 'limit'> = {
    within: principal.within,
    ...(scope.minDate == null ? {} : { from: scope.minDate * 1000 }),
    // Both ends belong to the range, to the last microsecond of the millisecond.
    ...(scope.maxDate == null ? {} : { until: (scope.maxDate + 1) * 1000 }),
  };
  const first = (scope.minID ?? 0) - 1;
  const page = (last: StoredCdr | undefined, limit: number) =>
    store.list({ ...query, after: last?.id ?? first, limit });
  return sendList(reply, {
    head: `{"result":"success","minID":${scope.minID ?? null},"maxRows":${maxRows},"values":[`,
    pages: pagesOf(page, pageRows, maxRows),
    shape: (cdr) => JSON.stringify(toIpcortex(cdr, scope.queuedata === true)),
    tail: (count) => `],"numrows":${count},"numRows":${count}}`,
  });
}

function scopeOf(given: unknown): Scope {
  const scope = given ?? {};
  if (isScope(scope)) return scope;
  const faults = faultsOf(isScope.errors ?? []);
  throw new ClientError(400, sentenceOf(faults.map((fault) => ({ ...fault, field: fault.field || 'scope' }))));
}

function fail(reply: FastifyReply, message: string): FastifyReply {
  return reply
    .code(200)
    .type('application/json')
    .send(JSON.stringify({ result: 'fail', message }));
}
