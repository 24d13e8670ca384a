// The token endpoint: a name and a password for an access token and a refresh token, the latter once for two new ones; and their end.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ClientError } from '../../../errors.ts';
import { principalOfUser, type OpenSession } from '../../auth.ts';
import type { HttpContext } from '../../context.ts';
import { principals, tellRefusal } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';
import { accessSeconds, bodyLimit, loggedIn, nameIn, send } from './auth.ts';
import { fieldsOf } from './body.ts';
import { refuseLogin } from './refuse.ts';

const grants = ['password', 'refresh_token'] as const;

export function registerOauth(api: FastifyInstance, context: HttpContext): void {
  const { auth } = context;

  const byPassword = async (request: FastifyRequest): Promise<OpenSession | null> => {
    const { username, password, domain } = fieldsOf(request.body, ['username', 'password'], ['domain']);
    const name = await nameIn(context, username!, domain ?? '');
    return loggedIn(request, context, { name, password: password! }, true);
  };

  const byRefresh = async (request: FastifyRequest): Promise<OpenSession | null> => {
    const { refresh_token: secret } = fieldsOf(request.body, ['refresh_token'], []);
    const session = await auth.refreshSession(secret!, request.ip);
    if (session === null) tellRefusal(request, auth, 401);
    else principals.set(request, principalOfUser(session.user));
    return session;
  };

  api.post('/api/login/oauth/token', { bodyLimit }, async (request, reply): Promise<FastifyReply> => {
    const { grant_type: grant } = fieldsOf(request.body, ['grant_type'], []);
    const kind = grants.find((one) => one === grant);
    if (kind === undefined) {
      const message = `found another grant, expected one of ${grants.join(', ')}`;
      throw new ClientError(400, `grant_type: ${message}`, [{ field: 'grant_type', message }]);
    }
    const session = kind === 'password' ? await byPassword(request) : await byRefresh(request);
    if (session === null) return refuseLogin(reply);
    return send(reply, {
      ...{ access_token: session.secret, expires_in: accessSeconds(context) },
      ...{ refresh_token: session.refresh, token_type: 'Bearer' },
    });
  });

  api.post('/api/login/oauth/revoke', { bodyLimit }, async (request, reply): Promise<FastifyReply> => {
    const { token } = fieldsOf(request.body, ['token'], ['token_type_hint']);
    // With the other one of its pair (§2.1). One that is none, or is over, is revoked already (RFC 7009 §2.2). Tokens of the
    // configuration are not ended here.
    await auth.closeSession(token!, request.ip);
    return reply.code(200).send();
  });

  closeOtherMethods(api, '/api/login/oauth/token', ['POST']);
  closeOtherMethods(api, '/api/login/oauth/revoke', ['POST']);
}
