// Users of these tests, and how they log in.
import { byCommand } from '../../src/store/audit.ts';
import type { NewUser, User } from '../../src/store/users.ts';
import { ask, type Answer, type House } from './support.ts';

export const password = 'correct horse battery';
/** As `app.inject` says its Host. */
export const ownOrigin = 'http://localhost';

export function addUser(house: House, name: string, user: Partial<NewUser> = {}): Promise<User> {
  const given = { name, password, role: 'billing' as const, companies: ['acme'], extensions: [], ...user };
  return house.store.addUser(given, byCommand, Date.now() * 1000);
}

export function login(house: House, name: string, word = password): Promise<Answer<Record<string, unknown>>> {
  return ask(house, 'POST', '/api/v1/session', { body: { name, password: word } });
}

/** `NAME=VALUE` of a Set-Cookie header, as a client sends it back. */
export function cookieFrom({ headers }: Answer<unknown>): string {
  return String(headers['set-cookie']).split(';')[0]!;
}

export interface Entry {
  action: string;
  by: { kind: string; name: string | null; address: string | null };
  object: string | null;
  detail: Record<string, unknown> | null;
  count: number;
}

/** The audit, the oldest first; refusals are written beside the answer, so they are waited for. */
export async function auditOf(house: House): Promise<Entry[]> {
  await house.context.auth.close();
  return house.store.listAudit({ after: 0, limit: 1000 });
}
