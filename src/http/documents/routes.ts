// /openapi.json, /asyncapi.json, /docs and /client.js: public, because they say nothing that the project does not say itself.
// Each is made when it is asked for the first time; until then it costs nothing.
import { readFileSync } from 'node:fs';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Type, type Static } from 'typebox';
import { ClientError } from '../../errors.ts';
import { closeOtherMethods } from '../methods.ts';
import { asyncapiOf } from './asyncapi.ts';
import { openapiOf } from './openapi.ts';
import { json, problem, type Operation } from './operation.ts';
import { scriptOfClient } from './script.ts';

/** Nothing but our own style sheet: no script, no image, no other host. */
const pagePolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const open = { tag: 'daemon', needs: 'nobody', faults: 'none' } as const;
const anything = Type.Object({}, { additionalProperties: true });
const text = (type: string, description: string) => ({ 200: { description, content: { [type]: Type.String() } } });

const operations = {
  openapi: {
    ...{ id: 'openapi', summary: "This document, or a vendor's", ...open },
    answers: {
      200: json(anything, 'OpenAPI 3.1.'),
      400: problem('A parameter is not as described.'),
      404: problem('This listener does not speak that dialect, or its document is this one.'),
    },
  },
  asyncapi: {
    ...{ id: 'asyncapi', summary: 'The messages of the feed', ...open },
    answers: { 200: json(anything, 'AsyncAPI 3.') },
  },
  docs: { ...{ id: 'docs', summary: 'Both documents to read', ...open }, answers: text('text/html', 'A page.') },
  style: { ...{ id: 'docsStyle', summary: 'How /docs looks', ...open }, answers: text('text/css', 'A style sheet.') },
  client: {
    ...{ id: 'client', summary: 'The client for browsers and Node, as one file', ...open },
    answers: {
      ...text('text/javascript', 'An ES module that exports connect.'),
      500: problem('It could not be made; the log says why.'),
    },
  },
} satisfies Record<string, Operation>;

const OpenapiQuery = Type.Object(
  {
    dialect: Type.Optional(
      Type.String({ minLength: 1, maxLength: 50, description: "name of a vendor's dialect: the document of its API" }),
    ),
  },
  { additionalProperties: false },
);

/** Of vendors' APIs, see desk.ts. */
export interface VendorDocuments {
  described: readonly string[];
  documentOf(name: string, version: string): object | null;
}

/** `prefix`: where our own API is found on this listener; of several the first, as in /openapi.json. */
export function registerDocuments(app: FastifyInstance, version: string, prefix = '', vendors: VendorDocuments): void {
  const page = async () => {
    const { pageOf } = await import('./page.ts');
    return pageOf(openapiOf(app), asyncapiOf(version, prefix), vendors.described);
  };
  const sheet = () => readFileSync(new URL('./page.css', import.meta.url), 'utf8');
  const kept = (make: () => string | Promise<string>, type: string) => {
    let made: Promise<string> | undefined;
    const forget = (error: unknown) => {
      made = undefined;
      throw error;
    };
    return async (_request: unknown, reply: FastifyReply) => {
      made ??= Promise.resolve().then(make).catch(forget);
      return reply.type(type).send(await made);
    };
  };
  const asJson = 'application/json; charset=utf-8';
  const get = (url: string, operation: Operation, type: string, make: () => string | Promise<string>) => {
    app.get(url, { config: { operation } }, kept(make, type));
    closeOtherMethods(app, url, ['GET']);
  };
  const { openapi, asyncapi, docs, style, client } = operations;
  const whole = kept(() => JSON.stringify(openapiOf(app)), asJson);
  const schema = { querystring: OpenapiQuery };
  app.get('/openapi.json', { config: { operation: openapi }, schema }, (request, reply) => {
    const { dialect } = request.query as Static<typeof OpenapiQuery>;
    if (dialect === undefined) return whole(request, reply);
    const document = vendors.documentOf(dialect, version);
    if (document !== null) return reply.type(asJson).send(JSON.stringify(document));
    const known = vendors.described.join(', ') || 'none';
    throw new ClientError(
      404,
      `dialect: ${JSON.stringify(dialect)} has no document of its own here, expected one of: ${known}`,
    );
  });
  closeOtherMethods(app, '/openapi.json', ['GET']);
  get('/asyncapi.json', asyncapi, asJson, () => JSON.stringify(asyncapiOf(version, prefix)));
  get('/docs/style.css', style, 'text/css; charset=utf-8', sheet);
  get('/client.js', client, 'text/javascript; charset=utf-8', scriptOfClient);
  const html = kept(page, 'text/html; charset=utf-8');
  app.get('/docs', { config: { operation: docs } }, (request, reply) =>
    html(request, reply.header('content-security-policy', pagePolicy)),
  );
  closeOtherMethods(app, '/docs', ['GET']);
}
