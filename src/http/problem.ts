// Errors of the native API: RFC 9457 problem documents that name what was wrong.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { ClientError, messageOf, Unavailable } from '../errors.ts';
import type { ErrorObject } from 'ajv';
import type { Log } from '../log.ts';
import { isPassing, storeFault } from '../store/fault.ts';
import { faultsOf, sentenceOf } from './validate.ts';

export const methods = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'] as const;
export type Method = (typeof methods)[number];

const titles: Record<number, string> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  408: 'Request too slow',
  409: 'Conflict',
  413: 'Too large',
  414: 'URL too long',
  415: 'Unsupported media type',
  417: 'Expectation failed',
  422: 'Unprocessable',
  426: 'Upgrade required',
  429: 'Too many requests',
  431: 'Headers too large',
  500: 'Internal error',
  501: 'Not implemented',
  503: 'Unavailable',
};

const closed = { additionalProperties: false };

/** errors.ts has it as an interface. */
export const Fault = Type.Object(
  {
    line: Type.Optional(Type.Integer({ minimum: 1, description: 'of an imported file; its header is line 1' })),
    field: Type.String({ description: 'path of what is wrong, like filter.and.0.src; empty: all of it' }),
    message: Type.String({ description: 'what was found and what was expected' }),
  },
  { ...closed, title: 'Fault' },
);
export type Fault = Static<typeof Fault>;

const problem = {
  type: Type.Literal('about:blank'),
  title: Type.String({ description: 'the status in words' }),
  status: Type.Integer({ description: 'the HTTP status once more' }),
  detail: Type.String({ description: 'what was wrong, in a sentence' }),
  errors: Type.Optional(Type.Array(Fault, { description: 'each fault, at most 20' })),
  retry_after: Type.Optional(
    Type.Integer({
      minimum: 0,
      description: 'seconds after which trying again makes sense; also in the header Retry-After',
    }),
  ),
  request_id: Type.Optional(
    Type.String({ description: 'the same as in the header X-Request-Id and in the log of cdrd' }),
  ),
};

export const Problem = Type.Object(problem, {
  ...closed,
  title: 'Problem',
  description: 'How errors are told (RFC 9457).',
});
export type Problem = Static<typeof Problem>;

/** A place that is not of this store: the list must be read again. */
export const ResyncProblem = Type.Object(
  {
    ...problem,
    reason: Type.Enum(['generation', 'place'], { description: 'what is not of this store' }),
    generation: Type.String({ description: 'of this store' }),
    seq: Type.Integer({ minimum: 0, description: 'where to go on once the list is read' }),
  },
  { ...closed, title: 'ResyncProblem' },
);

export function newProblem(status: number, detail: string, errors: Fault[] = []): Problem {
  const head = { type: 'about:blank', title: titles[status] ?? 'Error', status, detail } as const;
  return errors.length > 0 ? { ...head, errors } : head;
}

/**
 * Anything thrown in a request, as what the client may know of it; what it may not know is logged, under the id of the request.
 * @param bodyLimit - in words
 */
export function problemOf(error: unknown, log: Log, bodyLimit: string, request?: FastifyRequest): Problem {
  if (error instanceof ClientError) {
    const problem = newProblem(error.status, error.message, error.faults);
    return error.retryAfter === null ? problem : { ...problem, retry_after: error.retryAfter };
  }
  if (error instanceof Unavailable) return newProblem(503, error.message);
  const { statusCode, code, validation } = error as FastifyError;
  if (validation) {
    const faults = faultsOf(validation as ErrorObject[]);
    return newProblem(400, sentenceOf(faults), faults);
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return newProblem(413, `the body is larger than ${bodyLimit}`);
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY') return newProblem(400, 'the body is empty, expected JSON');
  if (code === 'FST_ERR_CTP_INVALID_JSON_BODY') {
    return newProblem(400, 'the body is not valid JSON (keys called __proto__ are not taken either)');
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    const takesFiles = request?.server.hasContentTypeParser('text/csv') ?? false;
    return newProblem(
      415,
      `the body must be sent as application/json${takesFiles ? ', a file to import as text/csv' : ''}`,
    );
  }
  if (statusCode !== undefined && statusCode < 500) return newProblem(statusCode, messageOf(error));
  if (isPassing(error)) {
    const fault = storeFault(error);
    log.error({ request: request?.id, code }, `a request failed: the store cannot be used now: ${fault}`);
    return newProblem(503, `the store cannot be used now: ${fault}`);
  }
  const route = request && `${request.method} ${request.routeOptions.url ?? 'unknown'}`;
  log.error({ request: request?.id, route, err: error }, 'a request failed');
  return newProblem(500, `something went wrong here; the log of cdrd says what${request ? ` (${request.id})` : ''}`);
}

/** How large a body of this route may be, in words. */
export function bodyLimitText({ routeOptions }: FastifyRequest, { body_bytes: most }: { body_bytes: number }): string {
  const { bodyLimit } = routeOptions;
  return bodyLimit === undefined || bodyLimit === most ? `${most} bytes (limits.body_bytes)` : `${bodyLimit} bytes`;
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
  if (problem.retry_after !== undefined) void reply.header('retry-after', problem.retry_after);
  const { id } = reply.request;
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .send({ ...problem, request_id: id });
}

declare module 'fastify' {
  interface FastifyInstance {
    /** The envelope of the dialect whose routes these are. */
    refuse: (reply: FastifyReply, problem: Problem) => FastifyReply;
  }
}

/** In the envelope of the dialect that was asked, or `refuse`. */
export function answerFault(reply: FastifyReply, problem: Problem, refuse = reply.request.server.refuse): FastifyReply {
  if (problem.retry_after !== undefined) void reply.header('retry-after', problem.retry_after);
  return refuse(reply, problem);
}

export function notFound(
  request: FastifyRequest,
  reply: FastifyReply,
  refuse?: FastifyInstance['refuse'],
): FastifyReply {
  // A method of another protocol (WebDAV) is nothing we have anywhere (RFC 9110 §15.6.2).
  if (!methods.includes(request.method as Method)) {
    const expected = `expected one of ${methods.join(', ')}`;
    return answerFault(reply, newProblem(501, `${request.method} is not known here, ${expected}`), refuse);
  }
  const detail = `there is nothing at ${request.method} ${request.url.split('?')[0]!.slice(0, 200)}`;
  return answerFault(reply, newProblem(404, detail), refuse);
}
