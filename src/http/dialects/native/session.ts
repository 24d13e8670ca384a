// /api/v1/session: logging in from a browser, who one is, logging out. The secret is in a cookie that no script can read.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { ClientError } from '../../../errors.ts';
import { companiesWithin } from '../../../cdr/wall.ts';
import type { Principal } from '../../auth.ts';
import { principalOfUser } from '../../auth.ts';
import { Session } from './people.ts';
import type { HttpContext } from '../../context.ts';
import { demand, demandOrigin, principals, rememberTried, secretOf } from '../../gate.ts';
import { done, json, type Operation } from '../../documents/operation.ts';
import { closeOtherMethods } from '../../methods.ts';
import { cookieLine, cookieOf, sessionCookie } from '../../origin.ts';

const Credentials = Type.Object(
  {
    name: Type.Optional(Type.String({ description: 'of the user' })),
    password: Type.Optional(Type.String({ description: 'of the user' })),
    token: Type.Optional(Type.String({ maxLength: 512, description: 'an API token, in place of both' })),
  },
  { additionalProperties: false, title: 'Credentials', description: 'A name and a password, or a token.' },
);
type Credentials = Static<typeof Credentials>;

const NewPassword = Type.Object(
  {
    current: Type.String({ maxLength: 1024, description: 'the password of now' }),
    new: Type.String({ maxLength: 1024, description: 'the next one, 10 to 256 characters' }),
  },
  { additionalProperties: false, title: 'NewPassword' },
);

/** Anybody may make us read one. */
const bodyLimit = 8 * 1024;

const about = { tag: 'session' } as const;
const operations = {
  login: {
    ...{ id: 'login', summary: 'Logs a user or a token in', needs: 'nobody', ...about },
    description:
      'Sets the cookie cdrd_session, which no script can read; it is good for pages of this very origin. Logging out ends it; ' +
      'of a token it ends, too, when the token is revoked, and the token itself lives on.',
    answers: { 201: json(Session, 'Who one is.', { 'set-cookie': 'the session' }) },
    errors: {
      401: 'The name or the password is wrong, or the token is unknown or revoked.',
      403: 'The request came from a page of another origin.',
      413: `The body is larger than ${bodyLimit} bytes.`,
      429: 'Too many wrong passwords; the detail says how many seconds to wait (auth.login_tries).',
    },
  },
  current: {
    ...{ id: 'getSession', summary: 'Who one is, and what one sees', needs: 'read', ...about },
    answers: { 200: json(Session, 'Of the token or the session.') },
  },
  logout: {
    ...{ id: 'logout', summary: 'Logs out', needs: 'nobody', ...about },
    answers: { 204: { ...done('The session is over.'), headers: { 'set-cookie': 'takes the cookie away' } } },
    errors: {
      401: 'There is no session to end.',
      403: 'The request came from a page of another origin, or says none.',
    },
  },
  password: {
    ...{ id: 'changePassword', summary: 'Changes the own password', needs: 'read', ...about },
    description: 'All other sessions of the user end; this one stays.',
    answers: { 204: done('The new password is in force.') },
    errors: {
      403: 'A token was shown, the current password is wrong, or a cookie came from a page of another origin.',
      413: `The body is larger than ${bodyLimit} bytes.`,
    },
  },
} satisfies Record<string, Operation>;

export function registerSession(api: FastifyInstance, { auth }: HttpContext): void {
  const isSecure = (request: FastifyRequest) => request.protocol === 'https';
  const open = async (
    request: FastifyRequest,
    given: Credentials,
  ): Promise<{ secret: string; principal: Principal }> => {
    if (given.token !== undefined) {
      if (given.name !== undefined || given.password !== undefined)
        throw faulty('token', 'stands beside a name or a password, expected one or the other');
      return auth.enter(given.token, request.ip);
    }
    const { name, password } = given;
    if (name === undefined)
      throw faulty('name', 'is missing, expected a text, or a token in place of name and password');
    if (password === undefined) throw faulty('password', 'is missing, expected a text');
    const { secret, user } = await auth.openSession(name, password, request.ip).catch(async (error: unknown) => {
      if (error instanceof ClientError) await rememberTried(request, auth, name);
      throw error;
    });
    return { secret, principal: principalOfUser(user) };
  };

  const login = { bodyLimit, schema: { body: Credentials }, config: { operation: operations.login } };
  api.post('/session', login, async (request, reply) => {
    demandOrigin(request, false);
    const { secret, principal } = await open(request, request.body as Credentials);
    void reply.header('set-cookie', cookieLine(sessionCookie, secret, auth.sessions.most / 1e6, isSecure(request)));
    return reply.code(201).send(toNativePrincipal(principal));
  });

  const current = { onRequest: demand(auth, 'read'), config: { operation: operations.current } };
  api.get('/session', current, async (request) => toNativePrincipal(principals.get(request)!));

  api.delete('/session', { config: { operation: operations.logout } }, async (request, reply) => {
    const secret = cookieOf(request.headers, sessionCookie);
    if (secret === null) throw new ClientError(401, 'there is no session to end');
    demandOrigin(request, true);
    await auth.closeSession(secret, request.ip);
    void reply.header('set-cookie', cookieLine(sessionCookie, '', 0, isSecure(request)));
    return reply.code(204).send();
  });

  const password = {
    bodyLimit,
    onRequest: demand(auth, 'read'),
    schema: { body: NewPassword },
    config: { operation: operations.password },
  };
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

function faulty(field: string, message: string): ClientError {
  return new ClientError(400, `${field}: ${message}`, [{ field, message }]);
}

function toNativePrincipal({ kind, id, name, scope, role, within }: Principal): Session {
  const companies = companiesWithin(within);
  const extensions = within !== null && 'extensions' in within ? within.extensions : null;
  const listed = { companies: companies && [...companies], extensions: extensions && [...extensions] };
  return { kind, id, name, scope, role, ...listed };
}
