// Pages of other origins, per listener: who may read our answers (CORS), and whose cookies are believed. Nobody, unless it is configured.
import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import type { Dialect } from './context.ts';
import type { CorsConfig } from './listenerconfig.ts';
import type { Asked } from './mounts.ts';

/** The plugin's route for the preflights of all addresses: it is there for its hook, and no address of ours. */
export const preflights = '*';

/** How long a browser may remember what a preflight said, in seconds. */
const preflightSeconds = 600;
/** What a page may read of an answer, beside what every page may (Fetch §3.3.4). */
const exposed = [
  ...['Allow', 'Content-Disposition', 'Location', 'Retry-After', 'X-Request-Id'],
  ...['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'],
];

const own = {
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  headers: ['Authorization', 'Content-Type', 'Last-Event-ID'],
};

declare module 'fastify' {
  interface FastifyInstance {
    /** Origins beside our own whose session cookies are believed. */
    friends: ReadonlySet<string>;
  }
}

/** What pages of other origins may do with what this request asks for. */
export interface CorsOf {
  config: CorsConfig;
  /** The vendor lets in pages of any origin; with a token, never with a cookie. */
  open: Dialect['cors'];
  /** Headers beside everybody's: of its clients, and of its answers. */
  sent: readonly string[];
  told: readonly string[];
}

/** Origins beside our own whose session cookies are believed. */
export function friendsOf({ origins, credentials }: CorsConfig): ReadonlySet<string> {
  return new Set(credentials === 'allow' ? origins : []);
}

/** What a preflight is answered is decided here, before any route and without a token: browsers send none with it. */
export async function registerCors(app: FastifyInstance, corsOf: (request: Asked) => CorsOf): Promise<void> {
  // The plugin's own route for all preflights stands in no document.
  app.addHook('onRoute', (route) => {
    if (route.method === 'OPTIONS' && route.url === preflights) route.config = { ...route.config, operation: null };
  });
  await app.register(cors, {
    hideOptionsRoute: true,
    delegator: (request, decided) => {
      const { method, headers } = request;
      const asked = corsOf(request);
      const { config, open } = asked;
      const { origin } = headers;
      const isKnown = typeof origin === 'string' && (config.origins.includes(origin) || config.origins.includes('*'));
      // Any other OPTIONS is answered with the methods of the address, see methods.ts.
      const isOurs = method !== 'OPTIONS' || headers['access-control-request-method'] !== undefined;
      if (!isOurs || (!isKnown && (!open || origin === undefined))) return decided(null, { origin: false });
      decided(null, granted(isKnown ? config : { origins: ['*'], credentials: 'deny' }, asked));
    },
  });
}

function granted({ origins, credentials }: CorsConfig, { open, sent, told }: CorsOf): FastifyCorsOptions {
  return {
    origin: origins.includes('*') ? '*' : origins,
    credentials: credentials === 'allow',
    methods: [...(open?.methods ?? own.methods)],
    allowedHeaders: [...new Set([...own.headers, ...(open?.headers ?? []), ...sent])],
    exposedHeaders: [...exposed, ...told],
    maxAge: preflightSeconds,
  };
}
