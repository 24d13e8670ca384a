// Who is asking, the IPCortex way: a key or name and password in any body, or the session cookie of POST /rest/auth/.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { companiesWithin } from '../../../cdr/wall.ts';
import { ClientError } from '../../../errors.ts';
import { demandScope, principalOfUser, type Auth, type Principal } from '../../auth.ts';
import { bearerOf } from '../../bearer.ts';
import type { HttpContext } from '../../context.ts';
import { demandOrigin, principals, rememberTried } from '../../gate.ts';
import { cookieLine, cookieOf } from '../../origin.ts';
import { found } from '../../validate.ts';
import { operations } from './answers.ts';
import { bodyOf } from './body.ts';

const cookie = 'Red60urne';
/** Of an unbound user; nobody has more. */
const companiesMax = 10_000;

/** @throws ClientError 401, 403 or 429 */
export async function principalOf(request: FastifyRequest, auth: Auth): Promise<Principal> {
  const principal = await recognise(request, auth);
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
}

/** Name and password open a session; a key or an open session only show who one is. */
async function login(request: FastifyRequest, reply: FastifyReply, context: HttpContext): Promise<FastifyReply> {
  const { auth } = context;
  const given = passwordOf(request);
  if (given === null) return answer(reply, await principalOf(request, auth), context);
  demandOrigin(request, false);
  const { secret, user } = await tried(request, auth, given, auth.openSession(given.name, given.password, request.ip));
  void reply.header('set-cookie', cookieLine(cookie, secret, auth.sessions.most / 1e6, request.protocol === 'https'));
  return answer(reply, principalOfUser(user), context);
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

/** The vendor's user object; of what we do not know, its keys are there and empty. */
async function answer(reply: FastifyReply, principal: Principal, { store }: HttpContext): Promise<FastifyReply> {
  const { id, name, within } = principal;
  const bound = companiesWithin(within);
  const companies = bound ?? (await store.companies(within, 0, companiesMax)).map(({ handle }) => handle);
  const company = bound?.length === 1 ? bound[0] : '';
  const user = { id, login: name, name, company, home: '', session: '', perms: {}, companies };
  return reply.type('application/json').send(JSON.stringify({ result: 'success', user }));
}

async function recognise(request: FastifyRequest, auth: Auth): Promise<Principal> {
  const { key } = authOf(request);
  if (typeof key === 'string') return auth.recognise(key);
  const given = passwordOf(request);
  if (given) return tried(request, auth, given, auth.principalBy(given.name, given.password, request.ip));
  const bearer = bearerOf(request.headers);
  if (bearer !== null) return auth.recognise(bearer);
  const secret = cookieOf(request.headers, cookie);
  if (secret === null) {
    throw new ClientError(
      401,
      'a key is needed: send it in the body as "auth":{"type":"auth","key":TOKEN}, or "username" and "password" there',
    );
  }
  // Its programs send cookies without an Origin; SameSite keeps browsers of other sites out.
  demandOrigin(request, false);
  return auth.recognise(secret);
}

async function tried<T>(
  request: FastifyRequest,
  auth: Auth,
  { name }: { name: string },
  attempt: Promise<T>,
): Promise<T> {
  return attempt.catch(async (error: unknown) => {
    if (error instanceof ClientError) await rememberTried(request, auth, name);
    throw error;
  });
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
