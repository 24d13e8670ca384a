// Rejects, scheduled work, companies and extensions over the daemon's own socket, for the commands.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { ClientError } from '../errors.ts';
import { discardRejects, retryRejects } from '../ingest/rejects.ts';
import type { Chores } from '../ingest/chores.ts';
import type { Classifier } from '../ingest/classify.ts';
import type { Retention } from '../ingest/retention.ts';
import { byCommand } from '../store/audit.ts';
import { acceptCsv, CsvText, IdParams, ImportQuery, NewCompany, NewExtension, pageQuery } from './bodies.ts';
import type { HttpContext } from './context.ts';
import { rowsMax } from './controlusers.ts';
import { csvLimits } from './csv.ts';
import { directories, importCsv } from './imports.ts';
import { newThing, wholeThing } from './thingbodies.ts';
import { thingColumns, thingKinds, type Things, type ThingKind } from '../store/things.ts';
import {
  discardQuery,
  listRejectsQuery,
  rejectsMax,
  retryQuery,
  toRejectFilter,
  toRejectPage,
} from './rejectqueries.ts';

export type ControlContext = Pick<HttpContext, 'store' | 'ingest' | 'jobs' | 'completeness' | 'log' | 'webhooks'> & {
  chores: readonly Chores[];
  classifier: Classifier;
  /** What the daemon says of itself to the doctor. */
  word: () => Promise<unknown>;
  retention: Retention;
};

const now = () => Date.now() * 1000;
const idOf = (params: unknown) => (params as Static<typeof IdParams>).id;
const NameParams = Type.Object({ name: Type.String({ minLength: 1, maxLength: 64 }) });

export function registerControlRooms(app: FastifyInstance, context: ControlContext): void {
  rejects(app, context);
  jobs(app, context);
  directory(app, context);
}

function rejects(app: FastifyInstance, { store, ingest }: ControlContext): void {
  const [list, retry, discard] = [listRejectsQuery(rejectsMax), retryQuery(rejectsMax), discardQuery(rejectsMax)];
  const one = async (id: number) => {
    const reject = await store.reject(id);
    if (!reject) throw new ClientError(404, `there is no reject ${id}`);
    return reject;
  };
  app.get('/rejects', { schema: { querystring: list } }, (request) => {
    const { limit, ...given } = request.query as Static<typeof list>;
    return store.rejects(limit, toRejectPage(given));
  });
  app.get('/rejects/:id', { schema: { params: IdParams } }, (request) => one(idOf(request.params)));
  app.post('/rejects/retry', { schema: { querystring: retry } }, (request) => {
    const { limit, after = 0, ...given } = request.query as Static<typeof retry>;
    return retryRejects(store, ingest, { ...toRejectFilter(given), after }, limit, byCommand);
  });
  app.post('/rejects/:id/retry', { schema: { params: IdParams } }, async (request) => {
    const [retried] = await ingest.retry([await one(idOf(request.params))], byCommand);
    return retried;
  });
  app.delete('/rejects', { schema: { querystring: discard } }, (request) => {
    const { limit, source, system, from, to } = request.query as Static<typeof discard>;
    const filter = toRejectFilter({ source, system, from, to });
    return discardRejects(store, filter, limit, byCommand);
  });
  app.delete('/rejects/:id', { schema: { params: IdParams } }, async (request) => {
    const { id } = await one(idOf(request.params));
    return { discarded: (await store.discardRejects({ id }, byCommand, now())).length };
  });
}

function jobs(app: FastifyInstance, { jobs: desk }: ControlContext): void {
  app.get('/jobs', () => desk.list());
  app.post('/jobs/:name/run', { schema: { params: NameParams } }, async (request) => {
    const { name } = request.params as Static<typeof NameParams>;
    return { hasBegun: (await desk.run(name, byCommand)) ?? null };
  });
}

function directory(app: FastifyInstance, { store }: ControlContext): void {
  const list = pageQuery(rowsMax);
  const page = (query: unknown) => query as Static<typeof list>;
  app.get('/companies', { schema: { querystring: list } }, (request) => {
    const { after, limit } = page(request.query);
    return store.companies(null, after, limit);
  });
  app.get('/extensions', { schema: { querystring: list } }, (request) => {
    const { after, limit } = page(request.query);
    return store.extensions(null, after, limit);
  });
  app.post('/companies', { schema: { body: NewCompany } }, (request) => {
    const company = request.body as Static<typeof NewCompany>;
    return store.addCompany({ ...company, name: company.name ?? null }, byCommand, now());
  });
  app.post('/extensions', { schema: { body: NewExtension } }, (request) => {
    const extension = request.body as Static<typeof NewExtension>;
    return store.addExtension({ ...extension, name: extension.name ?? null }, byCommand, now());
  });
  for (const kind of thingKinds) {
    const url = `/${thingColumns[kind].plural}`;
    app.get(url, { schema: { querystring: list } }, (request) => {
      const { after, limit } = page(request.query);
      return store.things(kind, null, after, limit);
    });
    app.post(url, { schema: { body: newThing[kind] } }, (request) =>
      store.addThing(kind, wholeThing(request.body) as unknown as Omit<Things[ThingKind], 'id'>, byCommand, now()),
    );
  }
  void app.register((csv, _options, done) => {
    acceptCsv(csv);
    for (const words of directories) {
      csv.post(
        `/${words}/import`,
        { bodyLimit: csvLimits.bytes, schema: { body: CsvText, querystring: ImportQuery } },
        (request) => {
          const isDryRun = (request.query as Static<typeof ImportQuery>).dry_run === '1';
          return importCsv(store, words, request.body as string, { by: byCommand, isDryRun });
        },
      );
    }
    done();
  });
}
