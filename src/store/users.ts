// Users: a name, a password, a role, and what they are bound to. Every change is audited in its own transaction and ends the user's sessions.
import type { Micros } from '../cdr/cdr.ts';
import { ClientError, type Fault } from '../errors.ts';
import { writeAudit, type By } from './audit.ts';
import { allot, nameKey } from './names.ts';
import { hashPassword, passwordLength } from './passwords.ts';
import type { Database, Sql } from './sql.ts';

export const roles = ['admin', 'billing', 'user'] as const;
/** admin: everything. billing: records and exports of its companies. user: records of its own extensions. */
export type Role = (typeof roles)[number];

export interface User {
  id: number;
  name: string;
  role: Role;
  /** Handles of the companies it is bound to, null = all. */
  companies: string[] | null;
  /** Its own, for the role user; else empty. */
  extensions: string[];
  disabled: Micros | null;
  created: Micros;
  updated: Micros;
}

export type NewUser = Pick<User, 'name' | 'role' | 'companies' | 'extensions'> & { password: string };
export type UserChange = Partial<Omit<NewUser, 'name'> & { disabled: boolean }>;

/** With the hash of the password, for whoever checks it. */
export type UserWithPassword = User & { password: string };

export { nameKey };

type UserRow = Omit<UserWithPassword, 'companies' | 'extensions'> & { companies: string | null; extensions: string };

export const userColumns = [
  'id',
  'name',
  'password',
  'role',
  'companies',
  'extensions',
  'disabled',
  'created',
  'updated',
]
  .map((column) => `\`user\`.\`${column}\``)
  .join(', ');

export function toUser(row: UserRow): UserWithPassword {
  const { companies, extensions, ...user } = row;
  return {
    ...user,
    companies: companies === null ? null : (JSON.parse(companies) as string[]),
    extensions: JSON.parse(extensions) as string[],
  };
}

export function withoutPassword({ password: _password, ...user }: UserWithPassword): User {
  return user;
}

/** @throws ClientError 400 with every fault, 409 when the name is taken */
export async function addUser(database: Database, user: NewUser, by: By, now: Micros): Promise<User> {
  demandRules(user, user.password);
  const password = await hashPassword(user.password);
  return database.write(async (sql) => {
    const { name, role, companies, extensions } = user;
    const id = await allot(sql, 'user', 1);
    // After the lock: two daemons must not both find the name free.
    if (await findUser(sql, name)) throw new ClientError(409, `there is a user ${name} already`);
    await sql.run(
      'INSERT INTO `user` (`id`, `name`, `name_key`, `password`, `role`, `companies`, `extensions`, `created`, `updated`) ' +
        'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      [...[id, name, nameKey(name), password, role, listText(companies)], JSON.stringify(extensions), now, now],
    );
    await writeAudit(sql, {
      ...{ at: now, by, action: 'user.added', object: `user ${name}` },
      detail: { id, role, companies, extensions },
    });
    return { id, name, role, companies, extensions, disabled: null, created: now, updated: now };
  });
}

export async function listUsers(sql: Sql, after: number, limit: number): Promise<User[]> {
  const rows = await sql.all<UserRow>(`SELECT ${userColumns} FROM \`user\` WHERE \`id\` > ? ORDER BY \`id\` LIMIT ?`, [
    after,
    limit,
  ]);
  return rows.map((row) => withoutPassword(toUser(row)));
}

export async function findUser(sql: Sql, name: string): Promise<UserWithPassword | undefined> {
  const [row] = await sql.all<UserRow>(`SELECT ${userColumns} FROM \`user\` WHERE \`name_key\` = ?`, [nameKey(name)]);
  return row && toUser(row);
}

export async function userOf(sql: Sql, id: number): Promise<UserWithPassword | undefined> {
  const [row] = await sql.all<UserRow>(`SELECT ${userColumns} FROM \`user\` WHERE \`id\` = ?`, [id]);
  return row && toUser(row);
}

/** Resolves to undefined when there is no such user. @throws ClientError 400, or 409 for the last who could administer */
export async function changeUser(
  database: Database,
  id: number,
  change: UserChange,
  by: By,
  now: Micros,
): Promise<User | undefined> {
  if (change.password !== undefined) demandPassword(change.password);
  const hash = change.password === undefined ? undefined : await hashPassword(change.password);
  return database.write(async (sql) => {
    // Whoever changes users waits here for the others: what is read below stays true to the commit.
    await allot(sql, 'user', 0);
    const before = await userOf(sql, id);
    if (!before) return undefined;
    const isDisabled = change.disabled ?? before.disabled !== null;
    const after: UserWithPassword = {
      ...before,
      role: change.role ?? before.role,
      companies: change.companies === undefined ? before.companies : change.companies,
      extensions: change.extensions ?? before.extensions,
      password: hash ?? before.password,
      disabled: isDisabled ? (before.disabled ?? now) : null,
      updated: now,
    };
    demandRules(after, change.password);
    await sql.run(
      'UPDATE `user` SET `password` = ?, `role` = ?, `companies` = ?, `extensions` = ?, `disabled` = ?, `updated` = ? WHERE `id` = ?',
      [
        after.password,
        after.role,
        listText(after.companies),
        JSON.stringify(after.extensions),
        after.disabled,
        now,
        id,
      ],
    );
    await sql.run('DELETE FROM `session` WHERE `user_id` = ?', [id]);
    const { password, ...seen } = change;
    const detail = { id, ...seen, ...(password === undefined ? {} : { password: 'changed' }) };
    await writeAudit(sql, { at: now, by, action: 'user.changed', object: `user ${before.name}`, detail });
    if (isAdmin(before) && !isAdmin(after)) await demandAnAdmin(sql, by);
    return withoutPassword(after);
  });
}

/** Resolves to false when there is no such user. @throws ClientError 409 for the last who could administer */
export function removeUser(database: Database, id: number, by: By, now: Micros): Promise<boolean> {
  return database.write(async (sql) => {
    await allot(sql, 'user', 0);
    const user = await userOf(sql, id);
    if (!user) return false;
    await sql.run('DELETE FROM `user` WHERE `id` = ?', [id]);
    await sql.run('DELETE FROM `session` WHERE `user_id` = ?', [id]);
    await sql.run('DELETE FROM `user_token` WHERE `user_id` = ?', [id]);
    await writeAudit(sql, { at: now, by, action: 'user.removed', object: `user ${user.name}`, detail: { id } });
    if (isAdmin(user)) await demandAnAdmin(sql, by);
    return true;
  });
}

/**
 * Nobody may lock everybody out over the network. The command line and CDRD_ADMIN_TOKEN may: they stay able to make another admin.
 * Part of a transaction, after its change. @throws ClientError 409
 */
export async function demandAnAdmin(sql: Sql, by: By): Promise<void> {
  if (by.kind === 'command' || (by.kind === 'token' && by.id === 0)) return;
  const [row] = await sql.all<{ users: number; tokens: number }>(
    "SELECT (SELECT COUNT(*) FROM `user` WHERE `role` = 'admin' AND `disabled` IS NULL) AS `users`, " +
      "(SELECT COUNT(*) FROM `token` WHERE `scope` = 'admin' AND `companies` IS NULL AND `revoked` IS NULL) AS `tokens`",
  );
  if (row && row.users + row.tokens > 0) return;
  throw new ClientError(409, 'nobody could administer cdrd after this: make another admin first');
}

function isAdmin({ role, disabled }: UserWithPassword): boolean {
  return role === 'admin' && disabled === null;
}

const nameForm = /^[\p{L}\p{N}][\p{L}\p{N} ._@+-]{0,126}[\p{L}\p{N}._@+-]$|^[\p{L}\p{N}]$/u;
const boundMax = 1000;
const textMax = 255;

/** What no user may be, however it is made. */
function demandRules(user: Omit<NewUser, 'password'>, password: string | undefined): void {
  const { name, role, companies, extensions } = user;
  const faults: Fault[] = [];
  const fault = (field: string, message: string) => faults.push({ field, message });
  if (!nameForm.test(name))
    fault('name', 'is not 1 to 128 letters, digits, spaces or . _ @ + -, beginning with a letter or digit');
  if (role === 'admin' && companies !== null) fault('companies', 'an admin is bound to no companies');
  if (role === 'user' && extensions.length === 0) fault('extensions', 'the role user needs at least one');
  if (role !== 'user' && extensions.length > 0) fault('extensions', 'only the role user is bound to extensions');
  if (companies?.length === 0) fault('companies', 'is empty, expected at least one, or null for all');
  for (const [field, list] of [
    ['companies', companies ?? []],
    ['extensions', extensions],
  ] as const) {
    if (list.length > boundMax) fault(field, `${list.length} are more than ${boundMax}`);
    if (list.some((text) => text.trim() === '' || text.length > textMax))
      fault(field, `each has 1 to ${textMax} characters`);
  }
  if (faults.length > 0)
    throw new ClientError(400, faults.map(({ field, message }) => `${field}: ${message}`).join('; '), faults);
  if (password !== undefined) demandPassword(password, name);
}

/** `field`: what it is called in the request. @throws ClientError 400 */
export function demandPassword(password: string, name?: string, field = 'password'): void {
  const { least, most } = passwordLength;
  const characters = [...password].length;
  const message =
    characters < least || characters > most
      ? `has ${characters} characters, expected ${least} to ${most}`
      : name !== undefined && nameKey(password) === nameKey(name)
        ? 'is the name, expected one that nobody guesses'
        : null;
  if (message !== null) throw new ClientError(400, `${field}: ${message}`, [{ field, message }]);
}

function listText(list: readonly string[] | null): string | null {
  return list === null ? null : JSON.stringify(list);
}
