// The addresses of an export: its list's with the format as suffix, and the list's own for whoever asks by Accept. And the short lists,
// which the daemon reads page by page itself.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type, type TProperties } from 'typebox';
import { clockOf, type Clock } from '../../cdr/time.ts';
import type { HttpContext } from '../context.ts';
import type { Operation } from '../documents/operation.ts';
import { closeOtherMethods } from '../methods.ts';
import { formats, mediaOf, type Format } from './formats.ts';
import { askedOf, exportLimit, lookParams, toLook } from './look.ts';
import { bytesOf, openRenderer, type Row } from './render.ts';
import { sendExport } from './send.ts';
import type { Piece } from './thread.ts';

export interface ExportRoute {
  method: 'GET' | 'POST';
  /** Of the list. */
  url: string;
  onRequest: (request: FastifyRequest) => Promise<void>;
  schema: (format: Format) => { querystring?: object; params?: object; body?: object };
  send: (request: FastifyRequest, reply: FastifyReply, format: Format) => Promise<FastifyReply>;
  /** Of the list. */
  operation: Operation;
}

export function exportRoutes(
  api: FastifyInstance,
  { method, url, onRequest, schema, send, operation }: ExportRoute,
): void {
  for (const format of formats) {
    const handler = (request: FastifyRequest, reply: FastifyReply) => send(request, reply, format);
    const config = { operation: operationOf(operation, format) };
    const route = { method, onRequest, handler, config };
    api.route({ ...route, url: `${url}.${format}`, schema: schema(format) });
    api.route({ ...route, url, schema: schema(format), constraints: { format } });
    closeOtherMethods(api, `${url}.${format}`, [method]);
  }
}

/** What the documents say of the export of a list. */
function operationOf({ id, summary, description, tag, needs, errors = {} }: Operation, format: Format): Operation {
  const by = `The same as the list with Accept: ${mediaOf(format)}. Not in pages: all there is, or as many as "limit".`;
  const cut = 'What is cut short ends without the end of its chunks: no part of it looks like the whole.';
  return {
    id: `${id}${format[0]!.toUpperCase()}${format.slice(1)}`,
    summary: `${summary.replace(/^A page of (\w+)/, 'All $1')}, as ${format.toUpperCase()}`,
    description: [description, by, cut].filter(Boolean).join(' '),
    ...{ tag, needs },
    answers: {
      200: {
        description: format === 'csv' ? 'A line of names, then a line for each.' : 'A line of JSON for each.',
        content: { [mediaOf(format)]: Type.String() },
        headers: { 'content-disposition': 'a name for the file' },
      },
    },
    errors: {
      ...errors,
      429: 'Too many exports at once (`limits.exports`), or too many requests in a minute; see Retry-After.',
    },
  };
}

/** A list as an export: one call of `exportList`. `One` is what the store gives. */
export interface ExportedList<One> {
  url: string;
  onRequest: ExportRoute['onRequest'];
  operation: Operation;
  /** What the list may be asked; an export has a limit of its own. */
  query: TProperties;
  params?: object;
  /** Every field of what `shape` gives. */
  columns: readonly string[];
  /** Reads pages in the order of the list: what comes after `last`, which is undefined for the first page. */
  open: (request: FastifyRequest) => (last: One | undefined, limit: number) => Promise<One[]>;
  shape: (one: One, clock: Clock) => Row;
  /** Where to go on after a line, for who asks for the column `cursor`; absent: an id says it. */
  cursor?: (one: One, request: FastifyRequest) => string | number;
}

/** Rows of one page. */
const pageRows = 500;

export function exportList<One>(api: FastifyInstance, context: HttpContext, list: ExportedList<One>): void {
  const { url, onRequest, params, operation } = list;
  exportRoutes(api, {
    ...{ method: 'GET', url, onRequest, operation },
    schema: (format) => ({
      ...(params ? { params } : {}),
      querystring: Type.Object(
        { ...list.query, limit: exportLimit(context.limits.export_rows), ...lookParams(format) },
        { additionalProperties: false },
      ),
    }),
    send: (request, reply, format) => {
      const given = request.query as { limit?: number };
      const pieces = piecesOf(list, request, given, format);
      return sendExport(context, request, reply, { list: urlOf(request), asked: askedOf(given), format, pieces });
    },
  });
}

async function* piecesOf<One>(
  { open, shape, columns, cursor }: ExportedList<One>,
  request: FastifyRequest,
  given: { limit?: number },
  format: Format,
): AsyncGenerator<Piece, void> {
  const look = toLook(given, format, cursor ? [...columns, 'cursor'] : columns);
  const renderer = openRenderer(look, columns);
  const clock = clockOf(look.zone);
  const read = open(request);
  const hasCursor = look.columns?.includes('cursor') ?? false;
  const rowOf = (one: One) => ({
    ...shape(one, clock),
    ...(cursor && hasCursor ? { cursor: cursor(one, request) } : {}),
  });
  let left = given.limit ?? Infinity;
  let last: One | undefined;
  let { head } = renderer;
  for (;;) {
    const limit = Math.min(left, pageRows);
    const page = await read(last, limit);
    const text = head + renderer.lines(page.map(rowOf));
    if (text !== '') yield { bytes: bytesOf(text), rows: page.length };
    head = '';
    left -= page.length;
    last = page.at(-1);
    if (page.length < limit || left === 0) return;
  }
}

/** The list of a request as the audit names it: its address below the API, without suffix and query. */
export function urlOf({ url, server: { prefix } }: FastifyRequest): string {
  const path = url.replace(/\?.*$/s, '');
  return (path.startsWith(prefix) ? path.slice(prefix.length) : path).replace(/\.\w+$/, '');
}
