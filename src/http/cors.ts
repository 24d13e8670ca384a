// Pages of other origins, per listener: who may read our answers (CORS), and whose cookies are believed. Nobody, unless it is configured.
import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import type { CorsConfig } from './config.ts';

/** How long a browser may remember what a preflight said, in seconds. */
const preflightSeconds = 600;
/** What a page may read of an answer, beside what every page may (Fetch §3.3.4). */
const exposed = [
  ...['Allow', 'Content-Disposition', 'Location', 'Retry-After', 'X-Request-Id'],
  ...['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'],
];

declare module 'fastify' {
  interface FastifyInstance {
    /** Origins beside our own whose session cookies are believed. */
    friends: ReadonlySet<string>;
  }
}

/** What a preflight is answered is decided here, before any route and without a token: browsers send none with it. */
export async function registerCors(app: FastifyInstance, { origins, credentials }: CorsConfig): Promise<void> {
  app.decorate('friends', new Set(credentials === 'allow' ? origins : []));
  if (origins.length === 0) return;
  const isAny = origins.includes('*');
  const known = new Set(origins);
  const open: FastifyCorsOptions = {
    origin: isAny ? '*' : origins,
    credentials: credentials === 'allow',
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Last-Event-ID'],
    exposedHeaders: exposed,
    maxAge: preflightSeconds,
  };
  await app.register(cors, {
    hideOptionsRoute: true,
    delegator: ({ method, headers }, decided) => {
      const { origin } = headers;
      const isKnown = typeof origin === 'string' && (isAny || known.has(origin));
      // Any other OPTIONS is answered with the methods of the address, see methods.ts.
      const isOurs = method !== 'OPTIONS' || headers['access-control-request-method'] !== undefined;
      decided(null, isKnown && isOurs ? open : { origin: false });
    },
  });
}
