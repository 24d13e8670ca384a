// What an address answers to methods it does not have: 405 and the list of those it has (RFC 9110 §15.5.6).
import type { FastifyInstance } from 'fastify';
import type {} from './documents/operation.ts';
import { answerFault, methods, newProblem, type Method } from './problem.ts';

/** `url` is known by the methods of `own` (HEAD comes with GET). OPTIONS tells them; a preflight of a page that may ask never comes here (cors.ts). */
export function closeOtherMethods(app: FastifyInstance, url: string, own: readonly Method[]): void {
  const known: Method[] = own.includes('GET') ? [...own, 'HEAD'] : [...own];
  const allow = [...known, 'OPTIONS'].sort().join(', ');
  app.route({
    method: methods.filter((method) => !known.includes(method)),
    url,
    config: { operation: null },
    // Before the body is read: it is of no use to anybody.
    onRequest: async (request, reply) => {
      void reply.header('allow', allow);
      if (request.method === 'OPTIONS') return reply.code(204).send();
      return answerFault(reply, newProblem(405, `${request.method} does nothing here, expected one of ${allow}`));
    },
    handler: () => undefined,
  });
}
