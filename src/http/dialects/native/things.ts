// /api/v1/dids, /trunks and /endpoints: what the rules look up. Readers see what belongs to their companies; admins who are bound to
// nothing change them.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { endpointKinds, thingColumns, type Cells, type ThingKind, type Things } from '../../../store/things.ts';
import type { HttpContext } from '../../context.ts';
import { newThing, thingChange, wholeThing } from '../../thingbodies.ts';
import { count, pageShape, text } from './answers.ts';
import { registerTable } from './directory.ts';

const closed = { additionalProperties: false };
const company = text('handle of its company; null: none');
const extension = text('number of its extension; null: none');
const name = text('for people');
const peer = Type.String({ description: 'as in channels, with or without the technology' });

export const Did = Type.Object(
  {
    id: count('of the DID', 1),
    number: Type.String({ description: 'as the trunk delivers it' }),
    company,
    extension,
    name,
  },
  { ...closed, title: 'Did' },
);
export type Did = Static<typeof Did>;
export const Trunk = Type.Object({ id: count('of the trunk', 1), peer, company, name }, { ...closed, title: 'Trunk' });
export type Trunk = Static<typeof Trunk>;
export const Endpoint = Type.Object(
  {
    ...{ id: count('of the endpoint', 1), peer },
    kind: Type.Enum([...endpointKinds], { description: 'where it stands' }),
    ...{ company, extension, name },
  },
  { ...closed, title: 'Endpoint' },
);
export type Endpoint = Static<typeof Endpoint>;

const shapes = {
  did: { one: Did, page: pageShape('DidPage', 'dids', Did) },
  trunk: { one: Trunk, page: pageShape('TrunkPage', 'trunks', Trunk) },
  endpoint: { one: Endpoint, page: pageShape('EndpointPage', 'endpoints', Endpoint) },
};

const now = () => Date.now() * 1000;

export function registerThings(api: FastifyInstance, context: HttpContext): void {
  register(api, context, 'did');
  register(api, context, 'trunk');
  register(api, context, 'endpoint');
}

function register<Kind extends ThingKind>(api: FastifyInstance, context: HttpContext, kind: Kind): void {
  const { store } = context;
  const { plural, key, more } = thingColumns[kind];
  registerTable<Things[Kind]>(api, context, {
    words: [kind, plural],
    columns: ['id', key, ...more, 'company', 'name'] as unknown as (keyof Things[Kind] & string)[],
    body: newThing[kind],
    patch: thingChange[kind],
    shapes: shapes[kind],
    list: (...page) => store.things(kind, ...page),
    one: (...which) => store.thing(kind, ...which),
    add: (body, by) => store.addThing(kind, wholeThing(body) as unknown as Omit<Things[Kind], 'id'>, by, now()),
    change: (id, body, by) => store.changeThing(kind, id, body as Partial<Cells>, by, now()),
    remove: (id, by) => store.removeThing(kind, id, by, now()),
  });
}
