// What a name and a password open: a session, and where a vendor's clients know it, a secret that refreshes it.
import type { Micros } from '../cdr/cdr.ts';
import type { By } from '../store/audit.ts';
import { refreshPrefix, sessionPrefix, type SessionLimits } from '../store/sessions.ts';
import type { Store } from '../store/store.ts';
import { withoutPassword, type User, type UserWithPassword } from '../store/users.ts';

export interface OpenSession {
  secret: string;
  /** Opens the next ones, once; only where it was asked for. */
  refresh?: string;
  user: User;
}

interface Opening {
  limits: SessionLimits;
  by: By;
  now: Micros;
  withRefresh: boolean;
}

/** null when the user has changed since he was read. */
export async function openOf(
  store: Store,
  user: UserWithPassword,
  { limits, by, now, withRefresh }: Opening,
): Promise<OpenSession | null> {
  const prefixes = withRefresh ? [sessionPrefix, refreshPrefix] : [sessionPrefix];
  const secrets = await store.openSessions(user, limits, by, now, prefixes);
  if (secrets === null) return null;
  const [secret, refresh] = secrets;
  return { secret: secret!, user: withoutPassword(user), ...(refresh === undefined ? {} : { refresh }) };
}
