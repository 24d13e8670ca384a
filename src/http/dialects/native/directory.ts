// /api/v1/companies and /extensions: everybody reads what is within the own wall, admins who are bound to nothing change them.
import type { FastifyInstance } from 'fastify';
import { Type, type Static, type TSchema } from 'typebox';
import type { Within } from '../../../cdr/query.ts';
import { ClientError } from '../../../errors.ts';
import type { By } from '../../../store/audit.ts';
import { IdParams, pageQuery } from '../../bodies.ts';
import type { HttpContext } from '../../context.ts';
import { byOfRequest, demand, demandAdmin, principals } from '../../gate.ts';
import { done, json, made, type Operation } from '../../documents/operation.ts';
import { closeOtherMethods } from '../../methods.ts';
import { pageOf } from './page.ts';
import { Company, CompanyPage, Extension, ExtensionPage } from './people.ts';

const word = (description: string) => Type.String({ pattern: '^\\S(.*\\S)?$', maxLength: 255, description });
const name = Type.Union([Type.String({ minLength: 1, maxLength: 255 }), Type.Null()], {
  description: 'for people; null: none',
});
const closed = { additionalProperties: false };
export const NewCompany = Type.Object(
  { handle: word('as records have it, compared without case'), name: Type.Optional(name) },
  { ...closed, title: 'NewCompany' },
);
export const NewExtension = Type.Object(
  {
    company: Type.Union([word('its handle'), Type.Null()], { description: 'null on a PBX without companies' }),
    number: word('what one dials'),
    name: Type.Optional(name),
  },
  { ...closed, title: 'NewExtension' },
);
const Naming = Type.Object({ name }, { ...closed, title: 'Naming' });

interface Table<Row extends { id: number }> {
  /** Singular and plural. */
  words: [string, string];
  body: TSchema;
  /** What it is answered as. */
  shapes: { one: TSchema; page: TSchema };
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
    body: NewCompany,
    shapes: { one: Company, page: CompanyPage },
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
    body: NewExtension,
    shapes: { one: Extension, page: ExtensionPage },
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
  { auth, limits }: HttpContext,
  { words: [word, words], body, shapes, ...table }: Table<Row>,
): void {
  const read = demand(auth, 'read');
  const write = demandAdmin(auth);
  const query = pageQuery(limits.page_rows);
  const idOf = (params: unknown) => (params as Static<typeof IdParams>).id;
  const gone = (id: number) => new ClientError(404, `there is no ${word} ${id}`);
  const [all, each] = [`/${words}`, `/${words}/:id`];
  const operations = operationsOf(word, words, shapes);

  api.get(
    all,
    { onRequest: read, schema: { querystring: query }, config: { operation: operations.list } },
    async (request) => {
      const { after, limit } = request.query as Static<typeof query>;
      const { within } = principals.get(request)!;
      return pageOf(words, await table.list(within, after, limit + 1), after, limit);
    },
  );
  api.post(
    all,
    { onRequest: write, schema: { body }, config: { operation: operations.add } },
    async (request, reply) => {
      const made = await table.add(request.body, byOfRequest(request));
      return reply.code(201).header('location', `/api/v1/${words}/${made.id}`).send(made);
    },
  );
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
    { onRequest: write, schema: { params: IdParams, body: Naming }, config: { operation: operations.name } },
    async (request) => {
      const id = idOf(request.params);
      const named = await table.name(id, (request.body as Static<typeof Naming>).name, byOfRequest(request));
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
function operationsOf(word: string, words: string, { one, page }: { one: TSchema; page: TSchema }) {
  const [Word, Words] = [word, words].map((text) => text[0]!.toUpperCase() + text.slice(1));
  const [reading, writing] = [
    { tag: 'companies', needs: 'read' } as const,
    { tag: 'companies', needs: 'admin!' } as const,
  ];
  const none = { 404: `There is no such ${word}, or it is not yours to see.` };
  const operations = {
    list: { id: `list${Words}`, summary: `A page of ${words}`, ...reading, answers: { 200: json(page, 'A page.') } },
    add: {
      ...{ id: `add${Word}`, summary: `Adds a ${word}`.replace('a e', 'an e'), ...writing },
      answers: { 201: made(one, 'What was added.') },
      errors: { 409: 'It is there already.' },
    },
    one: { id: `get${Word}`, summary: `One ${word}`, ...reading, answers: { 200: json(one, 'It.') }, errors: none },
    name: {
      ...{ id: `name${Word}`, summary: `Names a ${word} for people`.replace('a e', 'an e'), ...writing },
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
