// Where this vendor's clients show who they are: X-Auth-Token, or Basic with a user id and a token. A bearer token is good too.
import type { FastifyRequest } from 'fastify';
import type { Scope } from '../../../store/tokens.ts';
import type { Principal } from '../../auth.ts';
import { bearerOf } from '../../bearer.ts';
import type { HttpContext } from '../../context.ts';
import { demandShown, principals, type Shown } from '../../gate.ts';

/** @returns null when nothing is shown */
export function secretIn({ headers }: FastifyRequest): string | null {
  const token = headers['x-auth-token'];
  if (typeof token === 'string' && token !== '') return token;
  return basicOf(headers.authorization ?? '') ?? bearerOf(headers);
}

/** `user_id:token` (RFC 7617); the token alone says who it is. */
function basicOf(authorization: string): string | null {
  const [, encoded] = /^Basic +(\S+) *$/i.exec(authorization) ?? [];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString();
  return text.slice(text.indexOf(':') + 1);
}

/** An onRequest hook. */
export function demandHere({ auth }: HttpContext, scope: Scope): (request: FastifyRequest) => Promise<void> {
  return demandShown(auth, scope, (request): Shown | null => {
    const secret = secretIn(request);
    return secret === null ? null : { secret };
  });
}

export function principalOf(request: FastifyRequest): Principal {
  return principals.get(request)!;
}
