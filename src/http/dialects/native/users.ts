// /api/v1/users, /tokens and /audit, for admins who are bound to nothing.
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { isoOf } from '../../../cdr/time.ts';
import { ClientError } from '../../../errors.ts';
import type { StoredAudit } from '../../../store/audit.ts';
import type { Token } from '../../../store/tokens.ts';
import type { User } from '../../../store/users.ts';
import { auditQuery, IdParams, NewUser, pageQuery, TokenRequest, UserChange } from '../../bodies.ts';
import type { HttpContext } from '../../context.ts';
import { done, json, made, type Operation } from '../../documents/operation.ts';
import { byOfRequest, demandAdmin } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';
import { pageOf } from './page.ts';
import { AuditPage, NewTokenAnswer, Token as TokenShape, TokenPage, User as UserShape, UserPage } from './people.ts';

const about = { tag: 'users', needs: 'admin!' } as const;
const lastAdmin = 'Nobody could administer cdrd after this.';
const operations = {
  users: { ...{ id: 'listUsers', summary: 'A page of users', ...about }, answers: { 200: json(UserPage, 'A page.') } },
  addUser: {
    ...{ id: 'addUser', summary: 'Adds a user', ...about },
    answers: { 201: made(UserShape, 'The user.') },
    errors: { 409: 'There is a user of this name.' },
  },
  user: {
    ...{ id: 'getUser', summary: 'One user', ...about },
    answers: { 200: json(UserShape, 'The user.') },
    errors: { 404: 'There is no such user.' },
  },
  changeUser: {
    ...{ id: 'changeUser', summary: 'Changes a user, and ends its sessions', ...about },
    answers: { 200: json(UserShape, 'The user as it is now.') },
    errors: { 404: 'There is no such user.', 409: lastAdmin },
  },
  removeUser: {
    ...{ id: 'removeUser', summary: 'Removes a user, and ends its sessions', ...about },
    answers: { 204: done('It is removed.') },
    errors: { 404: 'There is no such user.', 409: lastAdmin },
  },
  tokens: {
    ...{ id: 'listTokens', summary: 'A page of tokens', ...about },
    answers: { 200: json(TokenPage, 'A page.') },
  },
  addToken: {
    ...{ id: 'addToken', summary: 'Makes a token', ...about },
    answers: { 201: made(NewTokenAnswer, 'The token, with its secret this once.') },
  },
  token: {
    ...{ id: 'getToken', summary: 'One token', ...about },
    answers: { 200: json(TokenShape, 'The token.') },
    errors: { 404: 'There is no such token.' },
  },
  revokeToken: {
    ...{ id: 'revokeToken', summary: 'Revokes a token', ...about },
    answers: { 204: done('It is revoked.') },
    errors: { 404: 'There is no such token that lives.', 409: lastAdmin },
  },
  audit: {
    ...{ id: 'listAudit', summary: 'What was done, by whom, when, from where', ...about },
    description: 'The newest first, or with `after` the oldest first.',
    answers: { 200: json(AuditPage, 'A page.') },
  },
} satisfies Record<string, Operation>;

const now = () => Date.now() * 1000;
const idOf = (params: unknown) => (params as Static<typeof IdParams>).id;

export function registerUsers(api: FastifyInstance, context: HttpContext): void {
  users(api, context);
  tokens(api, context);
  audit(api, context);
}

function users(api: FastifyInstance, { store, auth, limits }: HttpContext): void {
  const onRequest = demandAdmin(auth);
  const list = pageQuery(limits.page_rows);
  const found = (user: User | undefined, id: number) => {
    if (user) return toNativeUser(user);
    throw new ClientError(404, `there is no user ${id}`);
  };

  api.get(
    '/users',
    { onRequest, schema: { querystring: list }, config: { operation: operations.users } },
    async (request) => {
      const { after, limit } = request.query as Static<typeof list>;
      return pageOf('users', await store.listUsers(after, limit + 1), after, limit, toNativeUser);
    },
  );
  api.post(
    '/users',
    { onRequest, schema: { body: NewUser }, config: { operation: operations.addUser } },
    async (request, reply) => {
      const { extensions = [], ...user } = request.body as Static<typeof NewUser>;
      const made = await store.addUser({ ...user, extensions }, byOfRequest(request), now());
      return reply.code(201).header('location', `/api/v1/users/${made.id}`).send(toNativeUser(made));
    },
  );
  api.get(
    '/users/:id',
    { onRequest, schema: { params: IdParams }, config: { operation: operations.user } },
    async (request) => {
      const id = idOf(request.params);
      return found(await store.user(id), id);
    },
  );
  api.patch(
    '/users/:id',
    { onRequest, schema: { params: IdParams, body: UserChange }, config: { operation: operations.changeUser } },
    async (request) => {
      const id = idOf(request.params);
      const change = request.body as Static<typeof UserChange>;
      return found(await store.changeUser(id, change, byOfRequest(request), now()), id);
    },
  );
  api.delete(
    '/users/:id',
    { onRequest, schema: { params: IdParams }, config: { operation: operations.removeUser } },
    async (request, reply) => {
      const id = idOf(request.params);
      if (!(await store.removeUser(id, byOfRequest(request), now())))
        throw new ClientError(404, `there is no user ${id}`);
      return reply.code(204).send();
    },
  );
  closeOtherMethods(api, '/users', ['GET', 'POST']);
  closeOtherMethods(api, '/users/:id', ['GET', 'PATCH', 'DELETE']);
}

function tokens(api: FastifyInstance, { store, auth, limits }: HttpContext): void {
  const onRequest = demandAdmin(auth);
  const list = pageQuery(limits.page_rows);

  api.get(
    '/tokens',
    { onRequest, schema: { querystring: list }, config: { operation: operations.tokens } },
    async (request) => {
      const { after, limit } = request.query as Static<typeof list>;
      const above = (await store.listTokens()).filter(({ id }) => id > after);
      return pageOf('tokens', above.slice(0, limit + 1), after, limit, toNativeToken);
    },
  );
  api.post(
    '/tokens',
    { onRequest, schema: { body: TokenRequest }, config: { operation: operations.addToken } },
    async (request, reply) => {
      const given = request.body as Static<typeof TokenRequest>;
      const { token, secret } = await store.createToken(given, now(), undefined, byOfRequest(request));
      // Shown this once; stored is only its hash.
      return reply
        .code(201)
        .header('location', `/api/v1/tokens/${token.id}`)
        .send({ ...toNativeToken(token), secret });
    },
  );
  api.get(
    '/tokens/:id',
    { onRequest, schema: { params: IdParams }, config: { operation: operations.token } },
    async (request) => {
      const id = idOf(request.params);
      const token = (await store.listTokens()).find((one) => one.id === id);
      if (!token) throw new ClientError(404, `there is no token ${id}`);
      return toNativeToken(token);
    },
  );
  api.delete(
    '/tokens/:id',
    { onRequest, schema: { params: IdParams }, config: { operation: operations.revokeToken } },
    async (request, reply) => {
      const id = idOf(request.params);
      if (!(await store.revokeToken(id, now(), byOfRequest(request)))) {
        throw new ClientError(404, `there is no living token ${id}`);
      }
      return reply.code(204).send();
    },
  );
  closeOtherMethods(api, '/tokens', ['GET', 'POST']);
  closeOtherMethods(api, '/tokens/:id', ['GET', 'DELETE']);
}

/** Nothing here changes an entry, and nothing in the store could. */
function audit(api: FastifyInstance, { store, auth, limits }: HttpContext): void {
  const query = auditQuery(limits.page_rows);
  const listing = {
    onRequest: demandAdmin(auth),
    schema: { querystring: query },
    config: { operation: operations.audit },
  };
  api.get('/audit', listing, async (request) => {
    const given = request.query as Static<typeof query>;
    const entries = await store.listAudit({ ...given, limit: given.limit + 1 });
    return { audit: entries.slice(0, given.limit).map(toNativeAudit), more: entries.length > given.limit };
  });
  closeOtherMethods(api, '/audit', ['GET']);
}

function toNativeUser({ id, name, role, companies, extensions, disabled, created, updated }: User) {
  const times = { disabled: timeOf(disabled), created: isoOf(created), updated: isoOf(updated) };
  return { id, name, role, companies, extensions, ...times };
}

function toNativeToken({ id, name, scope, companies, created, revoked }: Token) {
  return { id, name, scope, companies, created: isoOf(created), revoked: timeOf(revoked) };
}

function toNativeAudit({ id, at, by, action, object, detail, count }: StoredAudit) {
  return { id, at: isoOf(at), by, action, object, detail, count };
}

function timeOf(micros: number | null): string | null {
  return micros === null ? null : isoOf(micros);
}
