// The envelope of every fault: {"message", "errors": [{"code", "message"}]}. Clients read the first error's message, else the message.
import type { FastifyReply } from 'fastify';
import type { Problem } from '../../problem.ts';

/** Of what is not valid; of everything else the status is the code. */
const validation = 'SF0010';
/** As the vendor titles them. */
const titles: Record<number, string> = {
  400: 'Validation error',
  401: 'Unauthorized',
  403: 'Access denied',
  404: 'Resource not found',
};

export function refuse(reply: FastifyReply, { status, title, detail, errors = [] }: Problem): FastifyReply {
  const code = status === 400 || status === 422 ? validation : String(status);
  const told = errors.map(({ field, message }) => ({ code, field, message: field ? `${field}: ${message}` : message }));
  const isOfFilter = status === 400 && errors[0]?.field.split('.')[0] === 'filter';
  return reply
    .code(status)
    .type('application/json')
    .send(
      JSON.stringify({
        message: isOfFilter ? 'Filtration error' : (titles[status] ?? title),
        errors: told.length > 0 ? told : [{ code, message: detail }],
      }),
    );
}
