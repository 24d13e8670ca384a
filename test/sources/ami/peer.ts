// A small AMI server that a test can script: what it sends, when it falls silent, how it refuses. Not an Asterisk.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

export const banner = 'Asterisk Call Manager/11.0.0\r\n';

export interface PeerOptions {
  banner?: string;
  /** What is answered to Login; null: nothing. */
  login?: (session: Session, actionId: string) => string | null;
  /** What is answered to Events; `{id}` becomes the ActionID. */
  events?: string;
  /** What is answered to other actions, by their names in lower case; `{id}` becomes the ActionID. */
  others?: Record<string, string>;
  port?: number;
  tls?: { key: string; cert: string };
}

/** One client's connection. */
export class Session {
  /** Actions in order, headers in lower case. */
  readonly actions: Record<string, string>[] = [];
  readonly socket: Socket;
  isClosed = false;
  /** False: reads nothing and answers nothing, and closes nothing. */
  isAwake = true;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** How often the client has asked for this action. */
  count(action: string): number {
    return this.actions.filter((headers) => headers['action']?.toLowerCase() === action).length;
  }

  fallAsleep(): void {
    this.isAwake = false;
    this.socket.pause();
  }
}

export class Peer {
  readonly sessions: Session[] = [];
  readonly #server: Server;

  private constructor(options: PeerOptions) {
    const serve = (socket: Socket) => this.#serve(socket, options);
    this.#server = options.tls ? createTlsServer(options.tls, serve) : createServer(serve);
  }

  static async start(options: PeerOptions = {}): Promise<Peer> {
    const peer = new Peer(options);
    peer.#server.listen(options.port ?? 0, '127.0.0.1');
    await once(peer.#server, 'listening');
    return peer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get last(): Session {
    const session = this.sessions.at(-1);
    if (session === undefined) throw new Error('nobody has connected to the peer');
    return session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.sessions) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket, options: PeerOptions): void {
    const session = new Session(socket);
    this.sessions.push(session);
    let text = '';
    socket.on('error', () => undefined);
    socket.on('close', () => (session.isClosed = true));
    socket.on('data', (chunk) => {
      text += chunk.toString();
      const messages = text.split('\r\n\r\n');
      text = messages.pop() ?? '';
      for (const message of messages) this.#answer(session, headersOf(message), options);
    });
    socket.write(options.banner ?? banner);
  }

  #answer(session: Session, action: Record<string, string>, options: PeerOptions): void {
    session.actions.push(action);
    if (!session.isAwake) return;
    const id = action['actionid'] ?? '';
    switch ((action['action'] ?? '').toLowerCase()) {
      case 'login': {
        const answer = options.login === undefined ? accept(id) : options.login(session, id);
        if (answer !== null) session.send(answer);
        break;
      }
      case 'events':
        session.send(
          options.events?.replace('{id}', id) ?? `Response: Success\r\nActionID: ${id}\r\nEvents: On\r\n\r\n`,
        );
        break;
      case 'ping':
        session.send(`Response: Success\r\nActionID: ${id}\r\nPing: Pong\r\nTimestamp: 1795314479.411497\r\n\r\n`);
        break;
      case 'logoff':
        session.socket.end(`Response: Goodbye\r\nActionID: ${id}\r\nMessage: Thanks for all the fish.\r\n\r\n`);
        break;
      default:
        session.send(
          options.others?.[action['action']!.toLowerCase()]?.replaceAll('{id}', id) ??
            refuse(id, 'Invalid/unknown command'),
        );
    }
  }
}

export function accept(actionId: string): string {
  return `Response: Success\r\nActionID: ${actionId}\r\nMessage: Authentication accepted\r\n\r\n`;
}

export function refuse(actionId: string, message = 'Authentication failed'): string {
  return `Response: Error\r\nActionID: ${actionId}\r\nMessage: ${message}\r\n\r\n`;
}

/** A Cdr event with these headers, after the two that Asterisk puts first. */
export function cdr(headers: Record<string, string>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `Event: Cdr\r\nPrivilege: cdr,all\r\n${lines.join('')}\r\n`;
}

function headersOf(message: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of message.split('\r\n')) {
    const colon = line.indexOf(': ');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 2);
  }
  return headers;
}
