// POST /rest/call/read as the IPCortex PABX answers it. Failures are HTTP 200 with result "fail": its clients read the message only there.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { CdrQuery } from '../../../cdr/query.ts';
import { ClientError } from '../../../errors.ts';
import { bearerOf } from '../../auth.ts';
import type { Dialect, HttpContext } from '../../context.ts';
import { problemOf } from '../../problem.ts';
import { toIpcortex } from './shape.ts';

const rows = { default: 500, most: 10_000 };
/** Epoch milliseconds that stay exact as Micros. */
const lastMs = Math.floor(Number.MAX_SAFE_INTEGER / 1000) - 1;

const Scope = Type.Object({
  minID: Type.Union([Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), Type.Null()]),
  maxRows: Type.Union([Type.Integer({ minimum: 1, maximum: rows.most }), Type.Null()]),
  minDate: Type.Union([Type.Integer({ minimum: 0, maximum: lastMs }), Type.Null()]),
  maxDate: Type.Union([Type.Integer({ minimum: 0, maximum: lastMs }), Type.Null()]),
});
type Scope = Partial<Static<typeof Scope>>;

export const ipcortex: Dialect = {
  name: 'ipcortex',
  register(app, context) {
    void app.register((api, _options, done) => {
      // Its clients send JSON under any content type, or none.
      api.removeAllContentTypeParsers();
      api.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, parsed) => parsed(null, text));
      api.setErrorHandler((error, _request, reply) => {
        const { detail } = problemOf(error, context.log, context.limits.body_bytes);
        return fail(reply, detail);
      });
      for (const url of ['/rest/call/read', '/rest/call/read/:type']) {
        api.route({ method: ['GET', 'POST'], url, handler: (request, reply) => read(request, reply, context) });
      }
      registerUnknown(api);
      done();
    });
  },
};

function registerUnknown(api: FastifyInstance): void {
  api.all('/rest/*', (request, reply) => fail(reply, `unknown command ${request.url.split('?')[0]!.slice(0, 200)}`));
}

async function read(request: FastifyRequest, reply: FastifyReply, { auth, store }: HttpContext): Promise<FastifyReply> {
  const body = bodyOf(request.body);
  const principal = await auth.demand(keyOf(body) ?? bearerOf(request.headers), 'read');
  const type = (request.params as { type?: string }).type ?? body['type'] ?? 'cdr';
  if (type !== 'cdr') throw new ClientError(400, `type: ${JSON.stringify(type)?.slice(0, 100)} is not known, expected "cdr"`);
  const scope = scopeOf(body['scope']);
  const maxRows = scope.maxRows ?? rows.default;
  const query: CdrQuery = {
    within: principal.within,
    after: (scope.minID ?? 0) - 1,
    limit: maxRows,
    ...(scope.minDate == null ? {} : { from: scope.minDate * 1000 }),
    // Both ends belong to the range, to the last microsecond of the millisecond.
    ...(scope.maxDate == null ? {} : { until: (scope.maxDate + 1) * 1000 }),
  };
  const values = (await store.list(query)).map(toIpcortex);
  const answer = { result: 'success', minID: scope.minID ?? null, maxRows, values, numrows: values.length, numRows: values.length };
  return reply.type('application/json').send(JSON.stringify(answer));
}

/** An absent body or one that is no JSON object is read as {}, as the vendor does. */
function bodyOf(text: unknown): Record<string, unknown> {
  if (typeof text !== 'string') return {};
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function keyOf(body: Record<string, unknown>): string | null {
  const { key } = (body['auth'] ?? {}) as { key?: unknown };
  return typeof key === 'string' ? key : null;
}

function scopeOf(given: unknown): Scope {
  if (given === undefined || given === null) return {};
  const errors = Value.Errors(Type.Partial(Scope), given);
  const [first] = errors;
  if (!first) return given as Scope;
  const name = first.instancePath.slice(1) || 'scope';
  const found = JSON.stringify(name === 'scope' ? given : (given as Record<string, unknown>)[name]);
  const expected = name === 'maxRows' ? `a whole number from 1 to ${rows.most}` : 'a whole number from 0';
  throw new ClientError(400, `${name}: ${found?.slice(0, 100)} is not ${name === 'scope' ? 'an object' : expected}`);
}

function fail(reply: FastifyReply, message: string): FastifyReply {
  return reply.code(200).type('application/json').send(JSON.stringify({ result: 'fail', message }));
}
