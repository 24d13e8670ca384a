// Sessions of users in browsers and of IPCortex clients: 32 random bytes in a cookie, stored as a hash, gone with any change of the user.
import { randomBytes } from 'node:crypto';
import type { Micros } from '../cdr/cdr.ts';
import { allot } from './names.ts';
import type { Sql } from './sql.ts';
import { hashOf } from './tokens.ts';
import { toUser, userColumns, withoutPassword, type User } from './users.ts';

export interface Session {
  user: User;
  created: Micros;
  seen: Micros;
}

/** How long a session lives without being used, and at most; Micros. */
export interface SessionLimits {
  idle: Micros;
  most: Micros;
}

export const sessionPrefix = 'cdrds_';
/** Of a session that only opens others (OAuth's refresh token): no place for a session takes it. */
export const refreshPrefix = 'cdrdr_';
/** Of one user; the oldest are closed for new ones. */
const perUserMax = 100;

/**
 * Opens sessions of a user who has just shown this password hash, one for each prefix; they belong together: of a user, only sessions
 * that were opened together began at the same microsecond. null when the user changed meanwhile: a password that was right a
 * moment ago opens nothing.
 */
export async function openSessions(
  sql: Sql,
  user: { id: number; password: string },
  limits: SessionLimits,
  now: Micros,
  prefixes: readonly string[],
): Promise<string[] | null> {
  // The lock of all changes of users.
  await allot(sql, 'user', 0);
  const [same] = await sql.all('SELECT `id` FROM `user` WHERE `id` = ? AND `password` = ? AND `disabled` IS NULL', [
    user.id,
    user.password,
  ]);
  if (!same) return null;
  await sql.run('DELETE FROM `session` WHERE `seen` <= ? OR `created` <= ?', [now - limits.idle, now - limits.most]);
  const open = await sql.all<{ hash: string; created: Micros }>(
    'SELECT `hash`, `created` FROM `session` WHERE `user_id` = ? ORDER BY `created` DESC, `hash` LIMIT 1000',
    [user.id],
  );
  for (const { hash } of open.slice(perUserMax - prefixes.length)) await closeSession(sql, hash);
  const taken = new Set(open.map((one) => one.created));
  let created = now;
  while (taken.has(created)) created += 1;
  const secrets = prefixes.map((prefix) => prefix + randomBytes(32).toString('base64url'));
  for (const secret of secrets) {
    await sql.run('INSERT INTO `session` (`hash`, `user_id`, `created`, `seen`) VALUES (?, ?, ?, ?)', [
      ...[hashOf(secret), user.id, created, now],
    ]);
  }
  return secrets;
}

/** The living session with this hash, of a user who may still come in. */
export async function findSession(
  sql: Sql,
  hash: string,
  { idle, most }: SessionLimits,
  now: Micros,
): Promise<Session | undefined> {
  type Row = Parameters<typeof toUser>[0] & { opened: Micros; seen: Micros };
  const [row] = await sql.all<Row>(
    `SELECT ${userColumns}, \`session\`.\`created\` AS \`opened\`, \`seen\` FROM \`session\` JOIN \`user\` ON \`user\`.\`id\` = \`user_id\` ` +
      'WHERE `hash` = ? AND `disabled` IS NULL AND `seen` > ? AND `session`.`created` > ?',
    [hash, now - idle, now - most],
  );
  if (!row) return undefined;
  const { opened, seen, ...user } = row;
  return { user: withoutPassword(toUser(user)), created: opened, seen };
}

export async function touchSession(sql: Sql, hash: string, now: Micros): Promise<void> {
  await sql.run('UPDATE `session` SET `seen` = ? WHERE `hash` = ? AND `seen` < ?', [now, hash, now]);
}

/** Resolves to false when there was none. */
export async function closeSession(sql: Sql, hash: string): Promise<boolean> {
  return (await sql.run('DELETE FROM `session` WHERE `hash` = ?', [hash])) > 0;
}

/** With all that were opened together with it. Resolves to false when there was none. */
export async function closeTogether(sql: Sql, hash: string): Promise<boolean> {
  const [session] = await sql.all<{ user_id: number; created: Micros }>(
    'SELECT `user_id`, `created` FROM `session` WHERE `hash` = ?',
    [hash],
  );
  if (!session) return false;
  const { user_id: userId, created } = session;
  return (await sql.run('DELETE FROM `session` WHERE `user_id` = ? AND `created` = ?', [userId, created])) > 0;
}
