// OpenAPI 3.1 of every route that has an operation, put together by @fastify/swagger when somebody asks for it.
import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify';
import { FilterShape } from '../filter.ts';
import { sessionCookie } from '../origin.ts';
import { hoist } from './hoist.ts';
import { answersOf, needsText, tags, type Operation } from './operation.ts';
import { webhooks } from './webhooks.ts';

const description = [
  'All times are UTC. All answers are bounded; pages go by id, and ids become visible in rising order, always.',
  'Errors of our own API are problem documents (RFC 9457). 405 answers a method that an address does not have and lists those it has;',
  'unknown parameters and fields are errors, never passed over.',
].join(' ');

/** Before the first route: only those that come after it are heard of. */
export async function collectRoutes(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'cdrd', version, description },
      servers: [{ url: '/' }],
      tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An API token; never in the URL.' },
          session: {
            ...{ type: 'apiKey', in: 'cookie', name: sessionCookie },
            description:
              'What logging in (login) gives to a browser. Writes with it need an Origin header that names this server.',
          },
        },
      },
    },
    convertConstToEnum: false,
    transform: ({ url, route }) => ({ url, schema: schemaOf(route) }),
  });
}

/** The document, made of the routes there are. @throws Error when two different shapes have one name. */
export function openapiOf(app: FastifyInstance): object {
  const { document, schemas } = hoist({ ...app.swagger(), webhooks }, [FilterShape]);
  const components = { ...(document['components'] as object), schemas };
  return { ...document, components };
}

function schemaOf(route: RouteOptions): FastifySchema {
  const { operation } = route.config ?? {};
  // An export by Accept is told of at its address with the suffix.
  if (!operation || route.constraints?.['format'] !== undefined) return { hide: true };
  const { querystring, params, body = operation.body } = route.schema ?? {};
  return {
    ...{ querystring, params, body },
    operationId: operation.id,
    summary: operation.summary,
    description: [operation.description, needsText(operation.needs)].filter(Boolean).join(' '),
    tags: [operation.tag],
    security: operation.needs === 'nobody' ? [] : [{ bearer: [] }, { session: [] }],
    response: responsesOf(operation, route),
  };
}

function responsesOf(operation: Operation, route: RouteOptions): Record<string, unknown> {
  const answers = Object.entries(answersOf(operation, route));
  return Object.fromEntries(
    answers.map(([status, { description: text, content, headers }]) => {
      const media = Object.entries(content ?? {}).map(([type, schema]) => [type, { schema }]);
      const named = Object.entries(headers ?? {}).map(([name, of]) => [name, { type: 'string', description: of }]);
      return [
        status,
        {
          description: text,
          ...(content ? { content: Object.fromEntries(media) as object } : { type: 'null' }),
          ...(headers ? { headers: Object.fromEntries(named) as object } : {}),
        },
      ];
    }),
  );
}
