// Who was let in and what that one may do: of a token or a user.
import type { Within } from '../cdr/query.ts';
import { ClientError } from '../errors.ts';
import type { By } from '../store/audit.ts';
import { scopes, type Scope } from '../store/tokens.ts';
import type { Role, User } from '../store/users.ts';

export interface Principal {
  kind: 'token' | 'user';
  /** Token or user id, 0 for CDRD_ADMIN_TOKEN. */
  id: number;
  name: string;
  scope: Scope;
  /** Of a user; null for a token. */
  role: Role | null;
  /** The tenant wall: what it may see, null = all. */
  within: Within;
  /** When its session is over however much it is used, in milliseconds; absent: it was no session. */
  ends?: number;
}

/** What a role may do, and what it sees. */
export function principalOfUser({ id, name, role, companies, extensions }: User): Principal {
  const bound: Record<Role, Pick<Principal, 'scope' | 'within'>> = {
    admin: { scope: 'admin', within: null },
    billing: { scope: 'read', within: companies },
    user: { scope: 'read', within: { companies, extensions } },
  };
  return { kind: 'user', id, name, role, ...bound[role] };
}

/** @throws ClientError 403 */
export function demandScope({ scope: given, role }: Principal, scope: Scope): void {
  if (scopes.indexOf(given) >= scopes.indexOf(scope)) return;
  const other =
    role === null ? `a token with the scope ${scope}, this one has` : `the scope ${scope}, the role ${role} has`;
  throw new ClientError(403, `this needs ${other} ${given}`);
}

/** For the audit. */
export function byOf(principal: Principal | null | undefined, address: string | null): By {
  if (!principal) return { kind: 'nobody', id: null, name: null, address };
  const { kind, id, name } = principal;
  return { kind, id, name, address };
}
