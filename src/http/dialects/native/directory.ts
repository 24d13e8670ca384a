// /api/v1/companies and /extensions: everybody reads what is within the own wall, admins who are bound to nothing change them.
import type { FastifyInstance } from 'fastify';
import { Type, type Static, type TSchema } from 'typebox';
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
  ofCompanyQuery,
  pageQuery,
  GivenName,
} from '../../bodies.ts';
import type { HttpContext } from '../../context.ts';
import { exportList } from '../../export/routes.ts';
import { byOfRequest, demand, demandAdmin, principals } from '../../gate.ts';
import { done, json, made, type Operation } from '../../documents/operation.ts';
import { importCsv, type Directory } from '../../imports.ts';
import { closeOtherMethods } from '../../methods.ts';
import { wellFormed } from '../../validate.ts';
import { pageOf } from './page.ts';
import { Company, CompanyPage, Extension, ExtensionPage, ImportSum } from './people.ts';

const Naming = Type.Object({ name: GivenName }, { additionalProperties: false, title: 'Naming' });

export interface Table<Row extends { id: number }> {
  /** Singular and plural. */
  words: [string, Directory];
  columns: readonly (keyof Row & string)[];
  body: TSchema;
  /** What PATCH takes. */
  patch: TSchema;
  /** What it is answered as. */
  shapes: { one: TSchema; page: TSchema };
  list(within: Within, after: number, limit: number, company?: string): Promise<Row[]>;
  one(id: number, within: Within): Promise<Row | undefined>;
  add(body: unknown, by: By): Promise<Row>;
  change(id: number, body: unknown, by: By): Promise<Row | undefined>;
  remove(id: number, by: By): Promise<boolean>;
}

type Asked = Static<ReturnType<typeof ofCompanyQuery>>;

const now = () => Date.now() * 1000;

export function registerDirectory(api: FastifyInstance, context: HttpContext): void {
  const { store } = context;
  registerTable(api, context, {
    words: ['company', 'companies'],
    columns: ['id', 'handle', 'name', 'listed'],
    body: NewCompany,
    patch: Naming,
    shapes: { one: Company, page: CompanyPage },
    list: (within, after, limit) => store.companies(within, after, limit),
    one: (...which) => store.company(...which),
    add: (body, by) => {
      const company = body as Static<typeof NewCompany>;
      return store.addCompany({ ...company, name: company.name ?? null }, by, now());
    },
    change: (id, body, by) => store.nameCompany(id, (body as Static<typeof Naming>).name, by, now()),
    remove: (id, by) => store.removeCompany(id, by, now()),
  });
  registerTable(api, context, {
    words: ['extension', 'extensions'],
    columns: ['id', 'company', 'number', 'name', 'listed'],
    body: NewExtension,
    patch: Naming,
    shapes: { one: Extension, page: ExtensionPage },
    list: (...page) => store.extensions(...page),
    one: (...which) => store.extension(...which),
    add: (body, by) => {
      const extension = body as Static<typeof NewExtension>;
      return store.addExtension({ ...extension, name: extension.name ?? null }, by, now());
    },
    change: (id, body, by) => store.nameExtension(id, (body as Static<typeof Naming>).name, by, now()),
    remove: (id, by) => store.removeExtension(id, by, now()),
  });
}

/** The routes of one table: page, export, add, import, one, change, remove. */
export function registerTable<Row extends { id: number }>(
  api: FastifyInstance,
  context: HttpContext,
  { words: [word, words], body, patch, columns, shapes, ...table }: Table<Row>,
): void {
  const { store, auth, limits } = context;
  const read = demand(auth, 'read');
  const write = demandAdmin(auth);
  const isOfCompanies = words !== 'companies';
  const query = isOfCompanies ? ofCompanyQuery(limits.page_rows) : pageQuery(limits.page_rows);
  const idOf = (params: unknown) => (params as Static<typeof IdParams>).id;
  const gone = (id: number) => new ClientError(404, `there is no ${word} ${id}`);
  const [all, each] = [`/${words}`, `/${words}/:id`];
  const operations = operationsOf(word, words, shapes, patch === Naming);

  api.get(
    all,
    { onRequest: read, schema: { querystring: query }, config: { operation: operations.list } },
    async (request) => {
      const { after, limit, company } = request.query as Asked;
      const { within } = principals.get(request)!;
      return pageOf(words, await table.list(within, after, limit + 1, company), after, limit);
    },
  );
  exportList<Row>(api, context, {
    ...{
      url: all,
      onRequest: read,
      operation: operations.list,
      query: Type.Omit(query, ['limit']).properties,
      columns,
    },
    shape: (row) => ({ ...row }),
    open: (request) => (last, limit) => {
      const { within } = principals.get(request)!;
      const { after, company } = request.query as Asked;
      return table.list(within, last?.id ?? after, limit, company);
    },
  });
  void api.register((csv, _options, done) => {
    acceptCsv(csv);
    const content = { 'application/json': { schema: body }, 'text/csv': { schema: csvOf(body) } };
    const schema = { body: { content }, querystring: ImportQuery };
    csv.post(all, { onRequest: write, schema, config: { operation: operations.add } }, async (request, reply) => {
      const isDryRun = (request.query as Static<typeof ImportQuery>).dry_run === '1';
      const by = byOfRequest(request);
      if (typeof request.body === 'string') return importCsv(store, words, request.body, { by, isDryRun });
      if (isDryRun) throw new ClientError(400, 'dry_run: is for a file, sent as text/csv');
      const made = await table.add(wellFormed(request.body as object), by);
      return reply.code(201).header('location', `/api/v1/${words}/${made.id}`).send(made);
    });
    done();
  });
  api.get(
    each,
    { onRequest: read, schema: { params: IdParams }, config: { operation: operations.one } },
    async (request) => {
      const id = idOf(request.params);
      const found = await table.one(id, principals.get(request)!.within);
      if (!found) throw gone(id);
      return found;
    },
  );
  api.patch(
    each,
    { onRequest: write, schema: { params: IdParams, body: patch }, config: { operation: operations.name } },
    async (request) => {
      const id = idOf(request.params);
      const named = await table.change(id, wellFormed(request.body as object), byOfRequest(request));
      if (!named) throw gone(id);
      return named;
    },
  );
  api.delete(
    each,
    { onRequest: write, schema: { params: IdParams }, config: { operation: operations.remove } },
    async (request, reply) => {
      const id = idOf(request.params);
      if (!(await table.remove(id, byOfRequest(request)))) throw gone(id);
      return reply.code(204).send();
    },
  );
  closeOtherMethods(api, all, ['GET', 'POST']);
  closeOtherMethods(api, each, ['GET', 'PATCH', 'DELETE']);
}

/** What the documents say of these routes. */
function operationsOf(word: string, words: string, { one, page }: { one: TSchema; page: TSchema }, isNaming: boolean) {
  const [Word, Words] = [word, words].map((text) => text[0]!.toUpperCase() + text.slice(1));
  const [reading, writing] = [
    { tag: 'companies', needs: 'read' } as const,
    { tag: 'companies', needs: 'admin!' } as const,
  ];
  const none = { 404: `There is no such ${word}, or it is not yours to see.` };
  const operations = {
    list: { id: `list${Words}`, summary: `A page of ${words}`, ...reading, answers: { 200: json(page, 'A page.') } },
    add: {
      description: `One as JSON: 201. A file as text/csv: 200 with the counts, and all of it or nothing is taken.`,
      ...{ id: `add${Word}`, summary: `Adds a ${word}`.replace('a e', 'an e'), ...writing },
      answers: { 200: json(ImportSum, 'What became of the lines of a file.'), 201: made(one, 'What was added.') },
      errors: {
        409: 'It is there already.',
        413: `The body is larger than the server takes (\`limits.body_bytes\`), or a file has too many bytes or rows.`,
        415: 'The body was not sent as application/json, nor as text/csv.',
        422: 'Nothing of the file was imported; `errors` names lines and columns.',
      },
    },
    one: { id: `get${Word}`, summary: `One ${word}`, ...reading, answers: { 200: json(one, 'It.') }, errors: none },
    name: {
      ...{ id: `${isNaming ? 'name' : 'change'}${Word}`, ...writing },
      summary: (isNaming ? `Names a ${word} for people` : `Changes a ${word}`).replace('a e', 'an e'),
      answers: { 200: json(one, 'As it is now.') },
      errors: none,
    },
    remove: {
      ...{ id: `remove${Word}`, summary: `Removes a ${word}`.replace('a e', 'an e'), ...writing },
      answers: { 204: done('It is removed.') },
      errors: { ...none, ...(word === 'company' ? { 409: 'Extensions or records belong to it.' } : {}) },
    },
  } satisfies Record<string, Operation>;
  return operations;
}

/** A file has columns where a body has fields. */
function csvOf({ properties = {} }: { properties?: object }) {
  return {
    ...CsvText,
    description: `a header line with names among ${Object.keys(properties).join(', ')}; a line for each`,
  };
}
