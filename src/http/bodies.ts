// What bodies of users and tokens look like, over the network and over the daemon's own socket alike. What they may mean is decided in the store.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { actions, type AuditQuery } from '../store/audit.ts';
import { passwordLength } from '../store/passwords.ts';
import { roles } from '../store/users.ts';
import { toConditions } from './filter.ts';
import { demandOneWay } from './places.ts';
import { limitKey, plainPattern, trimmedPattern } from './validate.ts';
import { textOf } from './csv.ts';

const companies = Type.Union(
  [Type.Array(Type.String({ minLength: 1, maxLength: 255 }), { minItems: 1, maxItems: 1000 }), Type.Null()],
  { description: 'handles of the companies it is bound to; null: all' },
);
const extensions = Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
  maxItems: 1000,
  description: 'its own, for the role user; none for others',
});
const password = Type.String({ maxLength: 1024, description: `at least ${passwordLength.least} characters` });
const name = Type.String({ minLength: 1, maxLength: 128, description: 'its name, for people' });
const role = Type.Enum([...roles], {
  description: 'admin: everything; billing: reads its companies; user: reads its extensions',
});
const closed = { additionalProperties: false };

export const TokenRequest = Type.Object(
  {
    name,
    scope: Type.Enum(['read', 'write', 'admin'], { description: 'write may read, admin may do everything' }),
    companies,
  },
  { ...closed, title: 'NewToken' },
);

export const NewUser = Type.Object(
  {
    name,
    password,
    role,
    companies,
    extensions: Type.Optional(extensions),
  },
  { ...closed, title: 'NewUser' },
);

export const UserChange = Type.Object(
  {
    password: Type.Optional(password),
    role: Type.Optional(role),
    companies: Type.Optional(companies),
    extensions: Type.Optional(extensions),
    disabled: Type.Optional(Type.Boolean({ description: 'true: it may not log in' })),
  },
  { ...closed, title: 'UserChange' },
);

const word = (description: string) => Type.String({ pattern: trimmedPattern, maxLength: 255, description });
/** What people call a company or an extension. */
export const GivenName = Type.Union(
  [Type.String({ pattern: plainPattern, minLength: 1, maxLength: 255 }), Type.Null()],
  {
    description: 'for people; null: none',
  },
);
export const NewCompany = Type.Object(
  { handle: word('as records have it, compared without case'), name: Type.Optional(GivenName) },
  { ...closed, title: 'NewCompany' },
);
export const NewExtension = Type.Object(
  {
    company: Type.Union([word('its handle'), Type.Null()], { description: 'null on a PBX without companies' }),
    number: word('what one dials'),
    name: Type.Optional(GivenName),
  },
  { ...closed, title: 'NewExtension' },
);

/** A file with a header line; see imports.ts. */
export const CsvText = Type.String({ description: 'a header line and a line for each' });

export const ImportQuery = Type.Object(
  { dry_run: Type.Optional(Type.Enum(['0', '1'], { description: '1: only says what a file would do' })) },
  closed,
);

/** Lets the routes of this scope take text/csv too. */
export function acceptCsv(app: FastifyInstance): void {
  app.addContentTypeParser('text/csv', { parseAs: 'buffer' }, async (_request: unknown, bytes: Buffer) =>
    textOf(bytes),
  );
}

/** The `id` of a path. */
export const IdParams = Type.Object({
  id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'its id' }),
});

const place = (minimum: number, description: string) => ({ minimum, maximum: Number.MAX_SAFE_INTEGER, description });
const limit = (most: number) =>
  Type.Integer({
    ...{ minimum: 1, maximum: most, default: Math.min(100, most), [limitKey]: 'limits.page_rows' },
    description: 'most entries in the answer',
  });

/** A page by id. */
export const pageQuery = (most: number) =>
  Type.Object(
    {
      after: Type.Integer({ ...place(0, 'only entries with a higher id'), default: 0 }),
      limit: limit(most),
    },
    closed,
  );

/** A page of what belongs to companies. */
export const ofCompanyQuery = (most: number) =>
  Type.Object(
    {
      ...pageQuery(most).properties,
      company: Type.Optional(Type.String({ maxLength: 255, description: 'only of this company, without case' })),
    },
    closed,
  );

/** Entries above `after`, the oldest first; without it the newest, below `before`, the newest first. */
export const auditQuery = (most: number) =>
  Type.Object(
    {
      after: Type.Optional(Type.Integer(place(0, 'only entries with a higher id, the oldest first'))),
      before: Type.Optional(
        Type.Integer(place(1, 'only entries with a lower id, the newest first; not together with after')),
      ),
      action: Type.Optional(Type.Enum([...actions], { description: 'only this action' })),
      name: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 128,
          description: 'only what the user or token of this name did, without case',
        }),
      ),
      from: Type.Optional(
        Type.String({ maxLength: 40, description: 'not before this time: RFC 3339, or a day (UTC) like 2026-11-22' }),
      ),
      to: Type.Optional(Type.String({ maxLength: 40, description: 'before this time, or before this day' })),
      limit: limit(most),
    },
    closed,
  );

/** What is asked of the audit, as clients and commands write it. */
export type AuditAsk = Static<ReturnType<typeof auditQuery>>;

/** @throws ClientError 400 for a time that is none, or a page that goes both ways */
export function toAuditQuery({ from, to, ...given }: AuditAsk): AuditQuery {
  demandOneWay(given);
  const times = toConditions({ ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) });
  return {
    ...given,
    ...(times.from === undefined ? {} : { from: times.from }),
    ...(times.until === undefined ? {} : { until: times.until }),
  };
}
