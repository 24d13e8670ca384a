// Who asks: a bearer token, any of ours, or one that this vendor's log-in gave. Those end after half an hour, as the vendor's do.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isoOf } from '../../../cdr/time.ts';
import { ClientError } from '../../../errors.ts';
import type { Principal } from '../../auth.ts';
import { bearerOf } from '../../bearer.ts';
import type { HttpContext } from '../../context.ts';
import { demandShown, openSession, principals, tellRefusal } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';
import { fieldsOf } from './body.ts';
import { refuseLogin } from './refuse.ts';

/** Anybody may make us read one. */
export const bodyLimit = 8 * 1024;
const usualSeconds = 1800;

/** How long what a log-in gives is good for: never longer than any session, used or not. */
export function accessSeconds({ auth }: HttpContext): number {
  return Math.min(usualSeconds, Math.floor(Math.min(auth.sessions.idle, auth.sessions.most) / 1e6));
}

/** An onRequest hook. */
export function demandHere(context: HttpContext): (request: FastifyRequest) => Promise<void> {
  const { auth } = context;
  const gate = demandShown(auth, 'read', ({ headers }) => {
    const secret = bearerOf(headers);
    return secret === null ? null : { secret };
  });
  return async (request) => {
    await gate(request);
    const over = overOf(principals.get(request)!, context);
    if (over !== null && over <= auth.now())
      throw new ClientError(401, 'the access token is over: refresh it or log in again');
  };
}

/** In milliseconds; null: it has no end. */
function overOf({ ends }: Principal, context: HttpContext): number | null {
  if (ends === undefined) return null;
  return ends - context.auth.sessions.most / 1000 + accessSeconds(context) * 1000;
}

/** `ann` at `acme.example` is the user `ann`, or where there is none, `ann@acme.example`. */
export async function nameIn({ auth }: HttpContext, username: string, domain: string): Promise<string> {
  if (domain === '' || username.includes('@')) return username;
  return (await auth.knownName(username)) === undefined ? `${username}@${domain}` : username;
}

/** The session of a name and a password; null where they are wrong, which the audit is told. @throws ClientError 429 */
export async function loggedIn(
  request: FastifyRequest,
  context: HttpContext,
  { name, password }: { name: string; password: string },
  withRefresh = false,
) {
  return openSession(request, context.auth, name, password, withRefresh).catch((error: unknown) => {
    if (!(error instanceof ClientError) || error.status !== 401) throw error;
    // The vendor answers 400; the audit knows it as what it is.
    tellRefusal(request, context.auth, 401);
    return null;
  });
}

export function registerLogin(api: FastifyInstance, context: HttpContext): void {
  const { auth } = context;

  api.post('/api/login', { bodyLimit }, async (request, reply): Promise<FastifyReply> => {
    const { username, password, domain } = fieldsOf(request.body, ['username', 'password'], ['domain']);
    const name = await nameIn(context, username!, domain ?? '');
    const session = await loggedIn(request, context, { name, password: password! });
    if (session === null) return refuseLogin(reply);
    const until = auth.now() + accessSeconds(context) * 1000;
    return send(reply, {
      ...{ access_token: session.secret, expires_at: isoOf(until * 1000), expires_in: accessSeconds(context) },
      role: roleOf(session.user.role),
    });
  });

  api.get('/api/login', { onRequest: demandHere(context) }, async (request, reply) => {
    const principal = principals.get(request)!;
    const until = overOf(principal, context);
    return send(reply, {
      access_token: bearerOf(request.headers),
      // A token of the configuration has no end.
      expires_at: until === null ? '' : isoOf(Math.floor(until) * 1000),
      expires_in: until === null ? 0 : Math.max(0, Math.floor((until - auth.now()) / 1000)),
      role: roleOf(principal.role),
    });
  });

  closeOtherMethods(api, '/api/login', ['GET', 'POST']);
}

/** Secrets are kept by nobody on the way (RFC 6749 §5.1). */
export function send(reply: FastifyReply, answer: object): FastifyReply {
  return reply.header('cache-control', 'no-store').type('application/json').send(JSON.stringify(answer));
}

/** Who sees all of a tenant is its Admin here. */
function roleOf(role: Principal['role']): string {
  return role === 'user' ? 'User' : 'Admin';
}
