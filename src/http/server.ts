// One Fastify per listener, all with the same routes. Bodies, headers and waits are bounded here.
import helmet from '@fastify/helmet';
import { fastify, type FastifyInstance } from 'fastify';
import { codeOf, messageOf, Unavailable } from '../errors.ts';
import type { ListenerConfig } from './config.ts';
import type { HttpContext } from './context.ts';
import { dialects } from './dialects/index.ts';
import { watchRefusals } from './gate.ts';
import { collectRoutes } from './documents/openapi.ts';
import { done, problem, type Operation } from './documents/operation.ts';
import { registerDocuments } from './documents/routes.ts';
import { registerHealth, type Health } from './health.ts';
import { closeOtherMethods } from './methods.ts';
import { livePath, type Live } from './live.ts';
import type { Metrics } from './metrics.ts';
import { newProblem, notFound, problemOf, sendProblem } from './problem.ts';
import { newValidator } from './validate.ts';

export interface HttpServers {
  /** Where each listener can be reached, as a URL. */
  urls: string[];
  close(): Promise<void>;
}

/** How long a client may take to send a request (Node checks twice a minute). */
const requestMs = 60_000;
/** Connections beside those of /live: a limit on everything. */
const connectionsMax = 4096;

/** @throws Unavailable when an address cannot be bound. */
export async function openHttp(
  listeners: readonly ListenerConfig[],
  context: HttpContext,
  live: Live,
  health: Health,
  metrics: Metrics,
): Promise<HttpServers> {
  const apps: FastifyInstance[] = [];
  const urls: string[] = [];
  const close = async () => {
    await Promise.all(apps.map((app) => app.close()));
  };
  try {
    for (const { host, port } of listeners) {
      const app = await buildApp(context, health, metrics);
      apps.push(app);
      live.attach(app.server);
      urls.push(
        await app.listen({ host, port }).catch((error: unknown) => Promise.reject(bindError(host, port, error))),
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { urls, close };
}

/** The routes without a socket; tests use `inject`. */
export async function buildApp(context: HttpContext, health: Health, metrics: Metrics): Promise<FastifyInstance> {
  const { log, limits } = context;
  const app = fastify({
    bodyLimit: limits.body_bytes,
    // Nobody else may say from which address a request is.
    trustProxy: [...(context.trustedProxies ?? [])],
    requestTimeout: requestMs,
    connectionTimeout: 2 * requestMs,
    forceCloseConnections: true,
    // Clients that offer another protocol (Java's HttpClient: `Upgrade: h2c`) are answered as if they had not.
    http: { shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket' },
    // Paths may carry what does not belong in a log; what matters is in the metrics.
    logger: false,
  });
  app.server.maxConnections = connectionsMax + limits.live_clients;
  const strict = newValidator({ coerceTypes: false });
  const lenient = newValidator({ coerceTypes: true });
  app.setValidatorCompiler(({ schema, httpPart }) => (httpPart === 'body' ? strict : lenient).compile(schema));
  // Plain HTTP: nothing may promise TLS. Nothing may be loaded; a page says for itself what it needs.
  await app.register(helmet, {
    strictTransportSecurity: false,
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  });
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    // Before the body: nobody makes us take in megabytes for nothing.
    if (request.is404) return notFound(request, reply);
  });
  watchRefusals(app, context.auth);
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    metrics.request.observe(
      { method: request.method, route, status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
  });
  app.setErrorHandler((error, _request, reply) =>
    sendProblem(reply, problemOf(error, log, `${limits.body_bytes} bytes (limits.body_bytes)`)),
  );
  app.setNotFoundHandler(notFound);
  await collectRoutes(app, context.version);
  registerHealth(app, health, metrics);
  registerDocuments(app, context.version);
  registerLive(app);
  for (const dialect of dialects) dialect.register(app, context);
  return app;
}

/** Whoever comes to /live without a WebSocket is told so. */
function registerLive(app: FastifyInstance): void {
  app.get(livePath, { config: { operation: liveOperation } }, async (_request, reply) => {
    void reply.header('upgrade', 'websocket').header('connection', 'upgrade');
    return sendProblem(reply, newProblem(426, 'the feed speaks WebSocket: connect with ws:// or wss://'));
  });
  closeOtherMethods(app, livePath, ['GET']);
}

const liveOperation: Operation = {
  id: 'live',
  summary: 'The feed over WebSocket',
  description:
    'Speaks WebSocket only (101 after an upgrade with a token, a subprotocol or a session); what is said there is in /asyncapi.json.',
  ...{ tag: 'feed', needs: 'nobody', faults: 'none' },
  answers: {
    101: done('The feed: see /asyncapi.json.'),
    400: problem('The URL has parameters.'),
    401: problem('The token is unknown or revoked.'),
    426: problem('The request asked for no upgrade.'),
    503: problem('There is no room for another client.'),
  },
};

function bindError(host: string, port: number, error: unknown): Error {
  const reasons: Record<string, string> = {
    EADDRINUSE: 'another program listens there already',
    EACCES: 'this user may not bind that port',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'this host name is not known',
  };
  const reason = reasons[codeOf(error) ?? ''] ?? messageOf(error);
  return new Unavailable(`listeners: ${host}:${port} cannot be bound: ${reason}`, { cause: error });
}
