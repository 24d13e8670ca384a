// One Fastify per listener, all with the same routes. Bodies, headers and waits are bounded here.
import helmet from '@fastify/helmet';
import { fastify, type FastifyError, type FastifyInstance } from 'fastify';
import { codeOf, messageOf, Unavailable } from '../errors.ts';
import { failpoint } from '../failpoint.ts';
import type { CorsConfig, ListenerConfig } from './config.ts';
import type { HttpContext } from './context.ts';
import { registerCors } from './cors.ts';
import { dialects } from './dialects/index.ts';
import { byAccept } from './export/formats.ts';
import { watchRefusals } from './gate.ts';
import { collectRoutes } from './documents/openapi.ts';
import { registerDocuments } from './documents/routes.ts';
import { registerHealth, type Health } from './health.ts';
import { registerLive, wantsUpgrade } from './liveroute.ts';
import type { Metrics } from './metrics.ts';
import { newProblem, notFound, problemOf, sendProblem, type Problem } from './problem.ts';
import { tellRates } from './rates.ts';
import { requestIdHeader, requestIds } from './requestid.ts';
import { withRequestLog } from './requestlog.ts';
import { answerBroken, headersMax, refuseExpectations, requestMs } from './socketfaults.ts';
import { newValidator } from './validate.ts';

export interface HttpServers {
  /** Where each listener can be reached, as a URL. */
  urls: string[];
  close(): Promise<void>;
}

/** Connections beside those of /live: a limit on everything. */
const connectionsMax = 4096;

/** @throws Unavailable when an address cannot be bound. */
export async function openHttp(
  listeners: readonly ListenerConfig[],
  context: HttpContext,
  health: Health,
  metrics: Metrics,
): Promise<HttpServers> {
  const apps: FastifyInstance[] = [];
  const urls: string[] = [];
  const close = async () => {
    await Promise.all(apps.map((app) => app.close()));
  };
  try {
    for (const { host, port, cors } of listeners) {
      const app = await buildApp(context, health, metrics, cors);
      apps.push(app);
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

const noOrigins: CorsConfig = { origins: [], credentials: 'deny' };
/** Longest part of a path that names something, in characters: ids have at most 16 digits. */
const paramMax = 100;

/** The routes without a socket; tests use `inject`. */
export async function buildApp(
  context: HttpContext,
  health: Health,
  counted: Metrics,
  cors = noOrigins,
): Promise<FastifyInstance> {
  const { log, limits, trustedProxies = [] } = context;
  const metrics = withRequestLog(counted, log);
  const app = fastify({
    bodyLimit: limits.body_bytes,
    // Nobody else may say from which address a request is.
    trustProxy: [...trustedProxies],
    requestTimeout: requestMs,
    connectionTimeout: 2 * requestMs,
    forceCloseConnections: true,
    http: { shouldUpgradeCallback: wantsUpgrade, maxHeaderSize: headersMax, requireHostHeader: false },
    clientErrorHandler: answerBroken(log),
    genReqId: requestIds(trustedProxies),
    // A list may be asked for as an export by its Accept alone.
    routerOptions: { maxParamLength: paramMax, constraints: { format: byAccept } },
    frameworkErrors: (error, { id }, reply) => void sendProblem(reply.header(requestIdHeader, id), badPath(error)),
    // Paths may carry what does not belong in a log; what matters is in the metrics.
    logger: false,
  });
  app.server.maxConnections = connectionsMax + limits.live_clients;
  refuseExpectations(app.server, log);
  app.decorate('metrics', metrics);
  const strict = newValidator({ coerceTypes: false });
  const lenient = newValidator({ coerceTypes: true });
  app.setValidatorCompiler(({ schema, httpPart }) => (httpPart === 'body' ? strict : lenient).compile(schema));
  // Plain HTTP: nothing may promise TLS. Nothing may be loaded; a page says for itself what it needs.
  await app.register(helmet, {
    strictTransportSecurity: false,
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  });
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('cache-control', 'no-store').header(requestIdHeader, request.id);
  });
  await registerCors(app, cors);
  app.addHook('onRequest', async (request, reply) => {
    // Before the body: nobody makes us take in megabytes for nothing.
    if (request.is404) return notFound(request, reply);
    // Clients that send a content type with every request have no body by that.
    const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
    if (request.method === 'DELETE' && length === '0' && encoding === undefined)
      delete request.raw.headers['content-type'];
    const isHostless = request.headers.host === undefined && request.raw.httpVersion !== '1.0';
    if (isHostless) return sendProblem(reply, newProblem(400, 'the header Host is missing (RFC 9112, section 3.2)'));
  });
  tellRates(app, context.auth.rates);
  watchRefusals(app, context.auth);
  app.addHook('onResponse', async (request, reply) => {
    failpoint('after answer');
    metrics.observe(request, reply.statusCode, reply.elapsedTime);
  });
  app.setErrorHandler((error, request, reply) =>
    sendProblem(reply, problemOf(error, log, `${limits.body_bytes} bytes (limits.body_bytes)`, request)),
  );
  app.setNotFoundHandler(notFound);
  await collectRoutes(app, context.version);
  registerHealth(app, health, metrics);
  registerDocuments(app, context.version);
  registerLive(app, context, metrics);
  for (const dialect of dialects) dialect.register(app, context);
  return app;
}

/** What the router could not read; the path is not repeated. */
function badPath({ code }: FastifyError): Problem {
  return code === 'FST_ERR_MAX_PARAM_LENGTH'
    ? newProblem(414, `a part of the path is longer than ${paramMax} characters`)
    : newProblem(400, 'the path is not percent-encoded UTF-8');
}

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
