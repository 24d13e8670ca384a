// One WebSocket client of the feed: connected → (token) → hello → subscribe, unsubscribe … → gone; every wait and buffer is bounded.
// What it is told lies in subscriptions.ts, how much may wait for it in outlet.ts.
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { byOf, type Principal } from './auth.ts';
import type { LiveCaller, LiveContext } from './context.ts';
import type { LiveClient, LiveClients } from './liveclients.ts';
import { messageOf } from './liveframe.ts';
import { nonsense, readMessage, type Subscribe } from './livemessage.ts';
import type { ToldMessage } from './livewords.ts';
import { Outlet } from './outlet.ts';
import { Subscriptions, type Voice } from './subscriptions.ts';

/** How long a client that is cut may take for the close handshake. */
export const cutMs = 2000;
/** Messages a client may send within `messagesMs` beside `limits.live_subscriptions`: login, changed filters, pings, mistakes. */
const messagesMax = 100;
const messagesMs = 60_000;
/** Longest message a client may send, in bytes: a subscription is some hundred. */
export const messageMax = 8 * 1024;
/** With so many messages waiting (for the look-up of a token, say) no more are read: they wait in the client's line, not with us. */
const waitingMax = 8;
/** Beyond `messagesMax`. Of the private codes (RFC 6455 §7.4.2), after HTTP's 429: 1008 is for tokens that do not count. */
const tooManyCode = 4429;

const voice: Voice = {
  telling: messageOf,
  message: (message) => Buffer.from(JSON.stringify(message)),
};

export class LiveSession implements LiveClient {
  readonly #ws: WebSocket;
  readonly #context: LiveContext;
  readonly #outlet: Outlet;
  readonly #loginTimer: NodeJS.Timeout;
  #subscriptions: Subscriptions | undefined;
  #caller: LiveCaller;
  #isAlive = true;
  #messages = { count: 0, since: performance.now() };
  #waiting = 0;
  #handling: Promise<void> = Promise.resolve();

  /** `socket` is what `ws` was made of. */
  constructor(ws: WebSocket, socket: Duplex, context: LiveContext, clients: LiveClients, caller: LiveCaller) {
    this.#ws = ws;
    this.#context = context;
    this.#caller = caller;
    const wire = {
      waiting: () => ws.bufferedAmount,
      write: (frame: Buffer) => {
        if (ws.readyState === ws.OPEN) ws.send(frame, { binary: false });
      },
      cork: () => socket.cork(),
      uncork: () => socket.uncork(),
      // Its pong stands behind all this in the line.
      taken: () => (this.#isAlive = true),
      cut: (reason: string) => {
        clients.tellCut(this.#caller, reason);
        void this.end(1013, `too slow: ${reason}; resume with after = your last seq`, cutMs);
      },
    };
    this.#outlet = new Outlet(wire, context.limits, clients.stats);
    this.#loginTimer = setTimeout(() => {
      const sentence = `no token within ${context.loginSeconds} s (auth.login_seconds)`;
      if (!this.#subscriptions) void this.end(1008, sentence, cutMs);
    }, context.loginSeconds * 1000);
    ws.on('pong', () => (this.#isAlive = true));
    ws.on('error', (error) => caller.log.debug({ err: error }, 'a WebSocket client broke the protocol or its line'));
    ws.on('message', (data, isBinary) => this.#take(data, isBinary));
    ws.on('close', () => this.#leave());
    if (caller.principal) this.#welcome(caller.principal);
  }

  get secret(): string | null {
    return this.#caller.principal && this.#caller.secret;
  }

  get principal(): Principal | null {
    return this.#caller.principal;
  }

  /** Once per heartbeat: one that has given no sign of life since the last is hung up on. */
  ping(): void {
    if (this.#outlet.isClosed) return;
    // Its pong lies unread.
    if (this.#ws.isPaused) return;
    if (!this.#isAlive) return this.#ws.terminate();
    this.#isAlive = false;
    this.#ws.ping();
  }

  progress(): void {
    if (!this.#outlet.isClosed) this.#subscriptions?.progress();
  }

  /** No more frames; a close handshake, then the line is cut. Resolves when the socket is gone. */
  async end(code: number, reason: string, limitMs: number): Promise<void> {
    if (this.#ws.readyState === this.#ws.CLOSED) return;
    const gone = new Promise((resolve) => this.#ws.once('close', resolve));
    const limit = setTimeout(() => this.#ws.terminate(), limitMs);
    if (!this.#outlet.isClosed) {
      this.#stop();
      this.#ws.resume();
      this.#ws.close(code, reason);
    }
    await gone;
    clearTimeout(limit);
  }

  #leave(): void {
    clearTimeout(this.#loginTimer);
    this.#stop();
  }

  #stop(): void {
    this.#outlet.close();
    this.#subscriptions?.close();
  }

  #welcome({ within }: Principal): void {
    clearTimeout(this.#loginTimer);
    const { feed, board } = this.#context;
    this.#subscriptions = new Subscriptions({
      ...{ feed, board, within, voice, outlet: this.#outlet },
      fail: (error) => this.#fail(error, 'the feed could not be told to a WebSocket client'),
    });
    this.#say({ type: 'hello', generation: feed.generation, seq: feed.head });
  }

  #take(data: RawData, isBinary: boolean): void {
    if (this.#outlet.isClosed) return;
    this.#isAlive = true;
    const now = performance.now();
    if (now - this.#messages.since > messagesMs) this.#messages = { count: 0, since: now };
    this.#messages.count += 1;
    this.#waiting += 1;
    if ((data as Buffer).length > messageMax)
      return void this.end(1009, `the message is larger than ${messageMax} bytes`, cutMs);
    const most = messagesMax + this.#context.limits.live_subscriptions;
    if (this.#messages.count > most) return void this.end(tooManyCode, tooMany(most), cutMs);
    if (this.#waiting >= waitingMax) this.#ws.pause();
    // One message after the other: a subscription must not overtake the check of its token.
    this.#handling = this.#handling
      .then(() => this.#handle(data, isBinary))
      .catch((error: unknown) => this.#fail(error, 'a WebSocket client could not be served'))
      .finally(() => {
        this.#waiting -= 1;
        if (this.#waiting < waitingMax) this.#ws.resume();
      });
  }

  async #handle(data: RawData, isBinary: boolean): Promise<void> {
    if (this.#outlet.isClosed) return;
    const message = readMessage(data, isBinary);
    const subscriptions = this.#subscriptions;
    if (!subscriptions && message.type !== 'auth')
      return void this.end(1008, 'the first message must be {"type":"auth","token":"…"}', cutMs);
    if (message.type === 'error') return this.#say(message);
    if (message.type === 'auth') return this.#login(message.token);
    if (message.type === 'ping') return this.#say({ type: 'pong' });
    if (message.type === 'subscribe') return this.#subscribe(message, subscriptions!);
    const gone = subscriptions!.stop(message.id);
    if (!gone) return this.#say(nonsense('this socket has no subscription of that id', message.id));
    this.#say({ type: 'unsubscribed', id: message.id, seq: gone.place });
  }

  async #login(secret: string): Promise<void> {
    if (this.#subscriptions) return this.#say(nonsense('this socket has shown a token already'));
    const { auth } = this.#context;
    const principal = await auth.principalOf(secret);
    const { address } = this.#caller;
    if (!principal) {
      auth.refused({ by: byOf(null, address), what: 'auth message on /live', status: 401 });
      return void this.end(1008, 'the token is unknown or revoked', cutMs);
    }
    if (this.#outlet.isClosed) return;
    this.#caller = { ...this.#caller, principal, secret };
    this.#welcome(principal);
  }

  async #subscribe({ id, after, generation, wish }: Subscribe, subscriptions: Subscriptions): Promise<void> {
    const { feed, limits } = this.#context;
    const isKnown = subscriptions.has(id ?? null);
    if (isKnown && id === undefined)
      return this.#say(nonsense('this socket has a subscription already; one with an "id" can be replaced'));
    if (!isKnown && subscriptions.size >= limits.live_subscriptions) {
      const most = `${limits.live_subscriptions} subscriptions are open, no more are taken (limits.live_subscriptions)`;
      return this.#say(nonsense(most, id));
    }
    const resync = await feed.resync(after ?? 0, generation);
    if (this.#outlet.isClosed) return;
    if (resync) return this.#say({ type: 'resync', ...(id === undefined ? {} : { id }), ...resync });
    subscriptions.start(id ?? null, after ?? null, wish);
  }

  #fail(error: unknown, sentence: string): void {
    this.#caller.log.warn({ err: error }, sentence);
    void this.end(1011, 'something went wrong here; the log of cdrd says what', cutMs);
  }

  #say(message: ToldMessage): void {
    this.#outlet.send(Buffer.from(JSON.stringify(message)));
  }
}

function tooMany(most: number): string {
  return `more than ${most} messages in ${messagesMs / 1000} s (${messagesMax} and limits.live_subscriptions)`;
}
