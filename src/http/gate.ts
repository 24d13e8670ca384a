// The gate of a route: who is let in, remembered for the request; and who was not, for the audit.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ClientError } from '../errors.ts';
import type { By } from '../store/audit.ts';
import type { Scope } from '../store/tokens.ts';
import { byOf, demandScope, type Auth, type OpenSession, type Principal } from './auth.ts';
import { bearerOf } from './bearer.ts';
import { cookieOf, originFault, sessionCookie } from './origin.ts';

/** Who was let in, by request. */
export const principals = new WeakMap<FastifyRequest, Principal>();

/** What a request proves itself with, wherever its dialect has a place for it; any token of ours fits every such place. */
export type Shown =
  | { secret: string }
  /** `must`: the page has to name its origin, as browsers do with writes; programs with cookies do not. */
  | { cookie: string; must: boolean }
  | { name: string; password: string };

/**
 * An onRequest hook, so before the body is read: nobody without a token or a session makes us take in megabytes.
 * A cookie counts for requests of our own pages only, a token from anywhere.
 */
export function demand(auth: Auth, scope: Scope): (request: FastifyRequest) => Promise<void> {
  return demandShown(auth, scope, (request) => {
    const secret = bearerOf(request.headers);
    const cookie = cookieOf(request.headers, sessionCookie);
    return secret !== null ? { secret } : cookie !== null ? { cookie, must: !isRead(request) } : null;
  });
}

/** The same for a dialect with places of its own. `find` throws a ClientError for what is no good there. */
export function demandShown(
  auth: Auth,
  scope: Scope,
  find: (request: FastifyRequest) => Shown | null,
): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const principal = await recogniseShown(request, auth, find(request));
    principals.set(request, principal);
    demandScope(principal, scope);
    auth.rates.take(request, principal, scope === 'read' || isRead(request) ? 'reads' : 'writes');
  };
}

/** @throws ClientError 401, 403 for a cookie of a foreign page, 429 after too many wrong passwords */
export async function recogniseShown(request: FastifyRequest, auth: Auth, shown: Shown | null): Promise<Principal> {
  if (shown === null) return auth.recognise(null);
  if ('cookie' in shown) {
    demandOrigin(request, shown.must);
    return auth.recognise(shown.cookie);
  }
  if ('secret' in shown) return auth.recognise(shown.secret);
  return named(request, auth, shown.name, auth.principalBy(shown.name, shown.password, request.ip));
}

/** A session for a name and a password, in whatever place a dialect keeps it. @throws ClientError 401, or 429 after too many */
export function openSession(
  request: FastifyRequest,
  auth: Auth,
  name: string,
  password: string,
  withRefresh = false,
): Promise<OpenSession> {
  return named(request, auth, name, auth.openSession(name, password, request.ip, withRefresh));
}

/** Whoever is turned away is told to the audit with the user he said to be. */
async function named<T>(request: FastifyRequest, auth: Auth, name: string, attempt: Promise<T>): Promise<T> {
  return attempt.catch(async (error: unknown) => {
    if (error instanceof ClientError) await rememberTried(request, auth, name);
    throw error;
  });
}

function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** What a request proves itself with: a token from anywhere, else the cookie of a session. */
export function secretOf({ headers }: FastifyRequest): string | null {
  return bearerOf(headers) ?? cookieOf(headers, sessionCookie);
}

/** Users, tokens, companies, the audit: an admin of some companies is none of these. */
export function demandAdmin(auth: Auth): (request: FastifyRequest) => Promise<void> {
  const gate = demand(auth, 'admin');
  return async (request) => {
    await gate(request);
    if (principals.get(request)!.within !== null) {
      throw new ClientError(403, 'this needs an admin who is bound to no companies');
    }
  };
}

/** What speaks of all tenants: any scope, but nobody who is bound to some of them. */
export function demandUnbound(auth: Auth): (request: FastifyRequest) => Promise<void> {
  const gate = demand(auth, 'read');
  return async (request) => {
    await gate(request);
    if (principals.get(request)!.within !== null) {
      throw new ClientError(403, 'this speaks of all companies and extensions, and is for who is bound to none');
    }
  };
}

/** @throws ClientError 403 when a cookie must not be believed */
export function demandOrigin({ headers, host, protocol, server }: FastifyRequest, must: boolean): void {
  const fault = originFault(headers, `${protocol}://${host}`, must, server.friends);
  if (fault !== null) throw new ClientError(403, fault);
}

/** Who asks and from where, for the audit. */
export function byOfRequest(request: FastifyRequest): By {
  return byOf(principals.get(request), request.ip);
}

const tried = new WeakMap<FastifyRequest, string>();

/** Remembers which user somebody said to be, when there is one: what strangers type as a name may be a password. */
export async function rememberTried(request: FastifyRequest, auth: Auth, name: string): Promise<void> {
  const known = await auth.knownName(name);
  if (known !== undefined) tried.set(request, known);
}

const refusedBy = new Set([401, 403, 429]);

/** Every answer that turned somebody away is told to the audit; dialects that answer 200 call `tellRefusal` themselves. */
export function watchRefusals(app: FastifyInstance, auth: Auth): void {
  app.addHook('onResponse', async (request: FastifyRequest, reply: FastifyReply) => {
    tellRefusal(request, auth, reply.statusCode);
  });
}

export function tellRefusal(request: FastifyRequest, auth: Auth, status: number): void {
  if (!refusedBy.has(status)) return;
  const what = `${request.method} ${request.routeOptions.url ?? 'unknown'}`;
  const user = tried.get(request);
  auth.refused({ by: byOfRequest(request), what, status, ...(user === undefined ? {} : { user }) });
}
