// /api/v1/users, /tokens and /audit, for admins who are bound to nothing.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { ClientError } from '../../../errors.ts';
import type { User } from '../../../store/users.ts';
import { auditQuery, toAuditQuery, IdParams, NewUser, pageQuery, TokenRequest, UserChange } from '../../bodies.ts';
import type { HttpContext } from '../../context.ts';
import { exportList } from '../../export/routes.ts';
import { byOfRequest, demandAdmin } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';
import { pageOf } from './page.ts';
import { toNativeAudit, toNativeToken, toNativeUser } from './people.ts';
import { userOperations as operations } from './useroperations.ts';

const now = () => Date.now() * 1000;
const afterOf = ({ query }: FastifyRequest) => (query as { after: number }).after;
const idOf = (params: unknown) => (params as Static<typeof IdParams>).id;

export function registerUsers(api: FastifyInstance, context: HttpContext): void {
  users(api, context);
  tokens(api, context);
  audit(api, context);
}

function users(api: FastifyInstance, context: HttpContext): void {
  const { store, auth, limits } = context;
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
  exportList(api, context, {
    ...{
      url: '/users',
      onRequest,
      operation: operations.users,
      query: { after: list.properties.after },
      shape: toNativeUser,
    },
    columns: ['id', 'name', 'role', 'companies', 'extensions', 'disabled', 'created', 'updated'],
    open: (request) => (last, limit) => store.listUsers(last?.id ?? afterOf(request), limit),
  });
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

function tokens(api: FastifyInstance, context: HttpContext): void {
  const { store, auth, limits } = context;
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
  exportList(api, context, {
    ...{
      url: '/tokens',
      onRequest,
      operation: operations.tokens,
      query: { after: list.properties.after },
      shape: toNativeToken,
    },
    columns: ['id', 'name', 'scope', 'companies', 'created', 'revoked'],
    open: (request) => async (last, limit) => {
      const after = last?.id ?? afterOf(request);
      return (await store.listTokens()).filter(({ id }) => id > after).slice(0, limit);
    },
  });
  api.post(
    '/tokens',
    { onRequest, schema: { body: TokenRequest }, config: { operation: operations.addToken } },
    async (request, reply) => {
      const given = request.body as Static<typeof TokenRequest>;
      const companies = given.companies && (await store.spellings(given.companies));
      const { token, secret } = await store.createToken(
        { ...given, companies },
        now(),
        undefined,
        byOfRequest(request),
      );
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
function audit(api: FastifyInstance, context: HttpContext): void {
  const { store, auth, limits } = context;
  const query = auditQuery(limits.page_rows);
  const onRequest = demandAdmin(auth);
  const listing = { onRequest, schema: { querystring: query }, config: { operation: operations.audit } };
  api.get('/audit', listing, async (request) => {
    const given = request.query as Static<typeof query>;
    const entries = await store.listAudit({ ...toAuditQuery(given), limit: given.limit + 1 });
    const page = entries.slice(0, given.limit).map((entry) => toNativeAudit(entry));
    return { audit: page, more: entries.length > given.limit };
  });
  exportList(api, context, {
    ...{ url: '/audit', onRequest, operation: operations.audit, query: query.properties, shape: toNativeAudit },
    columns: ['id', 'at', 'by', 'action', 'object', 'detail', 'count'],
    open: (request) => (last, limit) => {
      const given = request.query as Static<typeof query>;
      const place = given.after === undefined ? 'before' : 'after';
      return store.listAudit({ ...toAuditQuery(given), ...(last ? { [place]: last.id } : {}), limit });
    },
  });
  closeOtherMethods(api, '/audit', ['GET']);
}
