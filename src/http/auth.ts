// Who is asking: a token from wherever the client could put it, to a principal. Secrets are compared as hashes, in constant time.
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Within } from '../cdr/query.ts';
import { ClientError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import { hashOf, scopes, type Scope } from '../store/tokens.ts';

export interface Principal {
  /** Token id, 0 for CDRD_ADMIN_TOKEN. */
  id: number;
  name: string;
  scope: Scope;
  /** The tenant wall: companies it is bound to, null = all. */
  within: Within;
}

/** Longest token we look at. */
const tokenMax = 512;

export class Auth {
  readonly #store: Store;
  readonly #adminHash: Buffer | null;

  /** `adminToken` is CDRD_ADMIN_TOKEN: an admin without the store. */
  constructor(store: Store, adminToken: string | undefined) {
    this.#store = store;
    this.#adminHash = adminToken ? Buffer.from(hashOf(adminToken)) : null;
  }

  /** The principal of a living token, null for any other text. */
  async principalOf(secret: string): Promise<Principal | null> {
    if (secret === '' || secret.length > tokenMax) return null;
    const hash = hashOf(secret);
    if (this.#adminHash && timingSafeEqual(this.#adminHash, Buffer.from(hash))) {
      return { id: 0, name: 'CDRD_ADMIN_TOKEN', scope: 'admin', within: null };
    }
    const token = await this.#store.findToken(hash);
    return token ? { id: token.id, name: token.name, scope: token.scope, within: token.companies } : null;
  }

  /** @throws ClientError 401 without a good token, 403 with one of too small a scope. */
  async demand(secret: string | null, scope: Scope): Promise<Principal> {
    if (secret === null) throw new ClientError(401, 'a token is needed: send it as "Authorization: Bearer TOKEN"');
    const principal = await this.principalOf(secret);
    if (!principal) throw new ClientError(401, 'the token is unknown or revoked');
    if (scopes.indexOf(principal.scope) < scopes.indexOf(scope)) {
      throw new ClientError(403, `this needs a token with the scope ${scope}, this one has ${principal.scope}`);
    }
    return principal;
  }
}

/** The token of an Authorization header, null when there is none. */
export function bearerOf(headers: IncomingHttpHeaders): string | null {
  const match = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '');
  return match?.[1] ?? null;
}
