// Users and the audit over the daemon's own socket, for the commands.
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { ClientError } from '../errors.ts';
import { byCommand } from '../store/audit.ts';
import type { Store } from '../store/store.ts';
import { auditQuery, toAuditQuery, IdParams, NewUser, pageQuery, UserChange } from './bodies.ts';

/** One answer holds all that anybody has. */
export const rowsMax = 10_000;

export function registerControlUsers(app: FastifyInstance, store: Store): void {
  const now = () => Date.now() * 1000;
  const list = pageQuery(rowsMax);
  const audit = auditQuery(rowsMax);
  const idOf = (params: unknown) => (params as Static<typeof IdParams>).id;
  const unknown = (id: number) => new ClientError(404, `there is no user ${id}`);

  app.get('/users', { schema: { querystring: list } }, (request) => {
    const { after, limit } = request.query as Static<typeof list>;
    return store.listUsers(after, limit);
  });
  app.post('/users', { schema: { body: NewUser } }, (request) => {
    const user = request.body as Static<typeof NewUser>;
    return store.addUser({ ...user, extensions: user.extensions ?? [] }, byCommand, now());
  });
  app.patch('/users/:id', { schema: { params: IdParams, body: UserChange } }, async (request) => {
    const id = idOf(request.params);
    const user = await store.changeUser(id, request.body as Static<typeof UserChange>, byCommand, now());
    if (!user) throw unknown(id);
    return user;
  });
  app.delete('/users/:id', { schema: { params: IdParams } }, async (request) => {
    const id = idOf(request.params);
    if (!(await store.removeUser(id, byCommand, now()))) throw unknown(id);
    return { removed: id };
  });
  app.get('/audit', { schema: { querystring: audit } }, (request) =>
    store.listAudit(toAuditQuery(request.query as Static<typeof audit>)),
  );
}
