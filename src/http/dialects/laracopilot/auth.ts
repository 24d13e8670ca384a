// Who asks: the session cookie of POST /api/admin/login. The vendor has no tokens; ours are good in the cookie's place, and as bearer tokens.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ClientError } from '../../../errors.ts';
import type { Scope } from '../../../store/tokens.ts';
import type { Principal } from '../../auth.ts';
import { bearerOf } from '../../bearer.ts';
import { forgetBody } from '../../bodiless.ts';
import type { HttpContext } from '../../context.ts';
import { demandOrigin, demandShown, openSession, principals, tellRefusal, type Shown } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';
import { cookieLine, cookieOf } from '../../origin.ts';
import { required, text, validated } from './rules.ts';

const cookie = 'laravel_session';
/** Anybody may make us read one. */
const bodyLimit = 8 * 1024;

/** A bearer token goes before the cookie, as everywhere. Programs send cookies without an Origin; SameSite keeps other sites out. */
function shownIn({ headers }: FastifyRequest): Shown | null {
  const secret = bearerOf(headers);
  if (secret !== null) return { secret };
  const session = cookieOf(headers, cookie);
  return session === null ? null : { cookie: session, must: false };
}

/** An onRequest hook. */
export function demandHere({ auth }: HttpContext, scope: Scope): (request: FastifyRequest) => Promise<void> {
  return demandShown(auth, scope, shownIn);
}

/** What is of all tenants is changed by admins who are bound to none. */
export function demandAdminHere(context: HttpContext): (request: FastifyRequest) => Promise<void> {
  const gate = demandHere(context, 'admin');
  return async (request) => {
    await gate(request);
    if (principals.get(request)!.within !== null)
      throw new ClientError(403, 'this needs an admin who is bound to no companies');
  };
}

export function registerAuth(api: FastifyInstance, context: HttpContext): void {
  const { auth } = context;
  const line = ({ protocol }: FastifyRequest, value: string, seconds: number) =>
    cookieLine(cookie, value, seconds, protocol === 'https', 'Lax');

  api.post('/api/admin/login', { bodyLimit }, async (request, reply) => {
    demandOrigin(request, false);
    const { email, password } = validated(request.body, { email: required(text(128)), password: required(text(1024)) });
    const session = await openSession(request, auth, email, password).catch((error: unknown) => {
      if (!(error instanceof ClientError) || error.status !== 401) throw error;
      return null;
    });
    if (session === null) {
      // The vendor's word for it; the audit knows it as what it is.
      tellRefusal(request, auth, 401);
      return reply.code(422).send({ message: 'Invalid credentials.' });
    }
    const { name, role } = session.user;
    void reply.header('set-cookie', line(request, session.secret, auth.sessions.most / 1e6));
    return reply.send({ message: 'Login successful.', data: { name, email: name, role } });
  });

  // The vendor's is a success always, whatever comes with it.
  const onRequest = (request: FastifyRequest) => Promise.resolve(forgetBody(request));
  api.post('/api/admin/logout', { onRequest }, async (request, reply): Promise<FastifyReply> => {
    const session = cookieOf(request.headers, cookie);
    if (session !== null) {
      demandOrigin(request, false);
      await auth.closeSession(session, request.ip);
    }
    return reply.header('set-cookie', line(request, '', 0)).send({ message: 'Logged out successfully.' });
  });

  api.get('/api/admin/me', { onRequest: demandHere(context, 'read') }, async (request) => ({
    message: 'Authenticated user loaded.',
    data: whoIs(principals.get(request)!),
  }));

  closeOtherMethods(api, '/api/admin/login', ['POST']);
  closeOtherMethods(api, '/api/admin/logout', ['POST']);
  closeOtherMethods(api, '/api/admin/me', ['GET']);
}

/** A token has no address, and its scope for a role. */
function whoIs({ kind, name, role, scope }: Principal): object {
  return { name, email: kind === 'user' ? name : null, role: role ?? scope };
}
