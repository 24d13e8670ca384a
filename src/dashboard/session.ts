// Signing in and out: a user or a token, for a cookie that no script can read.
import type { Session } from '../http/dialects/native/people.ts';
import { Requests, type Request } from '../client/request.ts';
import { ApiError } from '../client/trouble.ts';

export type Credentials = { name: string; password: string } | { token: string };

const path = '/api/v1/session';

/** Says when an answer was that nobody is signed in any more, whoever asked. */
export class SessionRequests extends Requests {
  onOver: () => void = () => undefined;

  override async ask<Answer>(method: string, path: string, request: Request = {}): Promise<Answer> {
    return super.ask<Answer>(method, path, request).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 401) this.onOver();
      throw error;
    });
  }
}

/** The API beside this page, whatever folder the page is in. */
export function requestsHere(): SessionRequests {
  return new SessionRequests({ url: new URL('.', location.href).href });
}

/** Who is signed in; null: nobody. @throws TypeError when cdrd is away */
export async function whoIs(requests: Requests): Promise<Session | null> {
  try {
    return await requests.ask<Session>('GET', path);
  } catch (error) {
    if (error instanceof ApiError && [401, 403].includes(error.status)) return null;
    throw error;
  }
}

/** Who may do everything; an admin who is bound to companies or extensions may not. */
export function isAdmin({ scope, companies, extensions }: Session): boolean {
  return scope === 'admin' && companies === null && extensions === null;
}

/** @throws ApiError for what is no good, TypeError when cdrd is away */
export function signIn(requests: Requests, credentials: Credentials): Promise<Session> {
  return requests.ask<Session>('POST', path, { body: credentials });
}

export async function signOut(requests: Requests): Promise<void> {
  // A session that is over already is out.
  await requests.ask('DELETE', path).catch(() => undefined);
}

/** Between the tabs of this browser, which have one session: a sign-out in one is told to the others. */
export const farewells = (() => {
  const channel = new BroadcastChannel(`cdrd ${new URL('.', location.href).pathname}`);
  return {
    tell: () => channel.postMessage('out'),
    hear: (hearer: () => void) => {
      channel.addEventListener('message', hearer);
      return () => channel.removeEventListener('message', hearer);
    },
  };
})();

/** A token that somebody gave along behind `#token=`, which no browser sends anywhere; it is taken out of the address at once. */
export function tokenInAddress(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token !== null) history.replaceState(null, '', location.pathname + location.search);
  return token;
}

/** The daemon's clock less this one, as far as whole seconds tell it. */
export async function clockOffset(): Promise<number> {
  const answer = await fetch('healthz').catch(() => null);
  const told = Date.parse(answer?.headers.get('date') ?? '');
  const offset = told + 500 - Date.now();
  return Number.isNaN(offset) || Math.abs(offset) < 1500 ? 0 : offset;
}
