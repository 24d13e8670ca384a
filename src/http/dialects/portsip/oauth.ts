// The token endpoint: a name and a password for an access token and a refresh token, the latter once for two new ones; and their end.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ClientError } from '../../../errors.ts';
import { refreshPrefix } from '../../../store/sessions.ts';
import { hashOf } from '../../../store/tokens.ts';
import { byOf, principalOfUser } from '../../auth.ts';
import type { HttpContext } from '../../context.ts';
import { principals, tellRefusal } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';
import { accessSeconds, bodyLimit, loggedIn, nameIn, send } from './auth.ts';
import { fieldsOf } from './body.ts';
import { refuseLogin } from './refuse.ts';

const grants = ['password', 'refresh_token'] as const;

export function registerOauth(api: FastifyInstance, context: HttpContext): void {
  const { auth, store } = context;

  /** Of a user who has just proved who he is; null when he has changed meanwhile. */
  const refreshOf = async (request: FastifyRequest, name: string): Promise<string | null> => {
    const user = await store.findUser(name);
    if (!user) return null;
    const by = byOf(principalOfUser(user), request.ip);
    return store.openSession(user, auth.sessions, by, auth.now() * 1000, refreshPrefix);
  };

  const byPassword = async (request: FastifyRequest): Promise<Pair | null> => {
    const { username, password, domain } = fieldsOf(request.body, ['username', 'password'], ['domain']);
    const name = await nameIn(context, username!, domain ?? '');
    const session = await loggedIn(request, context, name, password!);
    if (session === null) return null;
    const refresh = await refreshOf(request, session.user.name);
    return refresh === null ? null : { access: session.secret, refresh };
  };

  /** The old one is used up by it, also where two use it at once: who closes it has it. */
  const byRefresh = async (request: FastifyRequest): Promise<Pair | null> => {
    const { refresh_token: secret } = fieldsOf(request.body, ['refresh_token'], []);
    const now = auth.now() * 1000;
    const session = secret!.startsWith(refreshPrefix)
      ? await store.findSession(hashOf(secret!), auth.sessions, now)
      : undefined;
    const user = session && (await store.findUser(session.user.name));
    const by = user && byOf(principalOfUser(user), request.ip);
    if (!user || !by || !(await store.closeSession(hashOf(secret!), by, now))) {
      tellRefusal(request, auth, 401);
      return null;
    }
    principals.set(request, principalOfUser(user));
    const access = await store.openSession(user, auth.sessions, by, now);
    const refresh = await refreshOf(request, user.name);
    return access === null || refresh === null ? null : { access, refresh };
  };

  api.post('/api/login/oauth/token', { bodyLimit }, async (request, reply): Promise<FastifyReply> => {
    const { grant_type: grant } = fieldsOf(request.body, ['grant_type'], []);
    const kind = grants.find((one) => one === grant);
    if (kind === undefined) {
      const message = `found another grant, expected one of ${grants.join(', ')}`;
      throw new ClientError(400, `grant_type: ${message}`, [{ field: 'grant_type', message }]);
    }
    const pair = kind === 'password' ? await byPassword(request) : await byRefresh(request);
    if (pair === null) return refuseLogin(reply);
    return send(reply, {
      ...{ access_token: pair.access, expires_in: accessSeconds(context) },
      ...{ refresh_token: pair.refresh, token_type: 'Bearer' },
    });
  });

  api.post('/api/login/oauth/revoke', { bodyLimit }, async (request, reply): Promise<FastifyReply> => {
    const { token } = fieldsOf(request.body, ['token'], ['token_type_hint']);
    // One that is none, or is over, is revoked already (RFC 7009 §2.2). Tokens of the configuration are not ended here.
    await auth.closeSession(token!, request.ip);
    return reply.code(200).send();
  });

  closeOtherMethods(api, '/api/login/oauth/token', ['POST']);
  closeOtherMethods(api, '/api/login/oauth/revoke', ['POST']);
}

interface Pair {
  access: string;
  refresh: string;
}
