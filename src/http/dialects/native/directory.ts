// /api/v1/companies and /extensions: everybody reads what is within the own wall, admins who are bound to nothing change them.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import type { Within } from '../../../cdr/query.ts';
import { ClientError } from '../../../errors.ts';
import type { By } from '../../../store/audit.ts';
import {
  acceptCsv,
  CsvText,
  IdParams,
  ImportQuery,
  NewCompany,
  NewExtension,
  pageQuery,
  GivenName,
} from '../../bodies.ts';
import type { HttpContext } from '../../context.ts';
import { exportList } from '../../export/routes.ts';
import { byOfRequest, demand, demandAdmin, principals } from '../../gate.ts';
import { importCsv, type Directory } from '../../imports.ts';
import { closeOtherMethods } from '../../methods.ts';
import { pageOf } from './page.ts';

const Naming = Type.Object({ name: GivenName }, { additionalProperties: false });

interface Table<Row extends { id: number }> {
  /** Singular and plural. */
  words: [string, Directory];
  columns: readonly (keyof Row & string)[];
  body: object;
  list(within: Within, after: number, limit: number): Promise<Row[]>;
  one(id: number, within: Within): Promise<Row | undefined>;
  add(body: unknown, by: By): Promise<Row>;
  name(id: number, name: string | null, by: By): Promise<Row | undefined>;
  remove(id: number, by: By): Promise<boolean>;
}

const now = () => Date.now() * 1000;

export function registerDirectory(api: FastifyInstance, context: HttpContext): void {
  const { store } = context;
  register(api, context, {
    words: ['company', 'companies'],
    columns: ['id', 'handle', 'name'],
    body: NewCompany,
    list: (...page) => store.companies(...page),
    one: (...which) => store.company(...which),
    add: (body, by) => {
      const company = body as Static<typeof NewCompany>;
      return store.addCompany({ ...company, name: company.name ?? null }, by, now());
    },
    name: (id, given, by) => store.nameCompany(id, given, by, now()),
    remove: (id, by) => store.removeCompany(id, by, now()),
  });
  register(api, context, {
    words: ['extension', 'extensions'],
    columns: ['id', 'company', 'number', 'name'],
    body: NewExtension,
    list: (...page) => store.extensions(...page),
    one: (...which) => store.extension(...which),
    add: (body, by) => {
      const extension = body as Static<typeof NewExtension>;
      return store.addExtension({ ...extension, name: extension.name ?? null }, by, now());
    },
    name: (id, given, by) => store.nameExtension(id, given, by, now()),
    remove: (id, by) => store.removeExtension(id, by, now()),
  });
}

function register<Row extends { id: number }>(
  api: FastifyInstance,
  context: HttpContext,
  { words: [word, words], body, columns, ...table }: Table<Row>,
): void {
  const { store, auth, limits } = context;
  const read = demand(auth, 'read');
  const write = demandAdmin(auth);
  const query = pageQuery(limits.page_rows);
  const idOf = (params: unknown) => (params as Static<typeof IdParams>).id;
  const gone = (id: number) => new ClientError(404, `there is no ${word} ${id}`);
  const [all, each] = [`/${words}`, `/${words}/:id`];

  api.get(all, { onRequest: read, schema: { querystring: query } }, async (request) => {
    const { after, limit } = request.query as Static<typeof query>;
    const { within } = principals.get(request)!;
    return pageOf(words, await table.list(within, after, limit + 1), after, limit);
  });
  exportList<Row>(api, context, {
    ...{ url: all, onRequest: read, query: { after: query.properties.after }, columns },
    shape: (row) => ({ ...row }),
    open: (request) => (last, limit) => {
      const { within } = principals.get(request)!;
      return table.list(within, last?.id ?? (request.query as Static<typeof query>).after, limit);
    },
  });
  void api.register((csv, _options, done) => {
    acceptCsv(csv);
    const content = { 'application/json': { schema: body }, 'text/csv': { schema: CsvText } };
    const schema = { body: { content }, querystring: ImportQuery };
    csv.post(all, { onRequest: write, schema }, async (request, reply) => {
      const isDryRun = (request.query as Static<typeof ImportQuery>).dry_run === '1';
      const by = byOfRequest(request);
      if (typeof request.body === 'string') return importCsv(store, words, request.body, { by, isDryRun });
      if (isDryRun) throw new ClientError(400, 'dry_run: is for a file, sent as text/csv');
      const made = await table.add(request.body, by);
      return reply.code(201).header('location', `/api/v1/${words}/${made.id}`).send(made);
    });
    done();
  });
  api.get(each, { onRequest: read, schema: { params: IdParams } }, async (request) => {
    const id = idOf(request.params);
    const found = await table.one(id, principals.get(request)!.within);
    if (!found) throw gone(id);
    return found;
  });
  api.patch(each, { onRequest: write, schema: { params: IdParams, body: Naming } }, async (request) => {
    const id = idOf(request.params);
    const named = await table.name(id, (request.body as Static<typeof Naming>).name, byOfRequest(request));
    if (!named) throw gone(id);
    return named;
  });
  api.delete(each, { onRequest: write, schema: { params: IdParams } }, async (request, reply) => {
    const id = idOf(request.params);
    if (!(await table.remove(id, byOfRequest(request)))) throw gone(id);
    return reply.code(204).send();
  });
  closeOtherMethods(api, all, ['GET', 'POST']);
  closeOtherMethods(api, each, ['GET', 'PATCH', 'DELETE']);
}
