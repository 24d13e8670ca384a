// Errors of the native API: RFC 9457 problem documents that name what was wrong.
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { ClientError, messageOf, Unavailable } from '../errors.ts';
import type { ErrorObject } from 'ajv';
import type { Log } from '../log.ts';
import { faultsOf, sentenceOf } from './validate.ts';

const titles: Record<number, string> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Body too large',
  415: 'Unsupported media type',
  426: 'Upgrade required',
  422: 'Unprocessable record',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Unavailable',
};

const closed = { additionalProperties: false };

/** errors.ts has it as an interface. */
export const Fault = Type.Object(
  {
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

/** Anything thrown in a request, as what the client may know of it; `bodyLimit` in words. */
export function problemOf(error: unknown, log: Log, bodyLimit: string): Problem {
  if (error instanceof ClientError) return newProblem(error.status, error.message, error.faults);
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
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return newProblem(415, 'the body must be sent as application/json');
  if (statusCode !== undefined && statusCode < 500) return newProblem(statusCode, messageOf(error));
  log.error({ err: error }, 'a request failed');
  return newProblem(500, 'something went wrong here; the log of cdrd says what');
}

/** How large a body of this route may be, in words. */
export function bodyLimitText({ routeOptions }: FastifyRequest, { body_bytes: most }: { body_bytes: number }): string {
  const { bodyLimit } = routeOptions;
  return bodyLimit === undefined || bodyLimit === most ? `${most} bytes (limits.body_bytes)` : `${bodyLimit} bytes`;
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
  return reply.code(problem.status).type('application/problem+json').send(problem);
}

export function notFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const detail = `there is nothing at ${request.method} ${request.url.split('?')[0]!.slice(0, 200)}`;
  return sendProblem(reply, newProblem(404, detail));
}
