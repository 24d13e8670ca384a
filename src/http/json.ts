// Bodies as JSON: UTF-8 and nothing else (RFC 8259 §8.1). Other bytes would be stored as signs that nobody sent.
import type { FastifyInstance } from 'fastify';
import { ClientError } from '../errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** In the place of Fastify's own reader, which takes bytes that are no UTF-8 for U+FFFD. Keys that could be prototypes are refused. */
export function readJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    let text: string;
    try {
      text = utf8.decode(bytes);
    } catch {
      done(new ClientError(400, 'the body is not UTF-8, as JSON must be'));
      return;
    }
    void parse(request, text, done);
  });
}
