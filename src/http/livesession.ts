// One client of the feed. connected → (token) → hello → subscribe → replay → live → gone; every wait and buffer is bounded.
//
//   replay reads pages from the store up to the feed's head; when a page leaves nothing between its place and the head,
//   the session subscribes in the same tick, so nothing can be committed in between: no seam.
import { setTimeout as delay } from 'node:timers/promises';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { RawData, WebSocket } from 'ws';
import { dispositions } from '../cdr/cdr.ts';
import { matches, type CdrFilter } from '../cdr/query.ts';
import { messageOf } from '../errors.ts';
import type { Change } from '../store/read.ts';
import type { Auth, Principal } from './auth.ts';
import type { HttpContext } from './context.ts';
import { toNative } from './dialects/native/shape.ts';

export interface LiveStats {
  clients: number;
  frames: number;
  bytes: number;
  cuts: number;
}

const text = Type.Optional(Type.String({ minLength: 1, maxLength: 255 }));

export const Subscribe = Type.Object(
  {
    type: Type.Literal('subscribe'),
    after: Type.Optional(Type.Union([Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), Type.Null()])),
    generation: Type.Optional(Type.String({ maxLength: 64 })),
    filter: Type.Optional(
      Type.Object(
        { company: text, extension: text, system: text, disposition: Type.Optional(Type.Enum([...dispositions])) },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
type Subscribe = Static<typeof Subscribe>;

const AuthMessage = Type.Object({ type: Type.Literal('auth'), token: Type.String() }, { additionalProperties: false });

const replayPage = 500;
/** How long a client that is cut may take for the close handshake. */
const cutMs = 2000;
/** Messages a client may send: login, subscription, and some slack for mistakes. */
const messagesMax = 100;

type Context = Pick<HttpContext, 'store' | 'feed' | 'limits' | 'log'> & { auth: Auth; loginSeconds: number };

export class LiveSession {
  readonly #ws: WebSocket;
  readonly #context: Context;
  readonly #stats: LiveStats;
  readonly #loginTimer: NodeJS.Timeout;
  #principal: Principal | null;
  #secret: string | null;
  #filter: CdrFilter | null = null;
  #unsubscribe: () => void = () => undefined;
  #isAlive = true;
  #isEnding = false;
  #messages = 0;
  #handling: Promise<void> = Promise.resolve();

  constructor(ws: WebSocket, context: Context, stats: LiveStats, principal: Principal | null, secret: string | null) {
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

  /** Once per heartbeat. */
  async beat(): Promise<void> {
    if (!this.#isAlive) return this.#ws.terminate();
    this.#isAlive = false;
    this.#ws.ping();
    if (this.#secret !== null && this.#principal && !(await this.#context.auth.principalOf(this.#secret))) {
      await this.end(1008, 'the token was revoked', cutMs);
    }
  }

  /** No more frames; a close handshake, then the line is cut. Resolves when the socket is gone. */
  async end(code: number, reason: string, limitMs: number): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#unsubscribe();
    const gone = new Promise((resolve) => this.#ws.once('close', resolve));
    if (this.#ws.readyState === this.#ws.CLOSED) return;
    this.#ws.close(code, reason);
    const limit = setTimeout(() => this.#ws.terminate(), limitMs);
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
    this.#send(JSON.stringify({ type: 'hello', generation: this.#context.feed.generation, seq: this.#context.feed.head }));
  }

  #take(data: RawData, isBinary: boolean): void {
    this.#isAlive = true;
    this.#messages += 1;
    if (this.#messages > messagesMax) return void this.end(1008, `more than ${messagesMax} messages`, cutMs);
    // One message after the other: a subscription must not overtake the check of its token.
    this.#handling = this.#handling.then(() => this.#handle(data, isBinary)).catch((error: unknown) => {
      this.#context.log.warn({ err: error }, 'a WebSocket client could not be served');
      void this.end(1011, 'something went wrong here; the log of cdrd says what', cutMs);
    });
  }

  async #handle(data: RawData, isBinary: boolean): Promise<void> {
    if (this.#isEnding) return;
    const message = isBinary ? null : parse(data);
    if (typeof message !== 'object' || message === null) return this.#fault('expected a JSON object');
    const { type } = message as { type?: unknown };
    if (type === 'auth') return this.#login(message);
    if (!this.#principal) return void this.end(1008, 'the first message must be {"type":"auth","token":…}', cutMs);
    if (type !== 'subscribe') return this.#fault(`type ${JSON.stringify(type)?.slice(0, 50)} is not known, expected "subscribe"`);
    if (!Value.Check(Subscribe, message)) {
      const faults = Value.Errors(Subscribe, message).filter((error) => error.keyword !== 'boolean');
      return this.#fault(faults.map((error) => `${error.instancePath.slice(1).replaceAll('/', '.') || 'message'} ${error.message}`).join('; '));
    }
    if (this.#filter) return this.#fault('this socket has a subscription already; open another socket for another filter');
    this.#subscribe(message);
  }

  async #login(message: object): Promise<void> {
    if (this.#principal) return this.#fault('this socket has shown a token already');
    const secret = Value.Check(AuthMessage, message) ? message.token : '';
    const principal = await this.#context.auth.principalOf(secret);
    if (this.#isEnding) return;
    if (!principal) return void this.end(1008, 'the token is unknown or revoked', cutMs);
    this.#principal = principal;
    this.#secret = secret;
    this.#hello();
  }

  #subscribe({ after, generation, filter }: Subscribe): void {
    const { feed } = this.#context;
    const from = after ?? feed.head;
    const reason =
      generation !== undefined && generation !== feed.generation ? 'generation' : from > feed.head ? 'place' : null;
    if (reason) return this.#send(JSON.stringify({ type: 'resync', reason, generation: feed.generation, seq: feed.head }));
    this.#filter = given(filter ?? {});
    // Not awaited: messages go on being read (a client may send nonsense or go away) while the replay runs.
    this.#replay(from).catch((error: unknown) => {
      this.#context.log.warn({ err: error }, 'a replay broke off');
      void this.end(1011, `the replay broke off: ${messageOf(error).slice(0, 80)}`, cutMs);
    });
  }

  async #replay(from: number): Promise<void> {
    const { store, feed } = this.#context;
    let place = from;
    while (!this.#isEnding) {
      const head = feed.head;
      if (place >= head) {
        this.#unsubscribe = feed.subscribe((change) => this.#tell(change));
        this.#send(JSON.stringify({ type: 'live', seq: place }));
        return;
      }
      const page = await store.changes(place, head, replayPage);
      for (const change of page) {
        this.#tell(change);
        if (this.#ws.bufferedAmount > this.#context.limits.live_buffer_bytes / 2) await this.#drained();
      }
      place = page.length < replayPage ? head : page.at(-1)!.seq;
      await this.#drained();
    }
  }

  /** Waits until the client has taken what it was sent; one that takes nothing for too long is cut. */
  async #drained(): Promise<void> {
    const { limits } = this.#context;
    let last = this.#ws.bufferedAmount;
    let since = performance.now();
    while (!this.#isEnding && this.#ws.bufferedAmount > limits.live_buffer_bytes / 4) {
      await delay(5);
      const now = this.#ws.bufferedAmount;
      if (now < last) since = performance.now();
      last = now;
      if (performance.now() - since > limits.live_stall_seconds * 1000) this.#cut();
    }
  }

  #tell(change: Change): void {
    if (this.#isEnding) return;
    const op = opFor(change, this.#filter!, this.#principal!);
    if (!op) return;
    this.#send(frameOf(change, op));
    if (this.#ws.bufferedAmount > this.#context.limits.live_buffer_bytes) this.#cut();
  }

  #cut(): void {
    if (this.#isEnding) return;
    this.#stats.cuts += 1;
    void this.end(1013, 'too slow: resume with after = your last seq', cutMs);
  }

  #fault(message: string): void {
    this.#send(JSON.stringify({ type: 'error', message }));
  }

  #send(frame: string | Buffer): void {
    if (this.#isEnding) return;
    this.#stats.frames += 1;
    this.#stats.bytes += frame.length;
    this.#ws.send(frame, { binary: false });
  }
}

/** What a change is to this client: a record that left its view is `deleted`, one that came into it `created`. */
function opFor({ op, cdr, was }: Change, filter: CdrFilter, { within }: Principal): 'created' | 'updated' | 'deleted' | null {
  const isIn = matches(cdr, filter, within);
  if (was === null) return isIn ? op : null;
  const wasIn = matches(was, filter, within);
  if (isIn) return wasIn ? op : 'created';
  return wasIn ? 'deleted' : null;
}

const frames = new WeakMap<Change, Map<string, Buffer>>();

/** Serialised once for all clients that are told the same. */
function frameOf(change: Change, op: 'created' | 'updated' | 'deleted'): Buffer {
  let ofChange = frames.get(change);
  if (!ofChange) frames.set(change, (ofChange = new Map()));
  let frame = ofChange.get(op);
  if (!frame) {
    const cdr = op === 'deleted' ? { id: change.cdr.id } : toNative(change.cdr);
    frame = Buffer.from(JSON.stringify({ type: 'cdr', op, seq: change.seq, cdr }));
    ofChange.set(op, frame);
  }
  return frame;
}

function parse(data: RawData): unknown {
  try {
    return JSON.parse((data as Buffer).toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

/** Only what was given: an absent key is no condition. */
function given(filter: NonNullable<Subscribe['filter']>): CdrFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as CdrFilter;
}
