// The front desk of one host and port: knows its entries, leads each request to the dialect that owns its path, and registers those dialects.
import type { FastifyInstance, FastifyReply, RouteOptions } from 'fastify';
import type { HttpContext } from './context.ts';
import { friendsOf, type CorsOf } from './cors.ts';
import { dialects } from './dialects/index.ts';
import { claims, type DialectName } from './dialects/names.ts';
import { isTold, vendorOpenapi, type VendorRoute } from './documents/vendors.ts';
import type { Entry } from './listenerconfig.ts';
import { answerFault, bodyLimitText, problemOf, sendProblem, type Problem } from './problem.ts';
import { mountsOf, sharedPaths, speakerOf, type Asked, type Mount, type Speaker } from './mounts.ts';

type Refuse = (reply: FastifyReply, problem: Problem) => FastifyReply;

export class Desk {
  readonly #mounts: Mount<DialectName>[];
  /** Some path is owned by two, and the headers decide. */
  readonly canNegotiate: boolean;
  /** What each dialect has registered, for the vendors' documents. */
  readonly #routes = new Map<DialectName, VendorRoute[]>();
  /** Whether the path alone says whose a request is: then the router needs no help. */
  readonly #isPlain: boolean;

  constructor(entries: readonly Entry[]) {
    this.#mounts = mountsOf(entries);
    this.canNegotiate = this.#mounts.some(({ dialects: names }) => sharedPaths(names, claims).length > 0);
    this.#isPlain = this.#mounts.length === 1 && this.#mounts[0]!.vhost === null && !this.canNegotiate;
  }

  speakerOf(request: Asked): Speaker<DialectName> {
    return speakerOf(this.#mounts, claims, request);
  }

  /** The envelope of whoever owns the path; ours where nobody does. */
  refuseOf(request: Asked): Refuse {
    const { dialect } = this.speakerOf(request);
    return dialect === null ? sendProblem : dialects[dialect].refuse;
  }

  /** Whether pages of other origins may ever read anything. */
  get hasCors(): boolean {
    return this.#mounts.some(
      ({ cors, dialects: names }) => cors.origins.length > 0 || names.some((name) => dialects[name].cors),
    );
  }

  corsOf(request: Asked): CorsOf {
    const { mount, dialect } = this.speakerOf(request);
    const { cors: open, headers = { sent: [], told: [] } } = dialect === null ? {} : dialects[dialect];
    return { config: mount.cors, open, ...headers };
  }

  /** Where a dialect is to be found. */
  prefixesOf(name: DialectName): string[] {
    return this.#mounts.filter(({ dialects: names }) => names.includes(name)).map(({ prefix }) => prefix);
  }

  /** How the router finds the routes of who answers, `constraints: { speaker }`; those without one are for all. */
  bySpeaker() {
    return {
      name: 'speaker',
      mustMatchWhenDerived: false,
      storage: () => {
        const handlers = new Map<string, never>();
        return {
          get: (speaker: string) => handlers.get(speaker) ?? null,
          set: (speaker: string, handler: never) => void handlers.set(speaker, handler),
        };
      },
      validate: () => undefined,
      deriveConstraint: (request: Asked) => {
        if (this.#isPlain) return '';
        const { mount, dialect } = this.speakerOf(request);
        return markOf(mount, dialect);
      },
    };
  }

  /** `live` registers the feed where the native dialect is. */
  register(app: FastifyInstance, context: HttpContext, live: (scope: FastifyInstance) => void): void {
    const described = new Set<DialectName>();
    for (const mount of this.#mounts) {
      for (const name of mount.dialects) {
        const isDescribed = dialects[name].isDocumented && !described.has(name);
        described.add(name);
        void app.register(
          (scope, _options, done) => {
            this.#prepare(scope, context, mount, name, isDescribed);
            if (name === 'native') live(scope);
            dialects[name].register(scope, context);
            done();
          },
          { prefix: mount.prefix },
        );
      }
    }
  }

  /** The document of a vendor's API; null: this listener does not speak it, or nobody has described it here. */
  documentOf(name: string, version: string): object | null {
    const spoken = [...this.#routes.keys()].find((one) => one === name);
    const document = spoken && dialects[spoken].document;
    return document ? vendorOpenapi(name, document, this.#routes.get(spoken)!, version) : null;
  }

  /** Those that `documentOf` knows. */
  get described(): string[] {
    return [...this.#routes.keys()].filter((name) => dialects[name].document);
  }

  #note(name: DialectName, route: VendorRoute): void {
    this.#routes.set(name, [...(this.#routes.get(name) ?? []), route]);
  }

  #prepare(
    scope: FastifyInstance,
    { log, limits }: HttpContext,
    mount: Mount<DialectName>,
    name: DialectName,
    isDescribed: boolean,
  ): void {
    const { refuse } = dialects[name];
    scope.decorate('refuse', refuse).decorate('friends', friendsOf(mount.cors));
    scope.addHook('onRoute', (route) => {
      if (!this.#isPlain) route.constraints = { ...route.constraints, speaker: markOf(mount, name) };
      if (!isDescribed) hide(route);
      if (isTold(route)) this.#note(name, { method: String(route.method), url: route.url, prefix: mount.prefix });
    });
    scope.setErrorHandler((error, request, reply) =>
      answerFault(reply, problemOf(error, log, bodyLimitText(request, limits), request)),
    );
    if (mount.prefix === '') return;
    scope.addHook('onSend', async (_request, reply) => {
      const place = reply.getHeader('location');
      if (typeof place === 'string' && place.startsWith('/')) void reply.header('location', mount.prefix + place);
    });
  }
}

/** A vendor's own documents describe it; and what is there twice is described once. */
function hide(route: RouteOptions): void {
  route.config = { ...route.config, operation: null };
}

function markOf({ at }: Mount, dialect: DialectName | null): string {
  return `${at} ${dialect ?? ''}`;
}
