// API tokens: shown once, stored as SHA-256 (32 random bytes need no slow hash), revoked but never deleted.
import { createHash, randomBytes } from 'node:crypto';
import type { Micros } from '../cdr/cdr.ts';
import { writeAudit, type By } from './audit.ts';
import { allot } from './names.ts';
import type { Sql } from './sql.ts';
import { demandAnAdmin } from './users.ts';

export const scopes = ['read', 'write', 'admin'] as const;
/** read ⊂ write ⊂ admin. */
export type Scope = (typeof scopes)[number];

export interface Token {
  id: number;
  name: string;
  scope: Scope;
  /** Handles of the companies it is bound to, null = all. */
  companies: string[] | null;
  created: Micros;
  revoked: Micros | null;
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** A new secret: `cdrd_` and 32 random bytes. */
export function newSecret(): string {
  return `cdrd_${randomBytes(32).toString('base64url')}`;
}

type TokenRow = Omit<Token, 'companies'> & { companies: string | null };

const select = 'SELECT `id`, `name`, `scope`, `companies`, `created`, `revoked` FROM `token`';

function toToken(row: TokenRow): Token {
  return { ...row, companies: row.companies === null ? null : (JSON.parse(row.companies) as string[]) };
}

export async function createToken(
  sql: Sql,
  { name, scope, companies }: Pick<Token, 'name' | 'scope' | 'companies'>,
  now: Micros,
  by: By,
  secret = newSecret(),
): Promise<{ token: Token; secret: string }> {
  const id = await allot(sql, 'token', 1);
  await sql.run(
    'INSERT INTO `token` (`id`, `name`, `hash`, `scope`, `companies`, `created`) VALUES (?, ?, ?, ?, ?, ?)',
    [id, name, hashOf(secret), scope, companies === null ? null : JSON.stringify(companies), now],
  );
  const detail = { name, scope, companies };
  await writeAudit(sql, { at: now, by, action: 'token.created', object: `token ${id}`, detail });
  return { token: { id, name, scope, companies, created: now, revoked: null }, secret };
}

export async function listTokens(sql: Sql): Promise<Token[]> {
  return (await sql.all<TokenRow>(`${select} ORDER BY \`id\``)).map(toToken);
}

/** The living token with this hash. */
export async function findToken(sql: Sql, hash: string): Promise<Token | undefined> {
  const [row] = await sql.all<TokenRow>(`${select} WHERE \`hash\` = ? AND \`revoked\` IS NULL`, [hash]);
  return row && toToken(row);
}

/** Resolves to false when there is no living token of this id. @throws ClientError 409 for the last way to administer */
export async function revokeToken(sql: Sql, id: number, now: Micros, by: By): Promise<boolean> {
  const [token] = await sql.all<TokenRow>(`${select} WHERE \`id\` = ? AND \`revoked\` IS NULL`, [id]);
  // Another may be revoking it at this moment: who touches the row did it.
  const revoked = await sql.run('UPDATE `token` SET `revoked` = ? WHERE `id` = ? AND `revoked` IS NULL', [now, id]);
  if (!token || revoked === 0) return false;
  await writeAudit(sql, { at: now, by, action: 'token.revoked', object: `token ${id}`, detail: { name: token.name } });
  if (token.scope === 'admin' && token.companies === null) await demandAnAdmin(sql, by);
  return true;
}
