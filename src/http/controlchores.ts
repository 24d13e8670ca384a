// Backfill and reconcile over the daemon's own socket: asked for and looked after by the commands.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { ClientError, Unavailable } from '../errors.ts';
import type { ControlContext } from './controlrooms.ts';

const closed = { additionalProperties: false };
const moment = Type.Optional(Type.String({ minLength: 1, maxLength: 40 }));
const system = Type.Optional(Type.String({ minLength: 1, maxLength: 63 }));
const Which = Type.Object({ system }, closed);
const BackfillBody = Type.Object(
  {
    system,
    from: moment,
    rowsPerSecond: Type.Optional(Type.Number({ minimum: 0.1, maximum: 100_000 })),
    action: Type.Optional(Type.Enum(['pause', 'resume'])),
  },
  closed,
);
const ReconcileBody = Type.Object(
  { system, from: moment, to: moment, isDryRun: Type.Optional(Type.Boolean()) },
  closed,
);

export function registerControlChores(app: FastifyInstance, { chores: all, ingest, store }: ControlContext): void {
  const ofSystem = (name: string | undefined): ControlContext['chores'] => {
    const some = name === undefined ? all : all.filter((chores) => chores.system === name);
    if (some.length > 0) return some;
    if (name === undefined) throw new ClientError(404, 'no system has a table');
    const known = all.map((chores) => chores.system).join(', ') || 'none';
    throw new ClientError(404, `there is no system ${name} with a table; systems with one: ${known}`);
  };
  app.get('/backfill', { schema: { querystring: Which } }, (request) =>
    ofSystem((request.query as Static<typeof Which>).system).map(({ backfill }) => backfill.report()),
  );
  app.post('/backfill', { schema: { body: BackfillBody } }, (request) => {
    const { system: name, ...ask } = request.body as Static<typeof BackfillBody>;
    return ofSystem(name).map(({ backfill }) => backfill.ask(ask));
  });
  app.get('/reconcile', { schema: { querystring: Which } }, (request) =>
    ofSystem((request.query as Static<typeof Which>).system).map(({ reconcile }) => ({
      ...reconcile.progress(),
      waitsFor: ingest.storeFault,
      last: reconcile.last(),
    })),
  );
  /** Answers when all have begun; how they go and end, GET tells. What only waits for the store would count as missing. */
  app.post('/reconcile', { schema: { body: ReconcileBody } }, async (request) => {
    const { system: name, ...ask } = request.body as Static<typeof ReconcileBody>;
    const some = ofSystem(name);
    await store.probe();
    if (ingest.storeFault !== null) throw new Unavailable(`the store does not take records: ${ingest.storeFault}`);
    for (const { reconcile } of some) void reconcile.start(ask);
    return some.map(({ reconcile }) => reconcile.progress());
  });
}
