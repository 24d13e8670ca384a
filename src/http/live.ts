// The WebSocket feed at /live: sockets made of upgrades that were let in (liveroute.ts). What is said and told lies in livesession.ts.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { LiveCaller, LiveContext, LiveStats } from './context.ts';
import { LiveClients } from './liveclients.ts';
import { LiveSession, messageMax } from './livesession.ts';
import { endWithProblem } from './socketfaults.ts';

export const liveProtocol = 'cdrd.v1';

/** Beyond this the library hangs up by itself, without a word; below, livesession.ts says what the limit is. */
const payloadMax = 8 * messageMax;

/** Serves /live on any number of HTTP servers. */
export class Live {
  /** Everybody who listens, over WebSocket or not. */
  readonly clients: LiveClients;
  readonly #context: LiveContext;
  readonly #sockets: WebSocketServer;
  readonly #ids = new WeakMap<IncomingMessage, string>();

  constructor(context: LiveContext) {
    this.#context = context;
    this.clients = new LiveClients(context);
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: payloadMax,
      perMessageDeflate: false,
      // The token is never echoed: of what the client offers only our own protocol is chosen.
      handleProtocols: (offered) => (offered.has(liveProtocol) ? liveProtocol : false),
    });
    this.#sockets.on('headers', (lines, request) => lines.push(`X-Request-Id: ${this.#ids.get(request)}`));
    this.#sockets.on('wsClientError', (error, socket, request) =>
      endWithProblem(socket, 400, error.message, context.log, this.#ids.get(request)),
    );
  }

  get stats(): LiveStats {
    return this.clients.stats;
  }

  /** Makes a WebSocket of a request that may have one; one that is none is refused. */
  welcome(request: IncomingMessage, socket: Duplex, head: Buffer, id: string, caller: LiveCaller): void {
    this.#ids.set(request, id);
    this.#sockets.handleUpgrade(request, socket, head, (ws) => {
      ws.on('close', this.clients.add(new LiveSession(ws, socket, this.#context, this.clients, caller)));
    });
  }

  /** Says goodbye to everybody (1001), then hangs up. */
  async close(): Promise<void> {
    await this.clients.close();
    this.#sockets.close();
  }
}
