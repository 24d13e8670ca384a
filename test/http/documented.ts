// Every answer of every server of these tests, compared with the document of that very server: its status, its media type, its body.
// Importing this file is enough; the test that is running then fails.
import { subscribe } from 'node:diagnostics_channel';
import { Readable, Transform } from 'node:stream';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { afterEach, expect } from 'vitest';
import { dialects } from '../../src/http/dialects/index.ts';
import { claims, dialectNames } from '../../src/http/dialects/names.ts';
import { openapiOf } from '../../src/http/documents/openapi.ts';
import { mountsOf, speakerOf } from '../../src/http/mounts.ts';

export interface Described {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  security: object[];
  parameters?: {
    name: string;
    in: string;
    required?: boolean;
    description?: string;
    schema: Record<string, unknown>;
  }[];
  requestBody?: { content: Record<string, { schema: Record<string, unknown> }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}
export interface Openapi {
  openapi: string;
  paths: Record<string, Record<string, Described>>;
  webhooks: Record<string, { post: Described }>;
  components: { schemas: Record<string, Record<string, unknown>> };
}

/** What did not fit, until the test ends. */
const misfits: string[] = [];
const routesOf = new WeakMap<FastifyInstance, RouteOptions[]>();
const judges = new WeakMap<FastifyInstance, Judge>();
const byText = new Map<string, Judge>();

/** Fastify says so whenever a server is made, before it has a route. */
subscribe('fastify.initialization', (message) => {
  const { fastify: app } = message as { fastify: FastifyInstance };
  const routes: RouteOptions[] = [];
  routesOf.set(app, routes);
  app.addHook('onRoute', (route) => void routes.push(route));
  app.addHook('onSend', async (request, reply, payload) => {
    const judge = judges.get(app) ?? judgeOf(app);
    judges.set(app, judge);
    const look = (body: unknown) => {
      const misfit = judge.look(request, reply, body);
      if (misfit !== null) misfits.push(misfit);
    };
    if (payload instanceof Readable) return listened(payload, look);
    look(payload);
    return payload;
  });
});

/** The stream itself; `look` is given its whole text when it has ended well. */
function listened(stream: Readable, look: (text: string) => void): Readable {
  const chunks: Buffer[] = [];
  const ear = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done(null, chunk);
    },
    flush: (done) => {
      look(Buffer.concat(chunks).toString());
      done();
    },
  });
  stream.on('error', (error) => ear.destroy(error));
  return stream.pipe(ear);
}

/** Most servers of a test say the same of their routes: their document is made once. */
function judgeOf(app: FastifyInstance): Judge {
  const said = routesOfApp(app).map(({ method, url, schema, config }) => [method, url, schema, config]);
  const text = JSON.stringify(said);
  const judge = byText.get(text) ?? new Judge(openapiOf(app) as Openapi);
  byText.set(text, judge);
  return judge;
}

afterEach(() => {
  expect(misfits.splice(0)).toEqual([]);
});

/** Every route of a server, as it was registered. */
export function routesOfApp(app: FastifyInstance): RouteOptions[] {
  return routesOf.get(app)!;
}

export function ajv(): Ajv2020 {
  const judge = new Ajv2020({ strict: false, allErrors: true, verbose: true });
  judge.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$/);
  return judge;
}

/** Under which tests have a vendor's API. */
const prefixes = new RegExp(`^/(at|${dialectNames.join('|')})/`);

function isVendors({ url, routeOptions: { config, url: route } }: FastifyRequest): boolean {
  if (route !== undefined && config.operation !== null) return false;
  const owners = speakerOf(
    mountsOf([{ prefix: '', dialects: dialectNames, cors: { origins: [], credentials: 'deny' } }]),
    claims,
    {
      ...{ url: url.replace(prefixes, '/'), headers: {} },
    },
  );
  return owners.dialect !== null && !dialects[owners.dialect].isDocumented;
}

class Judge {
  readonly #document: Openapi;
  readonly #ajv = ajv();
  /** By the name of the operation. */
  readonly #places: Map<string | undefined, { operation: Described; pointer: string[] }>;

  constructor(document: Openapi) {
    this.#document = document;
    this.#places = new Map(
      Object.entries(document.paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => [
          operation.operationId,
          { operation, pointer: ['paths', path, method] },
        ]),
      ),
    );
    this.#ajv.addSchema(this.#document, 'openapi');
  }

  /** What does not fit, null when all does. */
  look(request: FastifyRequest, reply: FastifyReply, payload: unknown): string | null {
    const { url, config } = request.routeOptions;
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const path = url?.replace(/:(\w+)/g, '{$1}') ?? 'unknown';
    const type = String(reply.getHeader('content-type') ?? '').split(';')[0]!;
    const body = typeof payload === 'string' ? payload : '';
    const found = `${request.method} ${request.url.slice(0, 200)} answered ${reply.statusCode} ${type} ${body.slice(0, 500)}`;
    const isBroken = request.headers.host === undefined;
    // A vendor's API is in no document of ours: golden pairs say what it answers.
    if (isVendors(request)) return null;
    // Files of the page are in no document: test/http/page looks at them.
    if (url?.endsWith('/page/:hash/*') && reply.statusCode < 400) return null;
    if (url === undefined || config.operation === null || isBroken)
      return this.#lookAtNothing(found, reply.statusCode, type, body);
    // By its name: an export that was asked for by Accept is described at its own address.
    const place = this.#places.get(config.operation?.id);
    if (!place) return `${found}: ${method} ${path} is in no document; give the route a config.operation`;
    const { operation, pointer } = place;
    const answer = operation.responses[reply.statusCode];
    const known = Object.keys(operation.responses).join(', ');
    if (!answer) return `${found}: its operation knows ${known}; add the status to "answers" or "errors"`;
    if (!answer.content) return body === '' ? null : `${found}: its operation says that there is no body`;
    const media = Object.keys(answer.content);
    if (!media.includes(type)) return `${found}: its operation says ${media.join(', ')}`;
    if (request.method === 'HEAD' || !type.endsWith('json')) return null;
    return this.#misfit(found, [...pointer, 'responses', String(reply.statusCode), 'content', type, 'schema'], body);
  }

  /** What there is nothing at, or not by this method: a problem, a failure of a vendor, or a list of methods. */
  #lookAtNothing(found: string, status: number, type: string, body: string): string | null {
    if (status === 204) return null;
    if (status === 200) return this.#misfit(found, ['components', 'schemas', 'IpcortexFailure'], body);
    if (type !== 'application/problem+json') return `${found}: expected a problem document`;
    return this.#misfit(found, ['components', 'schemas', 'Problem'], body);
  }

  #misfit(found: string, pointer: string[], body: string): string | null {
    const place = pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
    const check = this.#ajv.getSchema(`openapi#/${place}`)!;
    if (check(JSON.parse(body))) return null;
    return `${found}: ${this.#ajv.errorsText(check.errors)}`;
  }
}
