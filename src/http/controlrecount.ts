// The statistics counted anew over the daemon's own socket: one step a request, asked for by the command until all is done.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import type { Store } from '../store/store.ts';

const closed = { additionalProperties: false };
const whole = (minimum = 0) => Type.Integer({ minimum, maximum: Number.MAX_SAFE_INTEGER });
const Place = Type.Object(
  {
    phase: Type.Enum(['clear', 'count', 'put', 'tidy']),
    ...{ until: whole(), calls: whole(), at: whole(), viewer: whole(Number.MIN_SAFE_INTEGER), bucket: whole() },
  },
  closed,
);
const Ask = Type.Object({ place: Type.Union([Place, Type.Null()]) }, closed);

export function registerControlRecount(app: FastifyInstance, store: Pick<Store, 'recount'>): void {
  app.post('/recount', { schema: { body: Ask } }, (request) =>
    store.recount((request.body as Static<typeof Ask>).place),
  );
}
