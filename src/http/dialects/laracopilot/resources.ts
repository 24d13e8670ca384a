// /api/tenants, /api/extensions, /api/rates: what records refer to. One set of routes for all three; each says what it is.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import type { Within } from '../../../cdr/query.ts';
import type { By } from '../../../store/audit.ts';
import type { HttpContext } from '../../context.ts';
import { byOfRequest, principals } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';
import { isIn } from '../texts.ts';
import { demandAdminHere, demandHere } from './auth.ts';
import { extensionsOn } from './extensions.ts';
import { idIn, refuseModel } from './ids.ts';
import { ratesOn } from './rates.ts';
import { laravelFault } from './refuse.ts';
import { tenantsOn } from './tenants.ts';

type Shown = Record<string, string | number | null>;

export interface Resource {
  /** `tenant`; its plural has an s. */
  name: string;
  /** All of it behind the wall, by id. */
  list(within: Within): Promise<Shown[]>;
  one(id: number, within: Within): Promise<Shown | undefined>;
  /** A body to a new one. @throws ClientError */
  add(body: unknown, by: By, now: number): Promise<Shown>;
  /** Undefined when there is none. @throws ClientError */
  change(id: number, body: unknown, by: By, now: number): Promise<Shown | undefined>;
  remove(id: number, by: By, now: number): Promise<boolean>;
  /** Which of its texts a search looks at. */
  searched: readonly string[];
}

const ListQuery = Type.Object({
  search: Type.Optional(Type.String({ description: 'in its texts; without case' })),
});

export function registerResources(api: FastifyInstance, context: HttpContext): void {
  for (const resource of [tenantsOn(context), extensionsOn(context), ratesOn(context)])
    register(api, context, resource);
}

function register(api: FastifyInstance, context: HttpContext, resource: Resource): void {
  const { name } = resource;
  const title = name[0]!.toUpperCase() + name.slice(1);
  const [all, each] = [`/api/${name}s`, `/api/${name}s/:${name}`];
  const reading = { onRequest: demandHere(context, 'read') };
  const writing = { onRequest: demandAdminHere(context) };
  const withinOf = (request: FastifyRequest) => principals.get(request)!.within;
  const done = (what: string, data?: unknown) => ({
    message: `${title}${what} successfully.`,
    ...(data === undefined ? {} : { data }),
  });
  const now = () => Date.now() * 1000;
  const told = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw laravelFault(error);
    });

  api.get(all, { ...reading, schema: { querystring: ListQuery } }, async (request) => {
    const { search = '' } = request.query as Static<typeof ListQuery>;
    const textsOf = (one: Shown) => resource.searched.map((field) => String(one[field] ?? ''));
    const has = (one: Shown) => isIn(search.trim(), textsOf(one));
    return done('s fetched', (await resource.list(withinOf(request))).filter(has));
  });

  api.post(all, writing, async (request, reply) => {
    const data = await told(resource.add(request.body, byOfRequest(request), now()));
    return reply.code(201).send(done(' created', data));
  });

  api.get(each, reading, async (request) => {
    const found = await resource.one(idIn(request, title), withinOf(request));
    return done(' loaded', found ?? refuseModel(request, title));
  });

  for (const method of ['PUT', 'PATCH'] as const) {
    api.route({
      ...{ method, url: each },
      ...writing,
      handler: async (request) => {
        const id = idIn(request, title);
        const changed = await told(resource.change(id, request.body, byOfRequest(request), now()));
        return done(' updated', changed ?? refuseModel(request, title));
      },
    });
  }

  api.delete(each, writing, async (request) => {
    const isRemoved = await resource.remove(idIn(request, title), byOfRequest(request), now());
    if (!isRemoved) refuseModel(request, title);
    return done(' deleted');
  });

  closeOtherMethods(api, all, ['GET', 'POST']);
  closeOtherMethods(api, each, ['GET', 'PUT', 'PATCH', 'DELETE']);
}
