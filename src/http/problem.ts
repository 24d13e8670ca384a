// Errors of the native API: RFC 9457 problem documents that name what was wrong.
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { ClientError, messageOf, Unavailable, type Fault } from '../errors.ts';
import type { Log } from '../log.ts';

const titles: Record<number, string> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  413: 'Body too large',
  415: 'Unsupported media type',
  422: 'Unprocessable record',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Unavailable',
};

export interface Problem {
  type: 'about:blank';
  title: string;
  status: number;
  detail: string;
  errors?: Fault[];
}

/** Anything thrown in a request, as what the client may know of it. */
export function problemOf(error: unknown, log: Log, bodyLimit: number): Problem {
  const problem = (status: number, detail: string, errors: Fault[] = []): Problem => ({
    type: 'about:blank',
    title: titles[status] ?? 'Error',
    status,
    detail,
    ...(errors.length > 0 ? { errors } : {}),
  });
  if (error instanceof ClientError) return problem(error.status, error.message, error.faults);
  if (error instanceof Unavailable) return problem(503, error.message);
  const { statusCode, code, validation, validationContext } = error as FastifyError;
  if (validation) {
    const faults = validation.map((fault) => {
      const params = fault.params as { additionalProperty?: string; missingProperty?: string; allowedValues?: unknown[] };
      const field = [fault.instancePath.slice(1).replaceAll('/', '.'), params.additionalProperty, params.missingProperty];
      const allowed = params.allowedValues ? `: ${params.allowedValues.join(', ')}` : '';
      return { field: field.filter(Boolean).join('.') || validationContext || '', message: `${fault.message ?? ''}${allowed}` };
    });
    const text = faults.map(({ field, message }) => `${field} ${message}`).join('; ');
    return problem(400, `the ${validationContext ?? 'request'} is not as documented: ${text}`, faults);
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return problem(413, `the body is larger than ${bodyLimit} bytes (limits.body_bytes)`);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return problem(415, 'the body must be sent as application/json');
  if (statusCode !== undefined && statusCode < 500) return problem(statusCode, messageOf(error));
  log.error({ err: error }, 'a request failed');
  return problem(500, 'something went wrong here; the log of cdrd says what');
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
  return reply.code(problem.status).type('application/problem+json').send(problem);
}

export function notFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const detail = `there is nothing at ${request.method} ${request.url.split('?')[0]!.slice(0, 200)}`;
  return sendProblem(reply, { type: 'about:blank', title: titles[404]!, status: 404, detail });
}
