// What our own API answers about who there is: sessions, users, tokens, the audit, companies, extensions. Commands print the same.
import { Type, type Static, type TSchema } from 'typebox';
import { isoOf, type Clock } from '../../../cdr/time.ts';
import type { StoredAudit } from '../../../store/audit.ts';
import { scopes, type Token as StoredToken } from '../../../store/tokens.ts';
import { roles, type User as StoredUser } from '../../../store/users.ts';
import { count, pageShape, time } from './answers.ts';

const closed = { additionalProperties: false };
const orNull = <Schema extends TSchema>(schema: Schema, description: string) =>
  Type.Union([schema, Type.Null()], { description });
const handles = orNull(Type.Array(Type.String()), 'handles of the companies it is bound to; null: all');
const timeOrNull = (description: string) => orNull(Type.String({ format: 'date-time' }), description);
const scope = Type.Enum([...scopes], { description: 'read, write (and read), admin (and write)' });
const role = Type.Enum([...roles], { description: 'admin: everything; billing: its companies; user: its extensions' });
const name = Type.String({ description: 'its name' });

export const Session = Type.Object(
  {
    kind: Type.Enum(['token', 'user'], { description: 'what was shown' }),
    id: count('of the token or user; 0 is CDRD_ADMIN_TOKEN'),
    name,
    scope,
    role: orNull(Type.Enum([...roles]), 'null for a token'),
    companies: handles,
    extensions: orNull(Type.Array(Type.String()), 'extensions it is bound to; null: not bound to any'),
  },
  { ...closed, title: 'Session', description: 'Who one is, and what one sees.' },
);
export type Session = Static<typeof Session>;

export const User = Type.Object(
  {
    id: count('of the user', 1),
    name,
    role,
    companies: handles,
    extensions: Type.Array(Type.String(), { description: 'its own, for the role user' }),
    disabled: timeOrNull('since when it may not log in; null: it may'),
    created: time('when it was made'),
    updated: time('when it was last changed'),
  },
  { ...closed, title: 'User' },
);
export type User = Static<typeof User>;
export const UserPage = pageShape('UserPage', 'users', User);
export type UserPage = Static<typeof UserPage>;

const token = {
  id: count('of the token', 1),
  name,
  scope,
  companies: handles,
  created: time('when it was made'),
  revoked: timeOrNull('when it was revoked; null: it lives'),
};
export const Token = Type.Object(token, { ...closed, title: 'Token' });
export type Token = Static<typeof Token>;
export const NewTokenAnswer = Type.Object(
  { ...token, secret: Type.String({ description: 'the token itself: shown this once, stored is only its hash' }) },
  { ...closed, title: 'NewTokenAnswer' },
);
export type NewTokenAnswer = Static<typeof NewTokenAnswer>;
export const TokenPage = pageShape('TokenPage', 'tokens', Token);
export type TokenPage = Static<typeof TokenPage>;

const text = (description: string) => orNull(Type.String(), description);

export const AuditEntry = Type.Object(
  {
    id: count('of the entry', 1),
    at: time('when'),
    by: Type.Object(
      {
        kind: Type.Enum(['user', 'token', 'command', 'nobody'], { description: 'nobody: a stranger, refused' }),
        id: orNull(Type.Integer({ minimum: 0 }), 'of the user or token'),
        name: text('of the user or token'),
        address: text('from where; null: on the same machine, or not known'),
      },
      { ...closed, description: 'who did it' },
    ),
    action: Type.String({ description: 'login, logout, refused, user.added, token.revoked …' }),
    object: text('what it was done to'),
    detail: Type.Unsafe<Record<string, unknown> | null>({
      type: ['object', 'null'],
      description: 'whatever more there is',
    }),
    count: count('how often, where several are one entry', 1),
  },
  { ...closed, title: 'AuditEntry' },
);
export type AuditEntry = Static<typeof AuditEntry>;
export const AuditPage = Type.Object(
  { audit: Type.Array(AuditEntry), more: Type.Boolean({ description: 'whether there is more in that direction' }) },
  { ...closed, title: 'AuditPage' },
);
export type AuditPage = Static<typeof AuditPage>;

export const Company = Type.Object(
  {
    id: count('of the company', 1),
    handle: Type.String({ description: 'as records have it' }),
    name: text('for people'),
    listed: Type.Boolean({
      description: 'true: people keep it; false: only records have named it, rules do not know it',
    }),
  },
  { ...closed, title: 'Company' },
);
export type Company = Static<typeof Company>;
export const CompanyPage = pageShape('CompanyPage', 'companies', Company);
export type CompanyPage = Static<typeof CompanyPage>;

export const Extension = Type.Object(
  {
    id: count('of the extension', 1),
    company: text('handle; null on a PBX without companies'),
    number: Type.String({ description: 'what one dials' }),
    name: text('for people'),
    listed: Type.Boolean({
      description: 'true: people keep it; false: only records have shown it, rules do not know it',
    }),
  },
  { ...closed, title: 'Extension' },
);
export type Extension = Static<typeof Extension>;
export const ExtensionPage = pageShape('ExtensionPage', 'extensions', Extension);
export type ExtensionPage = Static<typeof ExtensionPage>;

export const ImportSum = Type.Object(
  {
    rows: count('lines of the file, without its header'),
    added: count('lines that were new'),
    changed: count('lines that changed something, or made one of yours of what only records had named'),
    same: count('lines that changed nothing'),
    dry_run: Type.Boolean({ description: 'true: nothing was changed, this is what the file would do' }),
  },
  { ...closed, title: 'ImportSum', description: 'What became of the lines of a file.' },
);
export type ImportSum = Static<typeof ImportSum>;

export function toNativeUser(user: StoredUser, clock: Clock = isoOf): User {
  const { id, name, role, companies, extensions, disabled, created, updated } = user;
  const times = { disabled: timeOf(disabled, clock), created: clock(created), updated: clock(updated) };
  return { id, name, role, companies, extensions, ...times };
}

export function toNativeToken(token: StoredToken, clock: Clock = isoOf): Token {
  const { id, name, scope: given, companies, created, revoked } = token;
  return { id, name, scope: given, companies, created: clock(created), revoked: timeOf(revoked, clock) };
}

export function toNativeAudit(entry: StoredAudit, clock: Clock = isoOf): AuditEntry {
  const { id, at, by, action, object, detail, count: times } = entry;
  return { id, at: clock(at), by, action, object, detail, count: times };
}

function timeOf(micros: number | null, clock: Clock): string | null {
  return micros === null ? null : clock(micros);
}
