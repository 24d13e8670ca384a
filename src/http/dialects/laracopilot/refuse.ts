// The envelope of every fault: {"message"}, and for a body that is not valid {"errors"} by field, as Laravel answers a client that wants JSON.
import type { FastifyReply } from 'fastify';
import type { Problem } from '../../problem.ts';
import { Invalid } from './rules.ts';

/** In the order in which Laravel lists them. */
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

export function refuse(reply: FastifyReply, { status, detail, errors }: Problem): FastifyReply {
  const message = messages[status]?.(reply) ?? detail;
  const isInvalid = status === 422 && errors !== undefined;
  return reply
    .code(status)
    .type('application/json')
    .send(JSON.stringify(isInvalid ? { message, errors: byField(errors) } : { message }));
}

const messages: Record<number, (reply: FastifyReply) => string | null> = {
  401: () => 'Unauthorized.',
  404: ({ request }) => (request.is404 ? `The route ${pathOf(request.url)} could not be found.` : null),
  405: (reply) => {
    const allow = String(reply.getHeader('allow') ?? '').split(', ');
    const supported = methods.filter((method) => allow.includes(method)).join(', ');
    const { method, url } = reply.request;
    return `The ${method} method is not supported for route ${pathOf(url)}. Supported methods: ${supported}.`;
  },
  500: () => 'Server Error',
};

function pathOf(url: string): string {
  return url.split('?')[0]!.slice(1, 200);
}

/** Several faults of one field are a list. */
function byField(faults: NonNullable<Problem['errors']>): Record<string, string[]> {
  const fields = Object.groupBy(faults, ({ field }) => field);
  return Object.fromEntries(Object.entries(fields).map(([field, of]) => [field, of!.map(({ message }) => message)]));
}

/** A fault of ours told in Laravel's words; any other stays. */
export function laravelFault(error: unknown): unknown {
  const { status, faults } = error as { status?: number; faults?: { field: string }[] };
  const field = faults?.[0]?.field;
  // The key that is there already.
  if (status === 409 && field === 'prefix')
    return new Invalid([{ field, message: 'The prefix has already been taken.' }]);
  return error;
}
