// One request and its answer, over the fetch of the platform; who is asking is known here and nowhere else.
import { ApiError, problemFor, type ProblemDocument } from './trouble.ts';

export interface ConnectOptions {
  /** Where cdrd is: `https://cdr.example.org`. In a page of that very server: `location.origin`. */
  url: string;
  /** An API token. Without one, the browser's own session cookie counts, or the session of `session.login`. */
  token?: string;
  /** `cdrd_session=…`, for programs that hold a session; browsers keep it themselves. */
  cookie?: string;
  /** Longest wait for an answer, in milliseconds: 30,000 when absent. What asks cdrd to wait, waits that much longer. */
  timeoutMs?: number;
}

/** Whoever calls may give up. */
export interface CallOptions {
  signal?: AbortSignal;
}

export interface Request extends CallOptions {
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  /** Waited for beside the usual time. */
  extraMs?: number;
}

const timeoutMs = 30_000;

export class Requests {
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #timeoutMs: number;
  #cookie: string | undefined;

  constructor({ url, token, cookie, timeoutMs: limit = timeoutMs }: ConnectOptions) {
    this.#url = url.replace(/\/+$/, '');
    this.#token = token;
    this.#cookie = cookie;
    this.#timeoutMs = limit;
  }

  /** The parsed answer, undefined where there is none. @throws ApiError, TypeError of a broken line, or the reason of the signal */
  async ask<Answer>(
    method: string,
    path: string,
    { query = {}, body, signal, extraMs = 0 }: Request = {},
  ): Promise<Answer> {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(
      given.map(([name, value]): [string, string] => [name, String(value)]),
    ).toString();
    const limits = [AbortSignal.timeout(this.#timeoutMs + extraMs), ...(signal ? [signal] : [])];
    const response = await fetch(`${this.#url}${path}${search && `?${search}`}`, {
      method,
      headers: { ...this.#headers(), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      credentials: 'same-origin',
      signal: AbortSignal.any(limits),
    });
    this.#keepCookie(response);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    if (response.ok) return (isJson ? JSON.parse(text) : undefined) as Answer;
    throw new ApiError(
      isJson ? (JSON.parse(text) as ProblemDocument) : problemFor(response.status, text.slice(0, 200)),
    );
  }

  /** A WebSocket to the feed. A browser sends no headers of ours: the token goes as a subprotocol, never into the URL. */
  socket(): WebSocket {
    const protocols = ['cdrd.v1', ...(this.#token === undefined ? [] : [`cdrd.token.${base64url(this.#token)}`])];
    const url = `${this.#url.replace(/^http/, 'ws')}/live`;
    if (this.#cookie === undefined) return new WebSocket(url, protocols);
    // Node's own WebSocket takes headers; no browser ever has our cookie.
    return new WebSocket(url, { protocols, headers: this.#headers() });
  }

  #headers(): Record<string, string> {
    if (this.#token !== undefined) return { authorization: `Bearer ${this.#token}` };
    // What a browser adds by itself.
    return this.#cookie === undefined ? {} : { cookie: this.#cookie, origin: new URL(this.#url).origin };
  }

  /** Programs keep the session themselves; a browser shows no script its cookies. */
  #keepCookie({ headers }: Response): void {
    const line = headers.getSetCookie().find((one) => one.startsWith('cdrd_session='));
    if (line === undefined) return;
    const [pair] = line.split(';');
    this.#cookie = pair === 'cdrd_session=' ? undefined : pair;
  }
}

function base64url(text: string): string {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
