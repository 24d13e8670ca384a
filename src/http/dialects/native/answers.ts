// The shapes of what our own API answers about records and changes. The feed, the documents and the client use the same ones.
import { Type, type Static, type TSchema } from 'typebox';
import { directions, dispositions, propertyNames, type Properties } from '../../../cdr/cdr.ts';
import { Fault } from '../../problem.ts';

const closed = { additionalProperties: false };
export const orNull = <Schema extends TSchema>(schema: Schema, description: string) =>
  Type.Union([schema, Type.Null()], { description });
export const text = (description: string) => orNull(Type.String(), description);
export const time = (description: string) => Type.String({ format: 'date-time', description });
export const timeOrNull = (description: string) => orNull(Type.String({ format: 'date-time' }), description);
export const count = (description: string, minimum = 0) =>
  Type.Integer({ minimum, maximum: Number.MAX_SAFE_INTEGER, description });
const more = Type.Boolean({ description: 'whether there is more in that direction' });
export const id = count('place in commit order; never used again', 1);
export const seq = count('place in the change sequence');
export const generation = Type.String({
  description: 'name of the history of this store; a restored store has another',
});

const property = { anyOf: [{ type: 'string' }, { const: true }] };
/** Properties of a record. */
export const propertiesShape = (description: string) =>
  Type.Unsafe<Properties>({
    type: 'object',
    properties: Object.fromEntries(propertyNames.map((name) => [name, property])),
    additionalProperties: false,
    description,
  });

export const Cdr = Type.Object(
  {
    id,
    system: Type.String({ description: 'the Asterisk it came from, by its name in the configuration' }),
    uniqueid: Type.String({ description: "party A's channel at birth; one channel can leave several records" }),
    sequence: orNull(Type.Integer({ minimum: 0 }), 'counts records since Asterisk started; null where unknown'),
    linkedid: text('joins the records of one call'),
    start: time('start of the record, UTC'),
    answer: timeOrNull('null: never answered, or not known'),
    end: timeOrNull('null: not known'),
    duration: Type.Integer({ minimum: 0, description: 'whole seconds from start to end' }),
    billsec: Type.Integer({ minimum: 0, description: 'whole seconds from answer to end' }),
    disposition: Type.Enum([...dispositions], { description: "Asterisk's word for how it ended" }),
    amaflags: orNull(Type.Integer(), '1 OMIT, 2 BILLING, 3 DOCUMENTATION'),
    clid: text('caller id, with the name'),
    src: text('number that called'),
    dst: text('number that was called'),
    dcontext: text('context of the destination'),
    channel: text("party A's channel"),
    dstchannel: text("party B's channel"),
    lastapp: text('last application'),
    lastdata: text('its arguments'),
    accountcode: text("party A's account code"),
    peeraccount: text("party B's account code"),
    userfield: text('whatever the dialplan put there'),
    custom: Type.Unsafe<Record<string, string>>({
      type: 'object',
      additionalProperties: { type: 'string' },
      description: "columns and mappings beyond Asterisk's own, by lower-case name",
    }),
    company: text('handle of the calling company'),
    target: text('handle of the called company'),
    extension: text('the local party: the caller if it is an extension, else the called one'),
    peer_extension: text('the other local party of an internal record'),
    direction: orNull(Type.Enum([...directions]), 'null where the side of a party is not known'),
    properties: propertiesShape('properties of the record, as IPCortex names them'),
    created: time('when cdrd stored it'),
    updated: time('when cdrd last changed it'),
    note: text('what people wrote beside it'),
    tags: Type.Unsafe<readonly string[]>({ ...Type.Array(Type.String()), description: 'each once, without case' }),
    edited: Type.Boolean({ description: 'whether somebody has written beside it' }),
    hidden: Type.Optional(Type.Boolean({ description: 'with raw=1: taken away for everybody else' })),
  },
  {
    ...closed,
    title: 'Cdr',
    description: 'One record: what the sources told, with what people wrote beside it on top.',
  },
);
export type Cdr = Static<typeof Cdr>;

const place = (description: string) =>
  Type.Union([count('an id, where the order is by id'), Type.String(), Type.Null()], { description });

const listEnds = {
  after: place('ask again with this "after" for the next page; null: there is no place to name'),
  before: place('ask again with this "before" for the page before this one'),
  more,
};
export const CdrPage = Type.Object({ cdrs: Type.Array(Cdr), ...listEnds }, { ...closed, title: 'CdrPage' });
export const pageOfCalls = <Call extends TSchema>(call: Call) =>
  Type.Object({ calls: Type.Array(call), ...listEnds }, { ...closed, title: 'CallPage' });
export type CdrPage = Static<typeof CdrPage>;

export const Edit = Type.Object(
  {
    id: count('of the edit', 1),
    at: time('when'),
    by: Type.String({ description: 'name of the user or token' }),
    changes: Type.Unsafe<Record<string, { before: unknown; after: unknown }>>({
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['before', 'after'],
        properties: { before: {}, after: {} },
        ...closed,
      },
      description: 'what changed, by field',
    }),
  },
  { ...closed, title: 'Edit' },
);
export type Edit = Static<typeof Edit>;

/** A page by id: every other list of ours. */
export function pageShape<Name extends string, Row extends TSchema>(title: string, name: Name, row: Row) {
  const rows = { [name]: Type.Array(row) } as Record<Name, Type.TArray<Row>>;
  return Type.Object({ ...rows, after: count('ask again with this "after"'), more }, { ...closed, title });
}
export const EditPage = pageShape('EditPage', 'edits', Edit);
export type EditPage = Static<typeof EditPage>;

const op = (words: ('created' | 'updated' | 'deleted')[]) => Type.Enum(words);

/** What a change says, beside the type of a message. A record that left what one may see or asked for is `deleted`, with nothing but its id. */
export const shown = { op: op(['created', 'updated']), seq, cdr: Cdr };
export const gone = { op: op(['deleted']), seq, cdr: Type.Object({ id }, closed) };

export const Change = Type.Union([Type.Object(shown, closed), Type.Object(gone, closed)], { title: 'Change' });
export type Change = Static<typeof Change>;

export const ChangePage = Type.Object(
  {
    generation,
    changes: Type.Array(Change),
    after: count('ask again with this "after" and the generation'),
    more: Type.Boolean({ description: 'asking again would be answered at once' }),
  },
  { ...closed, title: 'ChangePage' },
);
export type ChangePage = Static<typeof ChangePage>;

const stored = <Word extends string>(status: Word) => Type.Object({ status: Type.Literal(status), id }, closed);
export const Created = Type.Object(stored('created').properties, { ...closed, title: 'Created' });
export const Duplicate = Type.Object(stored('duplicate').properties, { ...closed, title: 'Duplicate' });
export const Rejected = Type.Object(
  { status: Type.Literal('rejected'), errors: Type.Array(Fault) },
  { ...closed, title: 'Rejected' },
);
export const Expired = Type.Object(
  { status: Type.Literal('expired') },
  { ...closed, title: 'Expired', description: 'Retention has taken this record away; it does not come back.' },
);
export const PostResult = Type.Union([Created, Duplicate, Expired, Rejected], { title: 'PostResult' });
export type PostResult = Static<typeof PostResult>;
export const PostResults = Type.Object(
  { results: Type.Array(PostResult, { description: 'one for each record, in their order' }) },
  { ...closed, title: 'PostResults' },
);
export type PostResults = Static<typeof PostResults>;
