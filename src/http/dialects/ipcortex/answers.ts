// What the documents say of this dialect: its bodies and its answers. Every answer is 200; failures say so inside.
import { Type, type TSchema } from 'typebox';
import { propertyNames } from '../../../cdr/cdr.ts';
import { json, type Operation } from '../../documents/operation.ts';

const closed = { additionalProperties: false };
const text = (description: string) => Type.String({ description });

const Failure = Type.Object(
  { result: Type.Literal('fail'), message: text('what was wrong') },
  { ...closed, title: 'IpcortexFailure' },
);

const Who = Type.Object(
  {
    type: Type.Optional(text('auth')),
    key: Type.Optional(text('a token')),
    username: Type.Optional(text('a user of the role admin or billing, instead of a key')),
    password: Type.Optional(text('its password')),
  },
  { title: 'IpcortexAuth', description: 'Or the cookie Red60urne, or a bearer token in the header.' },
);
const Authentication = Type.Object({ auth: Type.Optional(Who) }, { title: 'IpcortexLogin' });

/** `scope` is the shape by which the route judges it. */
const readBody = (scope: TSchema) =>
  Type.Object(
    {
      type: Type.Optional(Type.Literal('cdr')),
      scope: Type.Optional(scope),
      auth: Type.Optional(Who),
    },
    {
      title: 'IpcortexRead',
      description: 'At most 65,536 bytes of JSON under any content type; what is no JSON is {}.',
    },
  );

const texts = [
  'clid',
  'src',
  'dst',
  'dcontext',
  'channel',
  'dstchannel',
  'lastapp',
  'lastdata',
  'accountcode',
  'linkedid',
];

const Value = Type.Object(
  {
    acctid: Type.Integer({ minimum: 1, description: 'the id of the record' }),
    calldate: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\+00$', description: 'start, UTC' }),
    uniqueid: text("party A's channel at birth"),
    duration: Type.Integer({ minimum: 0, description: 'whole seconds from start to end' }),
    billsec: Type.Integer({ minimum: 0, description: 'whole seconds from answer to end' }),
    disposition: Type.Enum(['ANSWERED', 'NOANSWER', 'BUSY', 'FAILED'], { description: 'the four words of the vendor' }),
    amaflags: Type.Integer({ description: '1 OMIT, 2 BILLING, 3 DOCUMENTATION' }),
    ...Object.fromEntries(texts.map((name) => [name, text(`Asterisk's ${name}; empty where unknown`)])),
    properties: Type.Object(
      Object.fromEntries(
        propertyNames
          .filter((name) => name !== 'trunk_out')
          .map((name) => [name, Type.Optional(Type.Union([Type.String(), Type.Literal(true)]))]),
      ),
      { ...closed, description: 'what else is known of the record' },
    ),
    queuedata: Type.Optional(Type.Array(Type.Object({}), { maxItems: 0, description: 'only where it was asked for' })),
  },
  { ...closed, title: 'IpcortexCdr' },
);
const whole = Type.Integer({ minimum: 0 });
const ReadAnswer = Type.Object(
  {
    result: Type.Literal('success'),
    minID: Type.Union([whole, Type.Null()], { description: 'as it was asked for' }),
    maxRows: whole,
    values: Type.Array(Value, { description: 'by id' }),
    numrows: whole,
    numRows: whole,
  },
  { ...closed, title: 'IpcortexValues' },
);

const UserAnswer = Type.Object(
  {
    result: Type.Literal('success'),
    user: Type.Object(
      {
        id: Type.Integer({ description: 'of the user or token' }),
        ...{ login: text('its name'), name: text('its name'), company: text('its only company, else empty') },
        home: text('the same company'),
        session: text('of a log-in what is in the cookie; else empty'),
        perms: Type.Object({}, closed),
        companies: Type.Array(Type.String(), { description: 'handles of the companies it sees' }),
      },
      closed,
    ),
  },
  { ...closed, title: 'IpcortexUser' },
);
const Success = Type.Object({ result: Type.Literal('success') }, { ...closed, title: 'IpcortexSuccess' });

const orFailure = (shape: TSchema) => ({
  200: json(Type.Union([shape, Failure]), 'Success, or a failure with the reason in "message".'),
});

/** One for each method and spelling of an address. */
export interface Operations {
  read(method: string, url: string, scope: TSchema): Operation;
  login(method: string, url: string): Operation;
  logout(method: string, url: string): Operation;
}

const about = { tag: 'ipcortex', needs: 'nobody', faults: 'none' } as const;
const idOf = (method: string, url: string) => {
  const words = url
    .replace(/^\/rest/, '')
    .split(/[/:]+/)
    .filter(Boolean);
  const name = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
  return `ipcortex${method === 'GET' ? 'Get' : ''}${name}${url.endsWith('/') ? 'Slash' : ''}`;
};

export const operations: Operations = {
  read: (method, url, scope) => ({
    ...{ id: idOf(method, url), summary: 'Records by id, as the IPCortex PABX answers them', ...about },
    description: 'minID and both dates (epoch milliseconds) are inclusive.',
    ...{ body: readBody(scope), answers: orFailure(ReadAnswer) },
  }),
  login: (method, url) => ({
    ...{ id: idOf(method, url), summary: 'Who one is; a name and a password open a session', ...about },
    ...{ body: Authentication, answers: orFailure(UserAnswer) },
  }),
  logout: (method, url) => ({
    ...{ id: idOf(method, url), summary: 'Ends the session', ...about },
    answers: orFailure(Success),
  }),
};
