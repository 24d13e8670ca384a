// What /openapi.json?dialect=NAME says of a vendor's API: which addresses there are, what each is for, who may ask, and how faults look.
// The answers themselves are described by the vendor, and held whole by golden pairs.
import type { RouteOptions } from 'fastify';
import type { TSchema } from 'typebox';
import { needsText, type Operation } from './operation.ts';

/** Of one method at one address, like `GET /api/cdrs/:cdr`. */
export type Told = readonly [summary: string, needs: Operation['needs']];

export interface VendorDocument {
  title: string;
  /** Every route, by method and address as it is registered, without the prefix of the listener. */
  routes: Readonly<Record<string, Told>>;
  /** OpenAPI's security schemes, by name: each of them is enough. */
  security: Readonly<Record<string, object>>;
  /** Its envelope of faults. */
  fault: TSchema;
}

/** A route as Fastify has it; `prefix` is that of its listener. */
export interface VendorRoute {
  method: string;
  url: string;
  prefix: string;
}

export const bearer = { bearer: { type: 'http', scheme: 'bearer', description: 'Any token of cdrd.' } };

/** The address as it is asked for a second time (a slash more) and what only lists methods are left out. */
export function isTold({ method, url }: RouteOptions): boolean {
  return typeof method === 'string' && method !== 'HEAD' && !url.endsWith('/');
}

/** `routes` may be those of several mounts; the first that has an address tells of it. */
export function vendorOpenapi(
  name: string,
  { title, routes: told, security, fault }: VendorDocument,
  routes: readonly VendorRoute[],
  version: string,
): object {
  const prefix = routes[0]?.prefix ?? '';
  const paths: Record<string, Record<string, object>> = {};
  for (const { method, url } of routes.filter((route) => route.prefix === prefix)) {
    const own = url.slice(prefix.length);
    const [summary, needs] = told[`${method} ${own}`] ?? [`${method} ${own}`, 'read'];
    const path = own.replace(/:(\w+)/g, '{$1}');
    const names = [...own.matchAll(/:(\w+)/g)].map((match) => match[1]!);
    (paths[path] ??= {})[method.toLowerCase()] = {
      operationId: idOf(method, own),
      ...{ summary, description: needsText(needs), tags: [name] },
      security: needs === 'nobody' ? [] : Object.keys(security).map((scheme) => ({ [scheme]: [] })),
      ...(names.length === 0 ? {} : { parameters: names.map(pathParameter) }),
      responses: {
        '2XX': { description: 'As the vendor answers it.' },
        default: { description: 'A fault.', content: { 'application/json': { schema: fault } } },
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: `${title}, as cdrd speaks it`, version },
    servers: [{ url: prefix === '' ? '/' : prefix }],
    tags: [{ name, description: title }],
    paths,
    components: { securitySchemes: security },
  };
}

function pathParameter(name: string): object {
  return { name, in: 'path', required: true, description: `which ${name}`, schema: { type: 'string' } };
}

/** `GET /v1.1/voipstudio/cdrs/:id.trace` is getV11VoipstudioCdrsIdTrace. */
function idOf(method: string, url: string): string {
  const words = url.replace(/\.(?=\d)/g, '').split(/[^A-Za-z0-9]+/);
  return (
    method.toLowerCase() +
    words
      .filter(Boolean)
      .map((word) => word[0]!.toUpperCase() + word.slice(1))
      .join('')
  );
}
