// One POST, bounded in time and in what is read of the answer. No redirect is followed: it could lead to where we must not go.
import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { codeOf } from '../errors.ts';
import { demandAllowedHost, lookupWithin } from './address.ts';

export interface Answer {
  status: number;
  /** The header Retry-After as it came. */
  retryAfter: string | null;
  /** The beginning of what it said. */
  text: string;
}

/** Bytes of an answer that are read; more of it is nothing to us. */
const answerBytes = 1024;

export interface PosterOptions {
  url: string;
  allowPrivate: boolean;
  timeoutMs: number;
  /** For tests. */
  lookup?: LookupFunction;
}

/** A way to one URL: the connection is kept between two requests. */
export class Poster {
  readonly #options: PosterOptions;
  readonly #url: URL;
  readonly #agent: HttpAgent;
  readonly #cut = new AbortController();

  constructor(options: PosterOptions) {
    this.#options = options;
    this.#url = new URL(options.url);
    const Agent = this.#url.protocol === 'https:' ? HttpsAgent : HttpAgent;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1 });
  }

  /** Never waits longer than the timeout. @throws Error with a sentence for people: nobody answered, or nothing was sent */
  async post(headers: Record<string, string>, body: string): Promise<Answer> {
    const { allowPrivate, timeoutMs } = this.#options;
    demandAllowedHost(this.#url.hostname, allowPrivate);
    const late = AbortSignal.timeout(timeoutMs);
    const bytes = Buffer.from(body);
    const send = (again: boolean): Promise<Answer> =>
      this.#send(
        { ...headers, 'content-length': String(bytes.length) },
        bytes,
        AbortSignal.any([late, this.#cut.signal]),
      ).catch((error: unknown) => {
        // The other side had closed the connection that was kept: that is no answer to this request.
        if (again && error instanceof Stale) return send(false);
        throw error;
      });
    try {
      return await send(true);
    } catch (error) {
      if (late.aborted) throw new Error(`no answer within ${timeoutMs / 1000} s`, { cause: error });
      throw error;
    }
  }

  /** Cuts off what is under way. */
  close(): void {
    this.#cut.abort();
    this.#agent.destroy();
  }

  #send(headers: Record<string, string>, body: Buffer, signal: AbortSignal): Promise<Answer> {
    const { allowPrivate, lookup = lookupWithin(allowPrivate) } = this.#options;
    const request = this.#url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      let isAnswered = false;
      const asked = request(this.#url, { method: 'POST', headers, agent: this.#agent, lookup, signal }, (response) => {
        isAnswered = true;
        answerOf(asked, response).then(resolve, reject);
      });
      asked.on('error', (error) => {
        if (isAnswered) return;
        const isStale = asked.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '');
        reject(isStale ? new Stale('the kept connection was closed', { cause: error }) : error);
      });
      asked.end(body);
    });
  }
}

class Stale extends Error {}

async function answerOf(asked: ClientRequest, response: IncomingMessage): Promise<Answer> {
  const parts: Buffer[] = [];
  let length = 0;
  const whole = await new Promise<boolean>((resolve) => {
    response.on('data', (part: Buffer) => {
      parts.push(part);
      length += part.length;
      if (length >= answerBytes) resolve(false);
    });
    response.on('end', () => resolve(true));
    // The status is there; how the rest of the answer ends changes nothing.
    response.on('error', () => resolve(false));
    response.on('close', () => resolve(false));
  });
  if (!whole) asked.destroy();
  const text = Buffer.concat(parts).subarray(0, answerBytes).toString('utf8');
  return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] ?? null, text };
}
