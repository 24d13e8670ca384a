// One client of the feed. connected → (token) → hello → subscribe → replay → live → gone; every wait and buffer is bounded.
//
//   replay reads pages from the store up to the feed's head; when a page leaves nothing between its place and the head,
//   the session subscribes in the same tick, so nothing can be published in between: no seam.
import { setTimeout as delay } from 'node:timers/promises';
import type { RawData, WebSocket } from 'ws';
import type { CdrFilter } from '../cdr/query.ts';
import type { Change } from '../store/read.ts';
import type { Principal } from './auth.ts';
import type { LiveContext, LiveStats } from './context.ts';
import { frameFor } from './liveframe.ts';
import { readMessage, type Subscribe } from './livemessage.ts';
import type { Turns } from './turns.ts';

/** Changes in hand per replaying client: they weigh on memory beside its buffer. */
const replayPage = 100;
/** How often a client that is behind in its replay is looked at. */
const drainMs = { first: 5, most: 100 };
/** How long a client that is cut may take for the close handshake. */
export const cutMs = 2000;
/** Messages a client may send: login, subscription, and some slack for mistakes. */
const messagesMax = 100;
/** Messages that may wait while its token is looked up. */
const waitingMax = 8;

export type SessionContext = LiveContext & { turns: Turns };

export class LiveSession {
  readonly #ws: WebSocket;
  readonly #context: SessionContext;
  readonly #stats: LiveStats;
  readonly #loginTimer: NodeJS.Timeout;
  #principal: Principal | null;
  #secret: string | null;
  #filter: CdrFilter | null = null;
  /** Everything up to here was told, or is not for this client. */
  #place = 0;
  #unsubscribe: () => void = () => undefined;
  #isAlive = true;
  #isEnding = false;
  #messages = 0;
  #waiting = 0;
  #handling: Promise<void> = Promise.resolve();

  constructor(
    ws: WebSocket,
    context: SessionContext,
    stats: LiveStats,
    principal: Principal | null,
    secret: string | null,
  ) {
    this.#ws = ws;
    this.#context = context;
    this.#stats = stats;
    this.#principal = principal;
    this.#secret = secret;
    this.#loginTimer = setTimeout(() => {
      if (!this.#principal) void this.end(1008, `no token within ${context.loginSeconds} s`, cutMs);
    }, context.loginSeconds * 1000);
    ws.on('pong', () => (this.#isAlive = true));
    ws.on('error', (error) => context.log.debug({ err: error }, 'a WebSocket client broke the protocol or its line'));
    ws.on('message', (data, isBinary) => this.#take(data, isBinary));
    ws.on('close', () => this.#leave());
    if (principal) this.#hello();
  }

  /** The token it has shown, null before that. */
  get secret(): string | null {
    return this.#principal && this.#secret;
  }

  /** Once per heartbeat: one that has given no sign of life since the last is hung up on. */
  ping(): void {
    if (this.#isEnding) return;
    if (!this.#isAlive) return this.#ws.terminate();
    this.#isAlive = false;
    this.#ws.ping();
  }

  /** No more frames; a close handshake, then the line is cut. Resolves when the socket is gone. */
  async end(code: number, reason: string, limitMs: number): Promise<void> {
    if (this.#ws.readyState === this.#ws.CLOSED) return;
    const gone = new Promise((resolve) => this.#ws.once('close', resolve));
    const limit = setTimeout(() => this.#ws.terminate(), limitMs);
    if (!this.#isEnding) {
      this.#isEnding = true;
      this.#unsubscribe();
      this.#ws.close(code, reason);
    }
    await gone;
    clearTimeout(limit);
  }

  #leave(): void {
    this.#isEnding = true;
    clearTimeout(this.#loginTimer);
    this.#unsubscribe();
  }

  #hello(): void {
    clearTimeout(this.#loginTimer);
    this.#say({ type: 'hello', generation: this.#context.feed.generation, seq: this.#context.feed.head });
  }

  #take(data: RawData, isBinary: boolean): void {
    if (this.#isEnding) return;
    this.#isAlive = true;
    this.#messages += 1;
    this.#waiting += 1;
    if (this.#messages > messagesMax) return void this.end(1008, `more than ${messagesMax} messages`, cutMs);
    if (this.#waiting > waitingMax) return void this.end(1008, `more than ${waitingMax} messages at once`, cutMs);
    // One message after the other: a subscription must not overtake the check of its token.
    this.#handling = this.#handling
      .then(() => this.#handle(data, isBinary))
      .catch((error: unknown) => this.#fail(error, 'a WebSocket client could not be served'))
      .finally(() => (this.#waiting -= 1));
  }

  async #handle(data: RawData, isBinary: boolean): Promise<void> {
    if (this.#isEnding) return;
    const message = readMessage(data, isBinary);
    const isLogin = typeof message === 'object' && message.type === 'auth';
    if (!this.#principal && !isLogin) {
      return void this.end(1008, 'the first message must be {"type":"auth","token":"…"}', cutMs);
    }
    if (typeof message === 'string') return this.#fault(message);
    if (message.type === 'auth') return this.#login(message.token);
    if (this.#filter)
      return this.#fault('this socket has a subscription already; open another socket for another filter');
    return this.#subscribe(message);
  }

  async #login(secret: string): Promise<void> {
    if (this.#principal) return this.#fault('this socket has shown a token already');
    const principal = await this.#context.auth.principalOf(secret);
    if (this.#isEnding) return;
    if (!principal) return void this.end(1008, 'the token is unknown or revoked', cutMs);
    this.#principal = principal;
    this.#secret = secret;
    this.#hello();
  }

  async #subscribe({ after, generation, filter }: Subscribe): Promise<void> {
    const { feed, store } = this.#context;
    const from = after ?? feed.head;
    // Another daemon on the same store may be ahead of our feed.
    const isBeyond = from > feed.head && from > (await store.head());
    if (this.#isEnding) return;
    const isOther = generation !== undefined && generation !== feed.generation;
    const reason = isOther ? 'generation' : isBeyond ? 'place' : null;
    if (reason) return this.#say({ type: 'resync', reason, generation: feed.generation, seq: feed.head });
    this.#place = from;
    this.#filter = { ...filter };
    // Not awaited: messages go on being read (a client may send nonsense or go away) while the replay runs.
    this.#replay().catch((error: unknown) => this.#fail(error, 'a replay broke off'));
  }

  async #replay(): Promise<void> {
    const { store, feed, turns } = this.#context;
    while (!this.#isEnding) {
      const head = feed.head;
      if (this.#place >= head) {
        this.#unsubscribe = feed.subscribe((change) => this.#hear(change));
        return this.#say({ type: 'live', seq: this.#place });
      }
      const page = await turns.take(async () => (this.#isEnding ? [] : store.changes(this.#place, head, replayPage)));
      for (const change of page) await this.#retell(change);
      if (page.length < replayPage) this.#place = head;
    }
  }

  /** A change of the past: the client's pace is the pace of the replay. */
  async #retell(change: Change): Promise<void> {
    const half = this.#context.limits.live_buffer_bytes / 2;
    this.#place = change.seq;
    const frame = this.#isEnding ? null : frameFor(change, this.#filter!, this.#principal!.within);
    if (!frame) return;
    const waiting = this.#ws.bufferedAmount;
    if (waiting > 0 && waiting + frame.length > half)
      await this.#drained(Math.max(0, Math.min(half / 2, half - frame.length)));
    this.#send(frame);
  }

  /** Waits until at most `bytes` wait for the client; one that takes nothing for too long is cut. */
  async #drained(bytes: number): Promise<void> {
    const { live_stall_seconds: stallSeconds } = this.#context.limits;
    let last = this.#ws.bufferedAmount;
    let since = performance.now();
    for (
      let wait = drainMs.first;
      !this.#isEnding && this.#ws.bufferedAmount > bytes;
      wait = Math.min(wait * 2, drainMs.most)
    ) {
      await delay(wait);
      const now = this.#ws.bufferedAmount;
      if (now < last) {
        // Its pong stands behind all this in the line.
        this.#isAlive = true;
        since = performance.now();
      }
      last = now;
      if (performance.now() - since > stallSeconds * 1000) this.#cut();
    }
  }

  /** A change of this moment. It must not throw: the feed has other clients to tell. */
  #hear(change: Change): void {
    if (this.#isEnding || change.seq <= this.#place) return;
    this.#place = change.seq;
    try {
      const frame = frameFor(change, this.#filter!, this.#principal!.within);
      if (!frame) return;
      const waiting = this.#ws.bufferedAmount;
      // Who has taken everything gets any frame, however large.
      if (waiting > 0 && waiting + frame.length > this.#context.limits.live_buffer_bytes) this.#cut();
      else this.#send(frame);
    } catch (error) {
      this.#fail(error, 'a change could not be told to a WebSocket client');
    }
  }

  #cut(): void {
    if (this.#isEnding) return;
    this.#stats.cuts += 1;
    void this.end(1013, 'too slow: resume with after = your last seq', cutMs);
  }

  #fail(error: unknown, sentence: string): void {
    this.#context.log.warn({ err: error }, sentence);
    void this.end(1011, 'something went wrong here; the log of cdrd says what', cutMs);
  }

  #fault(message: string): void {
    this.#say({ type: 'error', message });
  }

  #say(message: object): void {
    this.#send(Buffer.from(JSON.stringify(message)));
  }

  #send(frame: Buffer): void {
    if (this.#isEnding || this.#ws.readyState !== this.#ws.OPEN) return;
    this.#stats.frames += 1;
    this.#stats.bytes += frame.length;
    this.#ws.send(frame, { binary: false });
  }
}
