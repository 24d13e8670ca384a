// The WebSocket feed at /live: who may come in, and how. What a client says and is told lies in livesession.ts.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { bearerOf, type Principal } from './auth.ts';
import type { LiveContext, LiveStats } from './context.ts';
import { LiveClients } from './liveclients.ts';
import { LiveSession } from './livesession.ts';
import { cookieOf, originFault, sessionCookie } from './origin.ts';

export const livePath = '/live';
export const liveProtocol = 'cdrd.v1';
const tokenProtocol = 'cdrd.token.';

/** Longest message a client may send: a subscription is some hundred bytes. */
const messageMax = 8 * 1024;

/** Serves /live on any number of HTTP servers. */
export class Live {
  /** Everybody who listens, over WebSocket or not. */
  readonly clients: LiveClients;
  readonly #context: LiveContext;
  readonly #sockets: WebSocketServer;

  constructor(context: LiveContext) {
    this.#context = context;
    this.clients = new LiveClients(context);
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: messageMax,
      perMessageDeflate: false,
      // The token is never echoed: of what the client offers only our own protocol is chosen.
      handleProtocols: (offered) => (offered.has(liveProtocol) ? liveProtocol : false),
    });
  }

  get stats(): LiveStats {
    return this.clients.stats;
  }

  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => socket.destroy());
      this.#upgrade(request, socket, head).catch((error: unknown) => {
        this.#context.log.warn({ err: error }, 'a WebSocket client could not be let in');
        refuse(socket, 503, 'the token cannot be checked now, try again later');
      });
    });
  }

  /** Says goodbye to everybody (1001), then hangs up. */
  async close(): Promise<void> {
    await this.clients.close();
    this.#sockets.close();
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (request.url?.split('?')[0] !== livePath) return refuse(socket, 404, 'the feed is at /live');
    if (request.url.includes('?'))
      return refuse(socket, 400, 'the URL takes no parameters; a token in it would end in logs');
    const shown = bearerOf(request.headers) ?? offeredToken(request.headers['sec-websocket-protocol']);
    const secret = shown ?? sessionOf(request);
    const principal = secret === null ? null : await this.#context.auth.principalOf(secret);
    if (shown !== null && !principal) return refuse(socket, 401, 'the token is unknown or revoked');
    const full = this.clients.fullness(principal === null);
    if (full !== null) return refuse(socket, 503, full);
    if (socket.destroyed) return;
    this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#welcome(ws, principal, secret));
  }

  #welcome(ws: WebSocket, principal: Principal | null, secret: string | null): void {
    ws.on('close', this.clients.add(new LiveSession(ws, this.#context, this.stats, principal, secret)));
  }
}

/** A cookie that a page of another origin made the browser send counts for nothing: whoever asks may still show a token. */
function sessionOf({ headers }: IncomingMessage): string | null {
  return originFault(headers, headers.host, true) === null ? cookieOf(headers, sessionCookie) : null;
}

/** Browsers cannot set headers: they offer `cdrd.v1, cdrd.token.<base64url of the token>`. */
function offeredToken(header: string | undefined): string | null {
  const offered = (header ?? '').split(',').map((name) => name.trim());
  const token = offered.find((name) => name.startsWith(tokenProtocol));
  return token === undefined ? null : Buffer.from(token.slice(tokenProtocol.length), 'base64url').toString('utf8');
}

function refuse(socket: Duplex, status: number, detail: string): void {
  const title = { 400: 'Bad Request', 401: 'Unauthorized', 404: 'Not Found', 503: 'Service Unavailable' }[status];
  const body = JSON.stringify({ type: 'about:blank', title, status, detail });
  // Both ways: a client that never hangs up must not keep the socket.
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `${status === 401 ? 'WWW-Authenticate: Bearer\r\n' : ''}Connection: close\r\n\r\n${body}`,
  );
}
