// What bodies of users and tokens look like, over the network and over the daemon's own socket alike. What they may mean is decided in the store.
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { roles } from '../store/users.ts';
import { limitKey } from './validate.ts';
import { textOf } from './csv.ts';

const companies = Type.Union([
  Type.Array(Type.String({ minLength: 1, maxLength: 255 }), { minItems: 1, maxItems: 1000 }),
  Type.Null(),
]);
const extensions = Type.Array(Type.String({ minLength: 1, maxLength: 255 }), { maxItems: 1000 });
const password = Type.String({ maxLength: 1024 });
const closed = { additionalProperties: false };

export const TokenRequest = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 128 }),
    scope: Type.Enum(['read', 'write', 'admin']),
    companies,
  },
  closed,
);

export const NewUser = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 128 }),
    password,
    role: Type.Enum([...roles]),
    companies,
    extensions: Type.Optional(extensions),
  },
  closed,
);

export const UserChange = Type.Object(
  {
    password: Type.Optional(password),
    role: Type.Optional(Type.Enum([...roles])),
    companies: Type.Optional(companies),
    extensions: Type.Optional(extensions),
    disabled: Type.Optional(Type.Boolean()),
  },
  closed,
);

const word = Type.String({ pattern: '^\\S(.*\\S)?$', maxLength: 255 });
/** What people call a company or an extension. */
export const GivenName = Type.Union([Type.String({ minLength: 1, maxLength: 255 }), Type.Null()]);
export const NewCompany = Type.Object({ handle: word, name: Type.Optional(GivenName) }, closed);
export const NewExtension = Type.Object(
  { company: Type.Union([word, Type.Null()]), number: word, name: Type.Optional(GivenName) },
  closed,
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
export const IdParams = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) });

const pageRows = { [limitKey]: 'limits.page_rows' };

/** A page by id. */
export const pageQuery = (most: number) =>
  Type.Object(
    {
      after: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 }),
      limit: Type.Integer({ minimum: 1, maximum: most, default: Math.min(100, most), ...pageRows }),
    },
    closed,
  );

/** Entries above `after`, the oldest first; without it the newest, below `before`, the newest first. */
export const auditQuery = (most: number) =>
  Type.Object(
    {
      after: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
      before: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
      limit: Type.Integer({ minimum: 1, maximum: most, default: Math.min(100, most), ...pageRows }),
    },
    closed,
  );
