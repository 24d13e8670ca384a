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
  /** As JSON. */
  body?: unknown;
  /** A file in place of it, sent as it is. */
  csv?: string | Blob;
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
  async ask<Answer>(method: string, path: string, { signal, extraMs = 0, ...request }: Request = {}): Promise<Answer> {
    const limits = [AbortSignal.timeout(this.#timeoutMs + extraMs), ...(signal ? [signal] : [])];
    const response = await this.#send(method, path, request, AbortSignal.any(limits));
    const text = await response.text();
    if (response.ok) return (isJson(response) ? JSON.parse(text) : undefined) as Answer;
    throw errorOf(response, text);
  }

  /** The text of a long answer as it comes. A part that is waited for longer than an answer may take is a TimeoutError. */
  async *read(method: string, path: string, { signal, ...request }: Request): AsyncGenerator<string, void, undefined> {
    const stop = new AbortController();
    const signals = [stop.signal, ...(signal ? [signal] : [])];
    // Whoever reads may take his time; only what cdrd takes counts.
    const inTime = async <Answer>(answer: Promise<Answer>): Promise<Answer> => {
      const late = () => stop.abort(new DOMException(`nothing came for ${this.#timeoutMs} ms`, 'TimeoutError'));
      const timer = setTimeout(late, this.#timeoutMs);
      return answer.finally(() => clearTimeout(timer));
    };
    try {
      const response = await inTime(this.#send(method, path, request, AbortSignal.any(signals)));
      if (!response.ok) throw errorOf(response, await inTime(response.text()));
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      const decoder = new TextDecoder();
      for (;;) {
        const { done, value } = await inTime(reader.read());
        if (done) return;
        yield decoder.decode(value, { stream: true });
      }
    } finally {
      stop.abort();
    }
  }

  async #send(
    method: string,
    path: string,
    { query = {}, body, csv }: Omit<Request, keyof CallOptions>,
    signal: AbortSignal,
  ): Promise<Response> {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(
      given.map(([name, value]): [string, string] => [name, String(value)]),
    ).toString();
    const type = csv !== undefined ? 'text/csv' : body !== undefined ? 'application/json' : undefined;
    const content = csv ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(`${this.#url}${path}${search && `?${search}`}`, {
      method,
      headers: { ...this.#headers(), ...(type === undefined ? {} : { 'content-type': type }) },
      ...(content === undefined ? {} : { body: content }),
      credentials: 'same-origin',
      signal,
    });
    this.#keepCookie(response);
    return response;
  }

  /** A WebSocket to the feed. A browser sends no headers of ours: the token goes as a subprotocol, never into the URL. */
  socket(): WebSocket {
    const protocols = ['cdrd.v1', ...(this.#token === undefined ? [] : [`cdrd.token.${base64url(this.#token)}`])];
    const url = `${this.#url.replace(/^http/, 'ws')}/live`;
    if (this.#cookie === undefined) return new WebSocket(url, protocols);
    // Node's own WebSocket takes headers; no browser ever has our cookie, and the types of browsers do not know it.
    return Reflect.construct(WebSocket, [url, { protocols, headers: this.#headers() }]) as WebSocket;
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

function isJson({ headers }: Response): boolean {
  return headers.get('content-type')?.includes('json') === true;
}

function errorOf(response: Response, text: string): ApiError {
  const { status } = response;
  return new ApiError(
    isJson(response) ? (JSON.parse(text) as ProblemDocument) : problemFor(status, text.slice(0, 200)),
  );
}

function base64url(text: string): string {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
