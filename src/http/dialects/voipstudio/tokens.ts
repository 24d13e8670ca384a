// /apitokens: tokens that users make for themselves. The secret is in the answer that makes one, and nowhere else.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ClientError } from '../../../errors.ts';
import type { UserToken } from '../../../store/usertokens.ts';
import type { HttpContext } from '../../context.ts';
import { byOfRequest } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';
import { found } from '../../validate.ts';
import { objectIn, textsIn } from './body.ts';
import { fault, noSuch } from './fault.ts';
import { dateOf, type Kind } from './filter.ts';
import { demandHere, principalOf } from './gate.ts';
import { secondOf } from './shape.ts';
import { listed } from './smalllist.ts';

const properties = {
  ...{ id: 'number', name: 'text', user_id: 'number', created_at: 'date', expiry: 'date' },
} as const satisfies Record<string, Kind>;
const bodyLimit = 8 * 1024;

export function registerTokens(api: FastifyInstance, context: HttpContext, base: string): void {
  const { store, auth } = context;
  const onRequest = demandHere(context, 'read');

  api.get(`${base}/apitokens`, { onRequest }, async (request) => {
    const { kind, id } = principalOf(request);
    const tokens = kind === 'user' ? await store.userTokens(id, auth.now() * 1000) : [];
    return listed(request, properties, tokens.map(toToken));
  });

  api.post(`${base}/apitokens`, { onRequest, bodyLimit }, async (request, reply) => {
    const userId = demandUser(request);
    const { name } = textsIn(request.body, { name: 128 });
    const given = { userId, name: name!.trim().toWellFormed(), expires: expiryIn(request.body, auth.now() * 1000) };
    if (given.name === '') throw fault('name', 'is nothing but spaces');
    const { token, secret } = await store.addUserToken(given, byOfRequest(request), auth.now() * 1000);
    return reply.code(201).send({ data: { ...toToken(token), token: secret }, links: {} });
  });

  api.delete<{ Params: { token: string } }>(`${base}/apitokens/:token`, { onRequest }, async (request, reply) => {
    const userId = demandUser(request);
    const { token } = request.params;
    const which = /^\d{1,15}$/.test(token) ? { id: Number(token) } : { secret: token };
    const isGone = await store.removeUserToken(userId, which, byOfRequest(request), auth.now() * 1000);
    // A secret is not said again.
    if (!isGone) throw noSuch('token', 'id' in which ? which.id : 'like this');
    return reply.code(204).send();
  });

  closeOtherMethods(api, `${base}/apitokens`, ['GET', 'POST']);
  closeOtherMethods(api, `${base}/apitokens/:token`, ['DELETE']);
}

/** @throws ClientError 403 */
function demandUser(request: FastifyRequest): number {
  const { kind, id } = principalOf(request);
  if (kind === 'user') return id;
  throw new ClientError(403, 'tokens belong to users: log in with POST /login, or use "cdrd token create"');
}

/** Absent, null or empty: never. @throws ClientError 400 */
function expiryIn(body: unknown, now: number): number | null {
  const { expiry } = objectIn(body);
  if (expiry === undefined || expiry === null || expiry === '') return null;
  const expires = typeof expiry === 'string' ? dateOf(expiry) : undefined;
  if (expires !== undefined && expires > now) return expires;
  throw fault('expiry', `${found(expiry)} is not a date to come like 2030-12-31 00:00:00, UTC`);
}

function toToken({ id, userId, name, created, expires }: UserToken) {
  const expiry = expires === null ? null : secondOf(expires);
  return { id, user_id: userId, name, created_at: secondOf(created), expiry };
}
