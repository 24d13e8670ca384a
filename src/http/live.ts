// The WebSocket feed at /live: who may listen, and the life of the sockets. What a client is sent is decided in livesession.ts.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { bearerOf, type Principal } from './auth.ts';
import type { LiveContext, LiveStats } from './context.ts';
import { cutMs, LiveSession, type SessionContext } from './livesession.ts';
import { Turns } from './turns.ts';

export const livePath = '/live';
export const liveProtocol = 'cdrd.v1';
const tokenProtocol = 'cdrd.token.';

/** Longest message a client may send: a subscription is some hundred bytes. */
const messageMax = 8 * 1024;
const closingMs = 500;
/** Most sockets that have not shown a token yet: whoever has none must not lock out whoever has one. */
const strangersMax = 100;

/** Serves /live on any number of HTTP servers. */
export class Live {
  readonly stats: LiveStats = { clients: 0, frames: 0, bytes: 0, cuts: 0 };
  readonly #context: SessionContext;
  readonly #sessions = new Set<LiveSession>();
  readonly #sockets: WebSocketServer;
  readonly #heartbeat: NodeJS.Timeout;
  #isClosing = false;
  #isChecking = false;
  #isBlind = false;

  constructor(context: LiveContext) {
    this.#context = { ...context, turns: new Turns() };
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: messageMax,
      perMessageDeflate: false,
      // The token is never echoed: of what the client offers only our own protocol is chosen.
      handleProtocols: (offered) => (offered.has(liveProtocol) ? liveProtocol : false),
    });
    this.#heartbeat = setInterval(() => void this.#beat(), context.limits.live_ping_seconds * 1000).unref();
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

  /** Says goodbye (1001), then hangs up. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#heartbeat);
    const gone = [...this.#sessions].map((session) => session.end(1001, 'cdrd is stopping', closingMs));
    await Promise.all(gone);
    this.#sockets.close();
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (request.url?.split('?')[0] !== livePath) return refuse(socket, 404, 'the feed is at /live');
    if (request.url.includes('?'))
      return refuse(socket, 400, 'the URL takes no parameters; a token in it would end in logs');
    const secret = bearerOf(request.headers) ?? offeredToken(request.headers['sec-websocket-protocol']);
    const principal = secret === null ? null : await this.#context.auth.principalOf(secret);
    if (secret !== null && !principal) return refuse(socket, 401, 'the token is unknown or revoked');
    const full = this.#fullness(principal);
    if (full !== null) return refuse(socket, 503, full);
    if (socket.destroyed) return;
    this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#welcome(ws, principal, secret));
  }

  /** Why nobody more is let in, null while there is room. */
  #fullness(principal: Principal | null): string | null {
    const most = this.#context.limits.live_clients;
    if (this.#isClosing) return 'cdrd is stopping';
    if (this.#sessions.size >= most) return `${most} clients are connected, no more are let in (limits.live_clients)`;
    if (principal) return null;
    const strangers = [...this.#sessions].filter(({ secret }) => secret === null).length;
    const isCrowded = strangers >= Math.min(strangersMax, Math.ceil(most / 2));
    return isCrowded ? 'too many clients have not shown a token yet; send yours in the Authorization header' : null;
  }

  #welcome(ws: WebSocket, principal: Principal | null, secret: string | null): void {
    const session = new LiveSession(ws, this.#context, this.stats, principal, secret);
    this.#sessions.add(session);
    this.stats.clients = this.#sessions.size;
    ws.on('close', () => {
      this.#sessions.delete(session);
      this.stats.clients = this.#sessions.size;
    });
  }

  /** A client that missed a ping is gone; a token that was revoked since is shown out. */
  async #beat(): Promise<void> {
    for (const session of [...this.#sessions]) session.ping();
    // A store that is slow to answer must not gather beats.
    if (this.#isChecking) return;
    this.#isChecking = true;
    const { auth, log } = this.#context;
    try {
      for (const [secret, sessions] of Map.groupBy([...this.#sessions], (session) => session.secret)) {
        if (secret === null || (await auth.principalOf(secret))) continue;
        for (const session of sessions) void session.end(1008, 'the token was revoked', cutMs);
      }
      this.#isBlind = false;
    } catch (error) {
      if (!this.#isBlind)
        log.warn({ err: error }, 'tokens of WebSocket clients cannot be checked, trying again at each heartbeat');
      this.#isBlind = true;
    } finally {
      this.#isChecking = false;
    }
  }
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
