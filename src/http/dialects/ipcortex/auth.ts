// Who is asking, the IPCortex way: a key or name and password in any body, or the session cookie of POST /rest/auth/.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { companiesWithin } from '../../../cdr/wall.ts';
import { ClientError } from '../../../errors.ts';
import { demandScope, principalOfUser, type Auth, type Principal } from '../../auth.ts';
import { bearerOf } from '../../bearer.ts';
import type { HttpContext } from '../../context.ts';
import { demandOrigin, openSession, principals, recogniseShown, type Shown } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';
import { cookieLine, cookieOf } from '../../origin.ts';
import { found } from '../../validate.ts';
import { operations } from './answers.ts';
import { bodyOf } from './body.ts';

const cookie = 'Red60urne';
/** Of an unbound user; nobody has more. */
const companiesMax = 10_000;

/** @throws ClientError 401, 403 or 429 */
export async function principalOf(request: FastifyRequest, auth: Auth): Promise<Principal> {
  const shown = shownIn(request);
  if (shown === null) {
    throw new ClientError(
      401,
      'a key is needed: send it in the body as "auth":{"type":"auth","key":TOKEN}, or "username" and "password" there',
    );
  }
  const principal = await recogniseShown(request, auth, shown);
  principals.set(request, principal);
  demandScope(principal, 'read');
  auth.rates.take(request, principal, 'reads');
  return principal;
}

/** The vendor's rule for call records. @throws ClientError 403 */
export function demandCallSummary({ role }: Principal): void {
  if (role !== 'user') return;
  throw new ClientError(
    403,
    'this needs the System-Admin or the Billing Call-Summary permission (role admin or billing)',
  );
}

export function registerAuth(api: FastifyInstance, context: HttpContext, bodyLimit: number): void {
  for (const method of ['GET', 'POST']) {
    for (const url of ['/rest/auth', '/rest/auth/']) {
      const config = { operation: operations.login(method, url) };
      api.route({ method, url, bodyLimit, config, handler: (request, reply) => login(request, reply, context) });
    }
    for (const url of ['/rest/auth/logout', '/rest/auth/logout/']) {
      const config = { operation: operations.logout(method, url) };
      api.route({ method, url, bodyLimit, config, handler: (request, reply) => logout(request, reply, context.auth) });
    }
  }
  for (const url of ['/rest/auth', '/rest/auth/', '/rest/auth/logout', '/rest/auth/logout/'])
    closeOtherMethods(api, url, ['GET', 'POST']);
}

/** Name and password open a session; a key or an open session only show who one is. */
async function login(request: FastifyRequest, reply: FastifyReply, context: HttpContext): Promise<FastifyReply> {
  const { auth } = context;
  const given = passwordOf(request);
  if (given === null) return answer(reply, await principalOf(request, auth), context);
  demandOrigin(request, false);
  const { secret, user } = await openSession(request, auth, given.name, given.password);
  // The vendor lets a log-in change whose session it is. Here the old one ends: who knows its secret knows nothing of the new one.
  const old = cookieOf(request.headers, cookie);
  if (old !== null) await auth.closeSession(old, request.ip);
  void reply.header('set-cookie', cookieLine(cookie, secret, auth.sessions.most / 1e6, request.protocol === 'https'));
  return answer(reply, principalOfUser(user), context, secret);
}

async function logout(request: FastifyRequest, reply: FastifyReply, auth: Auth): Promise<FastifyReply> {
  const secret = cookieOf(request.headers, cookie);
  if (secret !== null) {
    demandOrigin(request, false);
    await auth.closeSession(secret, request.ip);
  }
  void reply.header('set-cookie', cookieLine(cookie, '', 0, request.protocol === 'https'));
  return reply.type('application/json').send(JSON.stringify({ result: 'success' }));
}

/** The vendor's user object; of what we do not know, its keys are there and empty. `session`: the secret of one just opened. */
async function answer(
  reply: FastifyReply,
  principal: Principal,
  { store }: HttpContext,
  session = '',
): Promise<FastifyReply> {
  const { id, name, within } = principal;
  const bound = companiesWithin(within);
  const companies = bound ?? (await store.companies(within, 0, companiesMax)).map(({ handle }) => handle);
  const company = bound?.length === 1 ? bound[0] : '';
  const user = { id, login: name, name, company, home: company, session, perms: {}, companies };
  return reply.type('application/json').send(JSON.stringify({ result: 'success', user }));
}

/** What the body says goes first. Its programs send cookies without an Origin; SameSite keeps browsers of other sites out. */
function shownIn(request: FastifyRequest): Shown | null {
  const { key } = authOf(request);
  if (typeof key === 'string') return { secret: key };
  const given = passwordOf(request);
  if (given !== null) return given;
  const secret = bearerOf(request.headers);
  if (secret !== null) return { secret };
  const session = cookieOf(request.headers, cookie);
  return session === null ? null : { cookie: session, must: false };
}

function authOf(request: FastifyRequest): { key?: unknown; username?: unknown; password?: unknown } {
  const auth = bodyOf(request.body)['auth'];
  return typeof auth === 'object' && auth !== null ? auth : {};
}

/** @throws ClientError 400 when only one of the two is a text */
function passwordOf(request: FastifyRequest): { name: string; password: string } | null {
  const { key, username, password } = authOf(request);
  if (typeof key === 'string' || (username === undefined && password === undefined)) return null;
  if (typeof username !== 'string') throw new ClientError(400, `auth.username: ${found(username)} is not a text`);
  if (typeof password !== 'string') throw new ClientError(400, 'auth.password: expected a text');
  return { name: username, password };
}
