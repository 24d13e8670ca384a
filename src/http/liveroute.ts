// The door of /live: an upgrade goes the way of any request (id, address, refusals, limits, metrics) until it is let in.
import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ClientError, Unavailable } from '../errors.ts';
import { isSession, sessionOver, type Auth, type Principal } from './auth.ts';
import { bearerOf } from './bearer.ts';
import type { HttpContext } from './context.ts';
import { done, problem, type Operation } from './documents/operation.ts';
import { demandOrigin, principals } from './gate.ts';
import { closeOtherMethods } from './methods.ts';
import type { Metrics } from './metrics.ts';
import { cookieOf, sessionCookie } from './origin.ts';
import { newProblem, sendProblem } from './problem.ts';

export const livePath = '/live';
const tokenProtocol = 'cdrd.token.';

/** Requests that want to become a WebSocket. */
const upgrades = new WeakMap<IncomingMessage, { socket: Socket; head: Buffer }>();

/** Clients that offer another protocol (Java's HttpClient: `Upgrade: h2c`), or a WebSocket elsewhere, are answered as if they had not. */
export function wantsUpgrade(prefixes: readonly string[]): (request: IncomingMessage) => boolean {
  const paths = new Set(prefixes.map((prefix) => prefix + livePath));
  return ({ headers, url = '' }) => headers.upgrade?.toLowerCase() === 'websocket' && paths.has(url.split('?')[0]!);
}

const liveOperation: Operation = {
  id: 'live',
  summary: 'The feed over WebSocket',
  description:
    'Speaks WebSocket only (101 after an upgrade); what is said there is in /asyncapi.json. The token comes in the header Authorization, as a subprotocol, in a first message, or is the session cookie of a page of this server.',
  ...{ tag: 'feed', needs: 'nobody', faults: 'none' },
  answers: {
    101: done('The feed: see /asyncapi.json.'),
    400: problem('The URL has parameters.'),
    401: problem('The token is unknown or revoked, or the session is over.'),
    403: problem('A session cookie came from a page of another origin.'),
    426: problem('The request asked for no upgrade.'),
    503: problem('There is no room for another client, or the token cannot be checked now.'),
  },
};

/** Once per server, for all its ways to /live. */
export function takeUpgrades(app: FastifyInstance): void {
  app.server.on('upgrade', (raw, stream, head) => {
    const socket = stream as Socket;
    socket.on('error', () => socket.destroy());
    upgrades.set(raw, { socket, head });
    const response = new ServerResponse(raw);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    app.routing(raw, response);
  });
  // Whoever was not let in: the answer is out, and nobody reads this socket any more.
  app.addHook('onResponse', async (request) => upgrades.get(request.raw)?.socket.destroySoon());
}

export function registerLive(app: FastifyInstance, { auth, live, log }: HttpContext, metrics: Metrics): void {
  app.get(livePath, { config: { operation: liveOperation } }, async (request, reply) => {
    const upgrade = upgrades.get(request.raw);
    if (!upgrade) {
      void reply.header('upgrade', 'websocket').header('connection', 'upgrade');
      return sendProblem(reply, newProblem(426, 'the feed speaks WebSocket: connect with ws:// or wss://'));
    }
    if (request.url.includes('?'))
      throw new ClientError(400, 'the URL takes no parameters; a token in it would end in logs');
    const secret = secretOf(request);
    const principal = secret === null ? null : await recognise(secret, request, auth);
    const full = live.clients.fullness(principal);
    if (full !== null) throw new ClientError(503, full);
    const { socket, head } = upgrade;
    reply.hijack();
    if (socket.destroyed) return reply;
    reply.raw.detachSocket(socket);
    metrics.observe(request, 101, reply.elapsedTime);
    const caller = { principal, secret, address: request.ip, log: log.child({ request: request.id }) };
    live.welcome(request.raw, socket, head, request.id, caller);
    return reply;
  });
  closeOtherMethods(app, livePath, ['GET']);
}

/**
 * A token from anywhere, else the cookie of a session, which counts for our own pages only. null: it will be shown in the first message.
 * @throws ClientError 403 for a cookie from a foreign page
 */
function secretOf(request: FastifyRequest): string | null {
  const { headers } = request;
  const token = bearerOf(headers) ?? offeredToken(headers['sec-websocket-protocol']);
  if (token !== null) return token;
  const cookie = cookieOf(headers, sessionCookie);
  if (cookie !== null) demandOrigin(request, true);
  return cookie;
}

/** @throws ClientError 401, Unavailable when the store cannot say */
async function recognise(secret: string, request: FastifyRequest, auth: Auth): Promise<Principal> {
  const principal = await auth.principalOf(secret).catch((error: unknown) => {
    throw new Unavailable('the token cannot be checked now, try again later', { cause: error });
  });
  if (!principal) throw new ClientError(401, isSession(secret) ? sessionOver : 'the token is unknown or revoked');
  principals.set(request, principal);
  return principal;
}

/** Browsers cannot set headers: they offer `cdrd.v1, cdrd.token.<base64url of the token>`. */
function offeredToken(header: string | undefined): string | null {
  const offered = (header ?? '').split(',').map((name) => name.trim());
  const token = offered.find((name) => name.startsWith(tokenProtocol));
  return token === undefined ? null : Buffer.from(token.slice(tokenProtocol.length), 'base64url').toString('utf8');
}
