// The envelope of every fault: {"success": false, "message", "errors": [{"code", "title", "detail", "source"?}]}. The vendor's SDK shows `message`.
import type { FastifyReply } from 'fastify';
import type { Problem } from '../../problem.ts';

/** The vendor's own; of other statuses the status is the code. */
const known: Readonly<Record<number, { code: string; title: string }>> = {
  400: { code: '10015', title: 'Bad request' },
  401: { code: '10009', title: 'Authentication failed' },
  403: { code: '10010', title: 'Authorization failed' },
  404: { code: '10005', title: 'Resource not found' },
  422: { code: '10015', title: 'Bad request' },
  429: { code: '10011', title: 'Too many requests' },
  500: { code: '10007', title: 'Unexpected error' },
};

export function refuse(reply: FastifyReply, { status, title: usual, detail, errors = [] }: Problem): FastifyReply {
  const { code, title } = known[status] ?? { code: String(status), title: usual };
  const told = errors.map(({ field, message }) => ({
    ...{ code, title, detail: field === '' ? message : `${field}: ${message}` },
    source: { pointer: `/${field.replaceAll('.', '/')}` },
  }));
  const message = status === 401 || status === 404 ? title : detail;
  return reply
    .code(status)
    .type('application/json')
    .send(JSON.stringify({ success: false, message, errors: told.length > 0 ? told : [{ code, title, detail }] }));
}
