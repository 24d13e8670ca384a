// Tokens that users make for themselves: shown once, stored as SHA-256. What one may do is what its user may at that moment.
import { randomBytes } from 'node:crypto';
import type { Micros } from '../cdr/cdr.ts';
import { ClientError } from '../errors.ts';
import { writeAudit, type By } from './audit.ts';
import { allot } from './names.ts';
import type { Database, Sql } from './sql.ts';
import { hashOf } from './tokens.ts';
import { nameKey, toUser, userColumns, withoutPassword, type User } from './users.ts';

export interface UserToken {
  id: number;
  userId: number;
  name: string;
  created: Micros;
  /** null: never. */
  expires: Micros | null;
}

export const userTokenPrefix = 'cdrdu_';
/** Of one user. */
export const userTokensMax = 100;

export interface UserTokens {
  /** @throws ClientError 409 for a name the user has a token of, or when there are too many */
  addUserToken(
    token: Pick<UserToken, 'userId' | 'name' | 'expires'>,
    by: By,
    now: Micros,
  ): Promise<{ token: UserToken; secret: string }>;
  /** Those of a user that are good now, by id. */
  userTokens(userId: number, now: Micros): Promise<UserToken[]>;
  /** Resolves to false when the user has none of this id or secret. */
  removeUserToken(userId: number, which: { id: number } | { secret: string }, by: By, now: Micros): Promise<boolean>;
  /** The user of a token that is good now, who may still come in. */
  findUserToken(hash: string, now: Micros): Promise<User | undefined>;
}

export function userTokensOn(database: Database): UserTokens {
  return {
    addUserToken: (token, by, now) => database.write((sql) => add(sql, token, by, now)),
    userTokens: (userId, now) => database.read((sql) => list(sql, userId, now)),
    removeUserToken: (userId, which, by, now) => database.write((sql) => remove(sql, userId, which, by, now)),
    findUserToken: (hash, now) => database.read((sql) => find(sql, hash, now)),
  };
}

const columns = '`id`, `user_id` AS `userId`, `name`, `created`, `expires`';
const isGood = '(`expires` IS NULL OR `expires` > ?)';

async function add(
  sql: Sql,
  { userId, name, expires }: Pick<UserToken, 'userId' | 'name' | 'expires'>,
  by: By,
  now: Micros,
): Promise<{ token: UserToken; secret: string }> {
  const id = await allot(sql, 'user_token', 1);
  await sql.run(`DELETE FROM \`user_token\` WHERE \`user_id\` = ? AND NOT ${isGood}`, [userId, now]);
  const own = await list(sql, userId, now);
  if (own.some((token) => nameKey(token.name) === nameKey(name))) {
    const message = `there is a token ${name} of this user already`;
    throw new ClientError(409, `name: ${message}`, [{ field: 'name', message }]);
  }
  if (own.length >= userTokensMax)
    throw new ClientError(409, `the user has ${userTokensMax} tokens already, and no more can be kept`);
  const secret = userTokenPrefix + randomBytes(32).toString('base64url');
  await sql.run(
    'INSERT INTO `user_token` (`id`, `user_id`, `name`, `name_key`, `hash`, `created`, `expires`) VALUES (?, ?, ?, ?, ?, ?, ?)',
    [id, userId, name, nameKey(name), hashOf(secret), now, expires],
  );
  await writeAudit(sql, {
    at: now,
    by,
    action: 'token.created',
    object: `user token ${id}`,
    detail: { name, expires },
  });
  return { token: { id, userId, name, created: now, expires }, secret };
}

function list(sql: Sql, userId: number, now: Micros): Promise<UserToken[]> {
  return sql.all<UserToken>(
    `SELECT ${columns} FROM \`user_token\` WHERE \`user_id\` = ? AND ${isGood} ORDER BY \`id\``,
    [userId, now],
  );
}

async function remove(
  sql: Sql,
  userId: number,
  which: { id: number } | { secret: string },
  by: By,
  now: Micros,
): Promise<boolean> {
  const [column, value] = 'id' in which ? ['id', which.id] : ['hash', hashOf(which.secret)];
  const [token] = await sql.all<UserToken>(
    `SELECT ${columns} FROM \`user_token\` WHERE \`user_id\` = ? AND \`${column}\` = ? AND ${isGood}`,
    [userId, value, now],
  );
  if (!token || (await sql.run('DELETE FROM `user_token` WHERE `id` = ?', [token.id])) === 0) return false;
  const { id, name } = token;
  await writeAudit(sql, { at: now, by, action: 'token.revoked', object: `user token ${id}`, detail: { name } });
  return true;
}

async function find(sql: Sql, hash: string, now: Micros): Promise<User | undefined> {
  const [row] = await sql.all<Parameters<typeof toUser>[0]>(
    `SELECT ${userColumns} FROM \`user_token\` JOIN \`user\` ON \`user\`.\`id\` = \`user_id\` ` +
      `WHERE \`hash\` = ? AND \`disabled\` IS NULL AND ${isGood}`,
    [hash, now],
  );
  return row && withoutPassword(toUser(row));
}
