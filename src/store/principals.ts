// The part of the store that knows who may ask and whom records are of: users, sessions, companies, extensions, the audit.
import type { Micros } from '../cdr/cdr.ts';
import type { Within } from '../cdr/wall.ts';
import { listAudit, writeAudit, type AuditEntry, type AuditQuery, type By, type StoredAudit } from './audit.ts';
import {
  addCompany,
  companyOf,
  listCompanies,
  nameCompany,
  removeCompany,
  spellingsOf,
  type Company,
} from './companies.ts';
import { addExtension, extensionOf, listExtensions, nameExtension, removeExtension } from './extensions.ts';
import type { Extension } from './extensions.ts';
import { importCompanies, importExtensions } from './imports.ts';
import type { CompanyLine, ExtensionLine, Importing, ImportSum } from './imports.ts';
import { closeSession, closeTogether, findSession, openSessions, touchSession } from './sessions.ts';
import type { Session, SessionLimits } from './sessions.ts';
import { findTokenSession, openTokenSession } from './tokensessions.ts';
import type { Database, Sql } from './sql.ts';
import { importThings, type ThingLine } from './thingimports.ts';
import { addThing, changeThing, listThings, removeThing, thingOf } from './things.ts';
import type { Cells, ThingKind, Things } from './things.ts';
import { changePassword } from './ownpassword.ts';
import { addUser, changeUser, findUser, listUsers, removeUser, userOf, withoutPassword } from './users.ts';
import type { NewUser, User, UserChange, UserWithPassword } from './users.ts';

export interface Principals {
  /** Changes of users, tokens, companies and extensions write theirs themselves; everything else tells here what it did. */
  audit(entry: AuditEntry): Promise<void>;
  listAudit(query: AuditQuery): Promise<StoredAudit[]>;
  addUser(user: NewUser, by: By, now: Micros): Promise<User>;
  listUsers(after: number, limit: number): Promise<User[]>;
  user(id: number): Promise<User | undefined>;
  findUser(name: string): Promise<UserWithPassword | undefined>;
  changeUser(id: number, change: UserChange, by: By, now: Micros): Promise<User | undefined>;
  /** A user's own: the sessions but this one end. False when the user has changed meanwhile. @throws ClientError 400 */
  changePassword(user: UserWithPassword, password: string, keep: string, by: By, now: Micros): Promise<boolean>;
  removeUser(id: number, by: By, now: Micros): Promise<boolean>;
  /** Those that belong together, one for each prefix; audited as one login. null when the user changed since the password was read. */
  openSessions(
    user: UserWithPassword,
    limits: SessionLimits,
    by: By,
    now: Micros,
    prefixes: readonly string[],
  ): Promise<string[] | null>;
  findSession(hash: string, limits: SessionLimits, now: Micros): Promise<Session | undefined>;
  /** Of a token that was found good, in a browser; audited as login. */
  openTokenSession(tokenHash: string, limits: SessionLimits, by: By, now: Micros): Promise<string>;
  findTokenSession(hash: string, limits: SessionLimits, now: Micros): ReturnType<typeof findTokenSession>;
  touchSession(hash: string, now: Micros): Promise<void>;
  /** Audited as logout when there was one. */
  closeSession(hash: string, by: By, now: Micros): Promise<boolean>;
  /** The same, with all that were opened together with it. */
  closeTogether(hash: string, by: By, now: Micros): Promise<boolean>;
  companies(within: Within, after: number, limit: number): Promise<Company[]>;
  company(id: number, within: Within): Promise<Company | undefined>;
  addCompany(company: Omit<Company, 'id' | 'listed'>, by: By, now: Micros): Promise<Company>;
  nameCompany(id: number, name: string | null, by: By, now: Micros): Promise<Company | undefined>;
  removeCompany(id: number, by: By, now: Micros): Promise<boolean>;
  extensions(within: Within, after: number, limit: number, company?: string): Promise<Extension[]>;
  extension(id: number, within: Within): Promise<Extension | undefined>;
  addExtension(extension: Omit<Extension, 'id' | 'listed'>, by: By, now: Micros): Promise<Extension>;
  nameExtension(id: number, name: string | null, by: By, now: Micros): Promise<Extension | undefined>;
  /** Handles as they are spelt here, each once. @throws ClientError 400 */
  spellings(handles: readonly string[]): Promise<string[]>;
  removeExtension(id: number, by: By, now: Micros): Promise<boolean>;
  /** All lines or none; see imports.ts. */
  importCompanies(lines: readonly CompanyLine[], given: Importing): Promise<ImportSum>;
  importExtensions(lines: readonly ExtensionLine[], given: Importing): Promise<ImportSum>;
  /** DIDs, trunks and endpoints; see things.ts. */
  things<Kind extends ThingKind>(
    kind: Kind,
    within: Within,
    after: number,
    limit: number,
    company?: string,
  ): Promise<Things[Kind][]>;
  thing<Kind extends ThingKind>(kind: Kind, id: number, within: Within): Promise<Things[Kind] | undefined>;
  addThing<Kind extends ThingKind>(
    kind: Kind,
    thing: Omit<Things[Kind], 'id'>,
    by: By,
    now: Micros,
  ): Promise<Things[Kind]>;
  changeThing<Kind extends ThingKind>(
    kind: Kind,
    id: number,
    patch: Partial<Cells>,
    by: By,
    now: Micros,
  ): Promise<Things[Kind] | undefined>;
  removeThing(kind: ThingKind, id: number, by: By, now: Micros): Promise<boolean>;
  importThings(kind: ThingKind, lines: readonly ThingLine[], given: Importing): Promise<ImportSum>;
}

/** `onRemoved`: after an extension was removed. */
export function principalsOn(database: Database, onRemoved: () => void): Principals {
  const closed = (close: (sql: Sql) => Promise<boolean>, by: By, now: Micros) =>
    database.write(async (sql) => {
      const isClosed = await close(sql);
      if (isClosed) await writeAudit(sql, { at: now, by, action: 'logout', object: 'session' });
      return isClosed;
    });
  return {
    audit: (entry) => database.write((sql) => writeAudit(sql, entry)),
    listAudit: (query) => database.read((sql) => listAudit(sql, query)),
    addUser: (user, by, now) => addUser(database, user, by, now),
    listUsers: (after, limit) => database.read((sql) => listUsers(sql, after, limit)),
    user: (id) =>
      database.read(async (sql) => {
        const user = await userOf(sql, id);
        return user && withoutPassword(user);
      }),
    findUser: (name) => database.read((sql) => findUser(sql, name)),
    changeUser: (id, change, by, now) => changeUser(database, id, change, by, now),
    changePassword: (user, password, keep, by, now) => changePassword(database, { user, password, keep }, by, now),
    removeUser: (id, by, now) => removeUser(database, id, by, now),
    openSessions: (user, limits, by, now, prefixes) =>
      database.write(async (sql) => {
        const secrets = await openSessions(sql, user, limits, now, prefixes);
        if (secrets !== null) await writeAudit(sql, { at: now, by, action: 'login', object: 'session' });
        return secrets;
      }),
    findSession: (hash, limits, now) => database.read((sql) => findSession(sql, hash, limits, now)),
    openTokenSession: (tokenHash, limits, by, now) =>
      database.write(async (sql) => {
        await writeAudit(sql, { at: now, by, action: 'login', object: 'token' });
        return openTokenSession(sql, tokenHash, limits, now);
      }),
    findTokenSession: (hash, limits, now) => database.read((sql) => findTokenSession(sql, hash, limits, now)),
    touchSession: (hash, now) => database.write((sql) => touchSession(sql, hash, now)),
    closeSession: (hash, by, now) => closed((sql) => closeSession(sql, hash), by, now),
    closeTogether: (hash, by, now) => closed((sql) => closeTogether(sql, hash), by, now),
    companies: (within, after, limit) => database.read((sql) => listCompanies(sql, within, after, limit)),
    company: (id, within) => database.read((sql) => companyOf(sql, id, within)),
    addCompany: (company, by, now) => database.write((sql) => addCompany(sql, company, by, now)),
    nameCompany: (id, name, by, now) => database.write((sql) => nameCompany(sql, id, name, by, now)),
    spellings: (handles) => database.read((sql) => spellingsOf(sql, handles)),
    removeCompany: (id, by, now) => database.write((sql) => removeCompany(sql, id, by, now)),
    extensions: (...page) => database.read((sql) => listExtensions(sql, ...page)),
    extension: (id, within) => database.read((sql) => extensionOf(sql, id, within)),
    addExtension: (extension, by, now) => database.write((sql) => addExtension(sql, extension, by, now)),
    nameExtension: (id, name, by, now) => database.write((sql) => nameExtension(sql, id, name, by, now)),
    removeExtension: async (id, by, now) => {
      const isRemoved = await database.write((sql) => removeExtension(sql, id, by, now));
      if (isRemoved) onRemoved();
      return isRemoved;
    },
    importCompanies: (lines, given) => importCompanies(database, lines, given),
    importExtensions: (lines, given) => importExtensions(database, lines, given),
    things: (...page) => database.read((sql) => listThings(sql, ...page)),
    thing: (...which) => database.read((sql) => thingOf(sql, ...which)),
    addThing: (...given) => database.write((sql) => addThing(sql, ...given)),
    changeThing: (...given) => database.write((sql) => changeThing(sql, ...given)),
    removeThing: (...which) => database.write((sql) => removeThing(sql, ...which)),
    importThings: (...given) => importThings(database, ...given),
  };
}
