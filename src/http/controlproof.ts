// explain and completeness over the daemon's own socket, for the commands.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { uniqueidMax } from '../cdr/fields.ts';
import type { Completeness } from '../completeness/completeness.ts';
import { dayTold } from '../completeness/shape.ts';
import type { Trace } from '../ingest/trace.ts';
import { findOut } from '../store/proof.ts';
import type { Store } from '../store/store.ts';

const closed = { additionalProperties: false };
const What = Type.Object({ what: Type.String({ minLength: 1, maxLength: uniqueidMax }) }, closed);
const day = Type.String({ pattern: String.raw`^\d{4}-\d\d-\d\d$` });
const Zones = Type.Object({ system: Type.Optional(Type.String()) }, closed);
const Days = Type.Object({ first: day, last: day, system: Type.Optional(Type.String()) }, closed);

export function registerControlProof(
  app: FastifyInstance,
  store: Store,
  completeness: Completeness,
  trace: Trace,
): void {
  app.get('/explain', { schema: { querystring: What } }, (request) =>
    findOut(store, (request.query as Static<typeof What>).what, trace),
  );
  app.get('/completeness', { schema: { querystring: Days } }, async (request) => {
    const { first, last, system } = request.query as Static<typeof Days>;
    return (await completeness.days({ first, last, system })).map((day) => dayTold(day));
  });
  app.get('/completeness/strays', () => completeness.strays());
  app.get('/completeness/zones', { schema: { querystring: Zones } }, (request) =>
    completeness.zoneWarnings((request.query as Static<typeof Zones>).system),
  );
}
