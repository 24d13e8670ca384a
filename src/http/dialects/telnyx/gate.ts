// Where this vendor's clients show who they are: x-api-token (V1; the x-api-user beside it says nothing that the token does not), or
// Authorization with `Token` or `Bearer`, which the vendor's SDK sends.
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../../auth.ts';
import { bearerOf } from '../../bearer.ts';
import type { HttpContext } from '../../context.ts';
import { demandShown, principals } from '../../gate.ts';

/** An onRequest hook: to have a report made is to read. */
export function demandHere({ auth }: HttpContext): (request: FastifyRequest) => Promise<void> {
  return demandShown(auth, 'read', ({ headers }) => {
    const token = headers['x-api-token'];
    const [, named] = /^Token +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
    const secret = typeof token === 'string' && token !== '' ? token : (named ?? bearerOf(headers));
    return secret === null ? null : { secret };
  });
}

export function principalOf(request: FastifyRequest): Principal {
  return principals.get(request)!;
}
