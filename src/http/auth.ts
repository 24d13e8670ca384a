// Who is asking: a token or a session from wherever the client could put it, or a name and a password, to a principal.
// Secrets are compared as hashes, in constant time.
import { timingSafeEqual } from 'node:crypto';
import { ClientError } from '../errors.ts';
import type { Log } from '../log.ts';
import { refreshPrefix, sessionPrefix, type Session, type SessionLimits } from '../store/sessions.ts';
import type { Store } from '../store/store.ts';
import { hashOf, type Scope } from '../store/tokens.ts';
import { tokenHashIn } from '../store/tokensessions.ts';
import { userTokenPrefix } from '../store/usertokens.ts';
import type { UserWithPassword } from '../store/users.ts';
import type { AuthConfig, LimitsConfig } from './config.ts';
import { Logins } from './logins.ts';
import { openOf, type OpenSession } from './opensession.ts';
import { byOf, demandScope, principalOfUser, type Principal } from './principal.ts';
import { Rates } from './rates.ts';
import { Refusals, type Refusal } from './refusals.ts';
import { Throttle } from './throttle.ts';
import { Writes } from './writes.ts';

export interface NewPassword {
  current: string;
  new: string;
}

export type { OpenSession } from './opensession.ts';
export { byOf, demandScope, principalOfUser, type Principal } from './principal.ts';

/** Longest token we look at. */
const tokenMax = 512;
/** A session is marked as used at most this often: not every read shall be a write. */
const touchMs = 60_000;

/** How often one principal may ask: not at all limited unless configured. */
type RateLimits = Pick<LimitsConfig, 'reads_per_minute' | 'writes_per_minute'>;
const unlimited: RateLimits = { reads_per_minute: 0, writes_per_minute: 0 };

export class Auth {
  /** Of records over HTTP, for the audit. */
  readonly writes: Writes;
  /** Asked for each request of somebody who was let in. */
  readonly rates: Rates;
  /** Of names and passwords, for the metrics. */
  readonly logins = { ok: 0, wrong: 0, throttled: 0 };
  readonly #store: Store;
  readonly #adminHash: Buffer | null;
  /** How long sessions live. */
  readonly sessions: SessionLimits;
  readonly #logins: Logins;
  /** Told by `refused`. */
  readonly refusals: Refusals;
  /** The clock of sessions, in milliseconds. */
  readonly now: () => number;

  /** `adminToken` is CDRD_ADMIN_TOKEN: an admin without the store. `now` in milliseconds. */
  constructor(
    store: Store,
    adminToken: string | undefined,
    config: AuthConfig,
    log: Log,
    now = Date.now,
    limits = unlimited,
  ) {
    this.#store = store;
    this.#adminHash = adminToken ? Buffer.from(hashOf(adminToken)) : null;
    this.sessions = { idle: config.session_idle_seconds * 1e6, most: config.session_max_seconds * 1e6 };
    this.#logins = new Logins(store, new Throttle(config.login_tries, config.login_window_seconds, now), now);
    this.refusals = new Refusals(store, log, now);
    this.now = now;
    this.rates = new Rates(limits, now);
    this.writes = new Writes(store, log, now);
  }

  /** The principal of a living token or session, null for any other text. */
  async principalOf(secret: string): Promise<Principal | null> {
    if (secret === '' || secret.length > tokenMax) return null;
    const hash = hashOf(secret);
    const tokenHash = tokenHashIn(secret);
    if (tokenHash !== null) return this.#ofTokenSession(hash, tokenHash);
    if (isSession(secret)) {
      const session = await this.#store.findSession(hash, this.sessions, this.#micros);
      return session ? this.#welcome(principalOfUser(session.user), session, hash) : null;
    }
    return this.#ofToken(hash, secret.startsWith(userTokenPrefix));
  }

  /** @throws ClientError 401 without a good token or session, 403 with one of too small a scope. */
  async demand(secret: string | null, scope: Scope): Promise<Principal> {
    const principal = await this.recognise(secret);
    demandScope(principal, scope);
    return principal;
  }

  /** @throws ClientError 401 without a good token or session */
  async recognise(secret: string | null): Promise<Principal> {
    if (secret === null) throw new ClientError(401, 'a token is needed: send it as "Authorization: Bearer TOKEN"');
    const principal = await this.principalOf(secret);
    if (principal) return principal;
    throw new ClientError(401, isSession(secret) ? sessionOver : 'the token is unknown or revoked');
  }

  /** The user of a name and a password, for one request. @throws ClientError 401, or 429 after too many */
  async principalBy(name: string, password: string, address: string): Promise<Principal> {
    const { user, isFresh } = await this.#check(name, password, address);
    const principal = principalOfUser(user);
    const at = this.#micros;
    if (isFresh) await this.#store.audit({ at, by: byOf(principal, address), action: 'login', object: 'password' });
    return principal;
  }

  /** `withRefresh`: two that belong together. @throws ClientError 401, or 429 after too many */
  async openSession(name: string, password: string, address: string, withRefresh = false): Promise<OpenSession> {
    const { user } = await this.#check(name, password, address);
    const session = await this.#open(user, address, withRefresh);
    if (session === null) throw wrong();
    return session;
  }

  /** For what refreshes, which is used up by it, also where two use it at once: who closes it has it. null: it is over, or none. */
  async refreshSession(refresh: string, address: string): Promise<OpenSession | null> {
    if (!refresh.startsWith(refreshPrefix)) return null;
    const session = await this.#store.findSession(hashOf(refresh), this.sessions, this.#micros);
    const user = session && (await this.#store.findUser(session.user.name));
    if (!user) return null;
    const isOurs = await this.#store.closeSession(hashOf(refresh), byOf(principalOfUser(user), address), this.#micros);
    return isOurs ? this.#open(user, address, true) : null;
  }

  /** A session of a token, which a browser will show as a cookie. @throws ClientError 401 */
  async enter(token: string, address: string): Promise<{ secret: string; principal: Principal }> {
    const principal = await this.recognise(token);
    // A session needs no other one.
    if (isSession(token)) return { secret: token, principal };
    const by = byOf(principal, address);
    const secret = await this.#store.openTokenSession(hashOf(token), this.sessions, by, this.#micros);
    return { secret, principal };
  }

  /** With all that were opened together with it. Nothing happens when it is over already. */
  async closeSession(secret: string, address: string): Promise<void> {
    const hash = hashOf(secret);
    if (tokenHashIn(secret) !== null) {
      const principal = await this.principalOf(secret);
      if (principal) await this.#store.closeSession(hash, byOf(principal, address), this.#micros);
      return;
    }
    const session = await this.#store.findSession(hash, this.sessions, this.#micros);
    if (session) await this.#store.closeTogether(hash, byOf(principalOfUser(session.user), address), this.#micros);
  }

  /**
   * A user's own new password, proved by the current one, which is throttled like a login. The session of `secret` goes on, all
   * others of the user end. @throws ClientError 403 for a wrong one, 429 after too many, 400 for a new one that is none
   */
  async changePassword({ name }: Principal, secret: string, given: NewPassword, address: string): Promise<void> {
    const login = await this.#logins.check(name, given.current, address);
    if (!login) throw new ClientError(403, 'the current password is wrong');
    if (given.new === given.current) {
      const message = 'is the current one, expected another';
      throw new ClientError(400, `new: ${message}`, [{ field: 'new', message }]);
    }
    const by = byOf(principalOfUser(login.user), address);
    const isChanged = await this.#store.changePassword(login.user, given.new, hashOf(secret), by, this.#micros);
    if (!isChanged) throw new ClientError(409, 'the user was changed at this moment: log in and try again');
  }

  /** The user of this name as it is spelt, for the audit. */
  async knownName(name: string): Promise<string | undefined> {
    return (await this.#store.findUser(name))?.name;
  }

  /** For the audit; never fails and is not waited for. */
  refused(refusal: Refusal): void {
    this.refusals.tell(refusal);
  }

  /** Tells the audit what is left to tell. */
  async close(): Promise<void> {
    await this.writes.close();
    await this.refusals.close();
  }

  get #micros(): number {
    return this.now() * 1000;
  }

  #open(user: UserWithPassword, address: string, withRefresh: boolean): Promise<OpenSession | null> {
    const by = byOf(principalOfUser(user), address);
    return openOf(this.#store, user, { limits: this.sessions, by, now: this.#micros, withRefresh });
  }

  async #check(name: string, password: string, address: string): Promise<{ user: UserWithPassword; isFresh: boolean }> {
    const login = await this.#logins.check(name, password, address).catch((error: unknown) => {
      if (error instanceof ClientError) this.logins.throttled += 1;
      throw error;
    });
    if (!login) this.logins.wrong += 1;
    else if (login.isFresh) this.logins.ok += 1;
    if (!login) throw wrong();
    return login;
  }

  /** `mayBeUsers`: it may be one that a user has made. */
  async #ofToken(hash: string, mayBeUsers: boolean): Promise<Principal | null> {
    if (this.#adminHash && timingSafeEqual(this.#adminHash, Buffer.from(hash))) {
      return { kind: 'token', id: 0, name: 'CDRD_ADMIN_TOKEN', scope: 'admin', role: null, within: null };
    }
    const maker = mayBeUsers && (await this.#store.findUserToken(hash, this.#micros));
    if (maker) return principalOfUser(maker);
    const token = await this.#store.findToken(hash);
    if (!token) return null;
    const { id, name, scope, companies } = token;
    return { kind: 'token', id, name, scope, role: null, within: companies };
  }

  /** Both must live: the session and its token. */
  async #ofTokenSession(hash: string, tokenHash: string): Promise<Principal | null> {
    const session = await this.#store.findTokenSession(hash, this.sessions, this.#micros);
    const principal = session && (await this.#ofToken(tokenHash, true));
    return principal ? this.#welcome(principal, session, hash) : null;
  }

  async #welcome(principal: Principal, { created, seen }: Omit<Session, 'user'>, hash: string): Promise<Principal> {
    const now = this.#micros;
    if (now - seen > Math.min(touchMs * 1000, this.sessions.idle / 10)) await this.#store.touchSession(hash, now);
    return { ...principal, ends: (created + this.sessions.most) / 1000 };
  }
}

export const sessionOver = 'the session is over: log in again';

/** Whether this secret is that of a session, not a token. */
export function isSession(secret: string): boolean {
  return secret.startsWith(sessionPrefix);
}

function wrong(): ClientError {
  return new ClientError(401, 'the name or the password is wrong');
}
