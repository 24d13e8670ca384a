// Requests whose body is empty, or of no use: they are not asked what type it has.
import type { FastifyRequest } from 'fastify';

type Request = Pick<FastifyRequest, 'raw' | 'headers'>;

/** Many clients send a content type with every request; without a body it says nothing. */
export function forgetEmptyBody({ raw, headers }: Request): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = headers;
  if (length === '0' && encoding === undefined) delete raw.headers['content-type'];
}

/** As if none had come: whatever it is, it is not read. */
export function forgetBody({ raw }: Request): void {
  for (const name of ['content-type', 'content-length', 'transfer-encoding']) delete raw.headers[name];
}
