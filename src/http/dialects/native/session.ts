// /api/v1/session: logging in from a browser, who one is, logging out. The secret is in a cookie that no script can read.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { ClientError } from '../../../errors.ts';
import { companiesWithin } from '../../../cdr/wall.ts';
import type { Principal } from '../../auth.ts';
import { principalOfUser } from '../../auth.ts';
import type { HttpContext } from '../../context.ts';
import { demand, demandOrigin, principals, rememberTried, secretOf } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';
import { cookieLine, cookieOf, sessionCookie } from '../../origin.ts';

const Credentials = Type.Object({ name: Type.String(), password: Type.String() }, { additionalProperties: false });

const NewPassword = Type.Object(
  {
    current: Type.String({ maxLength: 1024, description: 'the password of now' }),
    new: Type.String({ maxLength: 1024, description: 'the next one, 10 to 256 characters' }),
  },
  { additionalProperties: false },
);

/** Anybody may make us read one. */
const bodyLimit = 8 * 1024;

export function registerSession(api: FastifyInstance, { auth }: HttpContext): void {
  const isSecure = (request: FastifyRequest) => request.protocol === 'https';

  const login = { bodyLimit, schema: { body: Credentials } };
  api.post('/session', login, async (request, reply) => {
    demandOrigin(request, false);
    const { name, password } = request.body as Static<typeof Credentials>;
    const { secret, user } = await auth.openSession(name, password, request.ip).catch(async (error: unknown) => {
      if (error instanceof ClientError) await rememberTried(request, auth, name);
      throw error;
    });
    void reply.header('set-cookie', cookieLine(sessionCookie, secret, auth.sessionSeconds, isSecure(request)));
    return reply.code(201).send(toNativePrincipal(principalOfUser(user)));
  });

  api.get('/session', { onRequest: demand(auth, 'read') }, async (request) =>
    toNativePrincipal(principals.get(request)!),
  );

  api.delete('/session', async (request, reply) => {
    const secret = cookieOf(request.headers, sessionCookie);
    if (secret === null) throw new ClientError(401, 'there is no session to end');
    demandOrigin(request, true);
    await auth.closeSession(secret, request.ip);
    void reply.header('set-cookie', cookieLine(sessionCookie, '', 0, isSecure(request)));
    return reply.code(204).send();
  });

  const password = { bodyLimit, onRequest: demand(auth, 'read'), schema: { body: NewPassword } };
  api.post('/session/password', password, async (request, reply) => {
    const principal = principals.get(request)!;
    if (principal.kind !== 'user') throw new ClientError(403, 'a token has no password: log in as a user');
    const given = request.body as Static<typeof NewPassword>;
    await auth.changePassword(principal, secretOf(request)!, given, request.ip);
    return reply.code(204).send();
  });

  closeOtherMethods(api, '/session', ['GET', 'POST', 'DELETE']);
  closeOtherMethods(api, '/session/password', ['POST']);
}

function toNativePrincipal({ kind, id, name, scope, role, within }: Principal) {
  const extensions = within !== null && 'extensions' in within ? within.extensions : null;
  return { kind, id, name, scope, role, companies: companiesWithin(within), extensions };
}
