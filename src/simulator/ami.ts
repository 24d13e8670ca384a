// A real AMI server on a TCP socket, as far as a listener to CDRs meets one (Asterisk main/manager.c), and the
// misbehaviour tests need. One user, who may read class `cdr` and nothing else. Not here: TLS, MD5 login, the second
// Asterisk waits before refusing.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { messageOf, Unavailable } from '../errors.ts';
import { openSession, type Account, type EventClass, type Session } from './session.ts';

export interface AmiPeerOptions {
  /** `127.0.0.1` unless a test needs another. */
  host: string;
  /** 0 = any free port. */
  port: number;
  username: string;
  secret: string;
  /** Bytes a client may leave unread before it is cut off; Asterisk's own limit is 100 ms (`writetimeout`). */
  maxUnread?: number;
}

export interface AmiPeer {
  readonly port: number;
  /** Clients that are logged in and want events. */
  readonly listening: number;
  /** Connections ever accepted, refused logins, clients cut off for not reading, events nobody heard. */
  readonly counts: { accepted: number; refused: number; cut: number; unheard: number };
  /** Resolves when at least `clients` listen. */
  whenListening(clients?: number): Promise<void>;
  /** Sends an event's bytes to every client that listens to its class (`cdr`), and returns how many got it. */
  broadcast(bytes: string, kind?: EventClass): number;
  /** Sends the first half of an event's bytes to every client, then closes the connections. */
  cutMidEvent(bytes: string): void;
  /** Destroys every connection. */
  dropClients(): void;
  /** While on: neither reads nor writes, also on new connections, and closes nothing, like a frozen machine. */
  mute(on: boolean): void;
  /** While on: every login fails, as after a changed secret. */
  refuseLogins(on: boolean): void;
  close(): Promise<void>;
}

const MAX_UNREAD = 1_048_576;

/** Listens. Throws Unavailable when the address is taken. */
export async function openAmiPeer(options: AmiPeerOptions): Promise<AmiPeer> {
  const { host, maxUnread = MAX_UNREAD } = options;
  const account: Account = { username: options.username, secret: options.secret, refused: false };
  const counts = { accepted: 0, refused: 0, cut: 0, unheard: 0 };
  const sessions = new Set<Session>();
  const waiters = new Set<() => void>();
  let muted = false;

  const listening = (kind?: EventClass): Session[] => [...sessions].filter((session) => session.listens(kind));
  const changed = (): void => waiters.forEach((check) => check());
  // As Asterisk (main/manager.c): an event waits for no earlier one to be acknowledged.
  const server = createServer({ noDelay: true }, (socket) => {
    counts.accepted++;
    const session = openSession(socket, account, {
      changed,
      refused: () => void counts.refused++,
    });
    sessions.add(session);
    socket.once('close', () => sessions.delete(session));
    if (muted) session.mute(true);
    else session.greet();
  });
  await listen(server, options.port, host);

  /** Writes and cuts the client off when it has left too much unread. */
  function send(socket: Socket, bytes: string): void {
    socket.write(bytes);
    if (socket.writableLength <= maxUnread) return;
    counts.cut++;
    socket.destroy();
  }

  return {
    port: (server.address() as AddressInfo).port,
    get listening() {
      return listening().length;
    },
    counts,
    whenListening: (clients = 1) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (listening().length < clients) return;
          waiters.delete(check);
          resolve();
        };
        waiters.add(check);
        check();
      }),
    broadcast(bytes, kind = 'cdr') {
      const hearers = muted ? [] : listening(kind);
      if (hearers.length === 0 && kind === 'cdr') counts.unheard++;
      for (const { socket } of hearers) send(socket, bytes);
      return hearers.length;
    },
    cutMidEvent(bytes) {
      const half = bytes.slice(0, Math.ceil(bytes.length / 2));
      for (const { socket } of listening()) socket.end(half, () => socket.destroy());
    },
    dropClients() {
      for (const { socket } of sessions) socket.destroy();
    },
    mute(on) {
      muted = on;
      for (const session of sessions) session.mute(on);
    },
    refuseLogins(on) {
      account.refused = on;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const { socket } of sessions) socket.destroy();
      }),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Unavailable(`simulated AMI on ${host}:${port}: ${messageOf(error)}`, { cause: error })),
    );
    server.listen(port, host, resolve);
  });
}
