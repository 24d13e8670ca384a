// The envelope of every fault: {"errors":[{"code","message","detail"?}]}. Where the fault is in several fields, each of them is told.
import type { FastifyReply } from 'fastify';
import type { Problem } from '../../problem.ts';

/** UNKNOWN, VALIDATE_FAILED and UNAUTHORIZED are the vendor's; the others are made as those are. */
const codes: Readonly<Record<number, string>> = {
  ...{ 401: 'UNAUTHORIZED', 403: 'FORBIDDEN', 404: 'NOT_FOUND', 405: 'METHOD_NOT_ALLOWED' },
  ...{ 413: 'PAYLOAD_TOO_LARGE', 415: 'UNSUPPORTED_MEDIA_TYPE', 429: 'TOO_MANY_REQUESTS' },
  ...{ 500: 'UNKNOWN', 503: 'UNAVAILABLE' },
};

export function refuse(reply: FastifyReply, { status, detail, errors = [] }: Problem): FastifyReply {
  const code = codes[status] ?? (status < 500 ? 'VALIDATE_FAILED' : 'UNKNOWN');
  if (status === 401) void reply.header('www-authenticate', 'Bearer');
  if (code === 'VALIDATE_FAILED') return answer(reply, status, invalid(detail, errors));
  return answer(reply, status, [{ code, message: messages[status] ?? detail }]);
}

const messages: Readonly<Record<number, string>> = {
  415: 'the body must be sent as application/json or application/x-www-form-urlencoded',
  500: 'unknown error',
};

/** As the vendor answers a log-in that fails. */
export function refuseLogin(reply: FastifyReply): FastifyReply {
  return answer(reply, 400, [{ code: 'UNAUTHORIZED', message: 'Login failed, authentication error' }]);
}

interface Told {
  code: string;
  message: string;
  detail?: object;
}

function invalid(detail: string, errors: NonNullable<Problem['errors']>): Told[] {
  const head = { code: 'VALIDATE_FAILED', message: 'field validation failed' };
  if (errors.length === 0) return [{ code: 'VALIDATE_FAILED', message: detail }];
  return errors.map(({ field, message }) => ({ ...head, detail: { field, message } }));
}

function answer(reply: FastifyReply, status: number, errors: readonly Told[]): FastifyReply {
  return reply.code(status).type('application/json').send(JSON.stringify({ errors }));
}
