// One Fastify per host and port; which routes it has, say its dialects (desk.ts). Bodies, headers and waits are bounded here.
import helmet from '@fastify/helmet';
import { fastify, type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import { Value } from 'typebox/value';
import { codeOf, messageOf, Unavailable } from '../errors.ts';
import { failpoint } from '../failpoint.ts';
import { forgetEmptyBody } from './bodiless.ts';
import type { HttpContext } from './context.ts';
import { preflights, registerCors } from './cors.ts';
import { Desk } from './desk.ts';
import { byAccept } from './export/formats.ts';
import { watchRefusals } from './gate.ts';
import { collectRoutes } from './documents/openapi.ts';
import { registerDocuments } from './documents/routes.ts';
import { registerHealth, type Health } from './health.ts';
import { ListenerConfig, type Entry } from './listenerconfig.ts';
import { readJson } from './json.ts';
import { registerLive, takeUpgrades, wantsUpgrade } from './liveroute.ts';
import type { Metrics } from './metrics.ts';
import type { Asked } from './mounts.ts';
import { registerPage } from './page/routes.ts';
import { answerFault, bodyLimitText, newProblem, notFound, problemOf, sendProblem, type Problem } from './problem.ts';
import { tellRates } from './rates.ts';
import { requestIdHeader, requestIds } from './requestid.ts';
import { withRequestLog } from './requestlog.ts';
import { answerBroken, headersMax, refuseExpectations, requestMs } from './socketfaults.ts';
import { secureOf } from './secure.ts';
import { newValidators } from './validate.ts';

export interface HttpServers {
  /** Where each listener can be reached, as a URL. */
  urls: string[];
  close(): Promise<void>;
}

/** Connections beside those of /live: a limit on everything. */
const connectionsMax = 4096;

/** @throws Unavailable when an address cannot be bound, or a certificate cannot be used. */
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
    for (const entries of byAddress(listeners)) {
      const { host, port } = entries[0]!;
      const app = await buildApp(context, health, metrics, entries);
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

/** Entries of one host and port share a server; port 0 is another port for each. */
function byAddress(listeners: readonly ListenerConfig[]): ListenerConfig[][] {
  const groups = Map.groupBy(listeners, ({ host, port }, at) => `${host} ${port === 0 ? `free ${at}` : port}`);
  return [...groups.values()];
}

/** Longest part of a path that names something, in characters: ids have at most 16 digits. */
const paramMax = 100;

const usualEntry = Value.Default(ListenerConfig, {}) as ListenerConfig;

/** The routes without a socket; tests use `inject`. `entries` are those of one host and port. */
export async function buildApp(
  context: HttpContext,
  health: Health,
  counted: Metrics,
  entries: readonly Entry[] = [usualEntry],
): Promise<FastifyInstance> {
  const { log, limits, trustedProxies = [] } = context;
  const metrics = withRequestLog(counted, log);
  const desk = new Desk(entries);
  const secure = secureOf(entries);
  const http = {
    ...{ shouldUpgradeCallback: wantsUpgrade(desk.prefixesOf('native')), maxHeaderSize: headersMax },
    requireHostHeader: false,
  };
  /** What decided who answers must be known to caches, of refusals too. */
  const tellNegotiated = (raw: Asked, reply: FastifyReply) => {
    if (desk.canNegotiate && desk.speakerOf(raw).isNegotiated) void reply.header('vary', 'Authorization, Cookie');
  };
  const app = fastify({
    bodyLimit: limits.body_bytes,
    // Nobody else may say from which address a request is.
    trustProxy: [...trustedProxies],
    requestTimeout: requestMs,
    connectionTimeout: 2 * requestMs,
    forceCloseConnections: true,
    ...(secure ? { https: { ...secure.first, ...http } } : { http }),
    clientErrorHandler: answerBroken(log),
    genReqId: requestIds(trustedProxies),
    // A list may be asked for as an export by its Accept alone.
    routerOptions: { maxParamLength: paramMax, constraints: { format: byAccept, speaker: desk.bySpeaker() } },
    frameworkErrors: (error, { id, raw }, reply) => {
      tellNegotiated(raw, reply);
      void answerFault(reply.header(requestIdHeader, id), badPath(error), desk.refuseOf(raw));
    },
    // Paths may carry what does not belong in a log; what matters is in the metrics.
    logger: false,
  }) as unknown as FastifyInstance;
  secure?.addTo(app.server);
  app.server.maxConnections = connectionsMax + limits.live_clients;
  refuseExpectations(app.server, log);
  app.decorate('metrics', metrics).decorate('friends', new Set<string>()).decorate('refuse', sendProblem);
  app.setValidatorCompiler(newValidators());
  readJson(app);
  // Of itself it promises no TLS for later. Nothing may be loaded; a page says for itself what it needs.
  await app.register(helmet, {
    strictTransportSecurity: false,
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  });
  app.addHook('onRequest', async ({ id, raw }, reply) => {
    void reply.header('cache-control', 'no-store').header(requestIdHeader, id);
    tellNegotiated(raw, reply);
  });
  if (desk.hasCors) await registerCors(app, (request) => desk.corsOf(request));
  app.addHook('onRequest', async (request, reply) => {
    // Before the body: nobody makes us take in megabytes for nothing.
    if (request.is404 || request.routeOptions.url === preflights)
      return notFound(request, reply, desk.refuseOf(request.raw));
    if (request.method === 'DELETE') forgetEmptyBody(request);
    const isHostless = request.headers.host === undefined && request.raw.httpVersion !== '1.0';
    if (isHostless) return answerFault(reply, newProblem(400, 'the header Host is missing (RFC 9112, section 3.2)'));
  });
  tellRates(app, context.auth.rates);
  watchRefusals(app, context.auth);
  app.addHook('onResponse', async (request, reply) => {
    failpoint('after answer');
    metrics.observe(request, reply.statusCode, reply.elapsedTime);
  });
  app.setErrorHandler((error, request, reply) =>
    answerFault(reply, problemOf(error, log, bodyLimitText(request, limits), request)),
  );
  app.setNotFoundHandler((request, reply) => notFound(request, reply, desk.refuseOf(request.raw)));
  await collectRoutes(app, context.version);
  registerHealth(app, health, metrics);
  registerDocuments(app, context.version, desk.prefixesOf('native')[0], desk);
  takeUpgrades(app);
  desk.register(app, context, (scope) => {
    registerLive(scope, context, metrics);
    registerPage(scope);
  });
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
