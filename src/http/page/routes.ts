// The web page at `/` of listeners that speak our own API, and its modules below /page. It uses nothing but that API and /live.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ClientError } from '../../errors.ts';
import { done, type Operation } from '../documents/operation.ts';
import { closeOtherMethods } from '../methods.ts';
import { codings, makeBundle, type Bundle, type Coding } from './bundle.ts';

/** Scripts, styles and answers of this very server, and nothing else; nobody may frame it. */
const pagePolicy = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"],
].join('; ');

/** A year: what stands below a hash never changes. */
const forever = 'public, max-age=31536000, immutable';

const page: Operation = {
  ...{ id: 'page', summary: 'The web page', tag: 'daemon', needs: 'nobody', faults: 'none' },
  description: 'It asks only what stands here, and says who is asking by the session.',
  answers: {
    200: { description: 'A page.', content: { 'text/html': Type.String() } },
    304: done('It is the one of `If-None-Match`.'),
    308: { description: 'It was asked for without the slash at the end.', headers: { location: 'with it' } },
  },
};

let made: Promise<Bundle> | undefined;

/** One for all listeners, made when it is asked for the first time. */
function bundle(): Promise<Bundle> {
  made ??= makeBundle().catch((error: unknown) => {
    made = undefined;
    throw error;
  });
  return made;
}

export function registerPage(app: FastifyInstance): void {
  app.get('/', { config: { operation: page } }, async (request, reply) => {
    // Its addresses are relative to the folder it is in.
    const [path, query] = request.url.split('?', 2) as [string, string?];
    if (!path.endsWith('/')) return reply.redirect(`/${query === undefined ? '' : `?${query}`}`, 308);
    const { hash, bytesOf } = await bundle();
    const coding = codingOf(request);
    void reply.header('content-security-policy', pagePolicy).header('cache-control', 'no-cache');
    void reply.header('vary', 'Accept-Encoding, Origin');
    return sendOnce(request, reply, `"${hash}-${coding}"`, async () => {
      if (coding !== null) void reply.header('content-encoding', coding);
      return reply.type('text/html; charset=utf-8').send(await bytesOf('', coding));
    });
  });

  // Files of the page are no interface of anybody else.
  app.get('/page/:hash/*', { config: { operation: null } }, async (request, reply) => {
    const { hash, '*': path } = request.params as { hash: string; '*': string };
    const { hash: own, typeOf, bytesOf } = await bundle();
    const type = typeOf(path);
    if (hash !== own || type === undefined)
      throw new ClientError(404, 'this is no file of the page, or of another version of it: load the page again');
    const coding = codingOf(request);
    void reply.header('cache-control', forever).header('vary', 'Accept-Encoding, Origin');
    return sendOnce(request, reply, `"${hash}-${coding}"`, async () => {
      if (coding !== null) void reply.header('content-encoding', coding);
      return reply.type(type).send(await bytesOf(path, coding));
    });
  });
  for (const url of ['/', '/page/:hash/*']) closeOtherMethods(app, url, ['GET']);
}

/** 304 for what the browser has already (RFC 9110 §13.1.2). */
function sendOnce(request: FastifyRequest, reply: FastifyReply, tag: string, send: () => unknown): unknown {
  void reply.header('etag', tag);
  const known = request.headers['if-none-match']?.split(',').map((one) => one.trim().replace(/^W\//, ''));
  return known?.includes(tag) === true ? reply.code(304).send() : send();
}

function codingOf({ headers }: FastifyRequest): Coding | null {
  const taken = String(headers['accept-encoding'] ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
    .map((part) => part.replace(/;.*/, ''));
  return codings.find((coding) => taken.includes(coding)) ?? null;
}
