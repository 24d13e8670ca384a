// Sessions of tokens in browsers: what the cookie holds ends with the session, and the token lives on. They are rows of `session` that
// belong to no user (0), and name their token by the hash in their own secret, which nobody can change without it being another one.
import { randomBytes } from 'node:crypto';
import type { Micros } from '../cdr/cdr.ts';
import { allot } from './names.ts';
import { sessionPrefix, type SessionLimits } from './sessions.ts';
import type { Sql } from './sql.ts';
import { hashOf } from './tokens.ts';

/** Of all tokens together; the oldest are closed for new ones. */
export const tokenSessionsMax = 300;

/** In place of a user's id. */
const noUser = 0;

/** The hash of the token whose session this secret is; null: it is no such secret. */
export function tokenHashIn(secret: string): string | null {
  return /^cdrds_[\w-]{43}\.([0-9a-f]{64})$/.exec(secret)?.[1] ?? null;
}

/** The secret of a new one. `tokenHash` is of a token that has just been found good. */
export async function openTokenSession(
  sql: Sql,
  tokenHash: string,
  limits: SessionLimits,
  now: Micros,
): Promise<string> {
  // The lock of all who open sessions.
  await allot(sql, 'user', 0);
  await sql.run('DELETE FROM `session` WHERE `seen` <= ? OR `created` <= ?', [now - limits.idle, now - limits.most]);
  const open = await sql.all<{ hash: string }>(
    'SELECT `hash` FROM `session` WHERE `user_id` = ? ORDER BY `created` DESC, `hash` LIMIT 1000',
    [noUser],
  );
  for (const { hash } of open.slice(tokenSessionsMax - 1))
    await sql.run('DELETE FROM `session` WHERE `hash` = ?', [hash]);
  const secret = `${sessionPrefix}${randomBytes(32).toString('base64url')}.${tokenHash}`;
  await sql.run('INSERT INTO `session` (`hash`, `user_id`, `created`, `seen`) VALUES (?, ?, ?, ?)', [
    ...[hashOf(secret), noUser, now, now],
  ]);
  return secret;
}

/** When the living session with this hash began and was last used. Whether its token is still good is to be asked beside it. */
export async function findTokenSession(
  sql: Sql,
  hash: string,
  { idle, most }: SessionLimits,
  now: Micros,
): Promise<{ created: Micros; seen: Micros } | undefined> {
  const [row] = await sql.all<{ created: Micros; seen: Micros }>(
    'SELECT `created`, `seen` FROM `session` WHERE `hash` = ? AND `user_id` = ? AND `seen` > ? AND `created` > ?',
    [hash, noUser, now - idle, now - most],
  );
  return row;
}
