// explain over the daemon's own socket, for the command.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { uniqueidMax } from '../cdr/fields.ts';
import { findOut } from '../store/proof.ts';
import type { Store } from '../store/store.ts';

const What = Type.Object(
  { what: Type.String({ minLength: 1, maxLength: uniqueidMax }) },
  { additionalProperties: false },
);

export function registerControlProof(app: FastifyInstance, store: Store): void {
  app.get('/explain', { schema: { querystring: What } }, (request) =>
    findOut(store, (request.query as Static<typeof What>).what),
  );
}
