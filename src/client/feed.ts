// The feed with a memory: it knows how far it has come, and when the line breaks it goes on there. No change is missed, none comes twice.
//
//   connecting ──hello──▶ (subscribe) ──▶ replaying ──live──▶ live
//       ▲                                     │                 │
//       └── waiting (backoff, or a full buffer) ◀──line broken──┘        over: stopped, or refused for good
import type { Static } from 'typebox';
import type { ToldCall, ToldMessage } from '../http/livewords.ts';
import type { GivenCallFilter } from '../http/callfilter.ts';
import type { GivenFilter } from '../http/filter.ts';
import { NowCalls } from './now.ts';
import { EventQueue, type FeedPlace, type LiveEvent } from './queue.ts';
import type { CallOptions, Requests } from './request.ts';
import { ApiError, problemFor } from './trouble.ts';
import { pause } from './wait.ts';

export type LiveState = 'connecting' | 'replaying' | 'live' | 'waiting' | 'over';

export interface LiveOptions extends CallOptions {
  /** What is told: records (`cdr`, when absent), calls as they grow with their records (`call`), or both. */
  types?: readonly ('cdr' | 'call')[];
  /** With calls: who rings and talks now, too. What ended while the line was away is `ended` by itself when it is back. */
  live?: boolean;
  /** With both types, of conditions that records and calls know alike. */
  filter?: GivenFilter | GivenCallFilter;
  /** Everything after this place; absent or null: from now on. */
  after?: number | null;
  /** Of the store that `after` is from. */
  generation?: string;
  /** Most events that wait for whoever reads: 1,000 when absent. */
  buffer?: number;
  /** resume (the default): hang up, and go on from there once half is read: nothing is lost. drop: the oldest go, and their number is told. */
  whenFull?: 'resume' | 'drop';
  /** A line on which nothing was heard for so long is pinged, and half as long after that it is dead: 15,000 when absent. */
  muteMs?: number;
  /** First and longest wait before trying again, each cut by chance to a part of it: 500 and 30,000 when absent. */
  retryMs?: { first: number; most: number };
  onState?: (state: LiveState) => void;
}

/** How far a line came before it ended. */
type Ending = 'refused' | 'let in' | 'went on' | 'full';

const limits = { buffer: 1000, muteMs: 15_000, retryMs: { first: 500, most: 30_000 } };

/** Iterate over it once, or call `each`. Leaving the loop, or the signal, ends it. */
export class Live implements AsyncIterable<LiveEvent> {
  readonly #requests: Requests;
  readonly #options: LiveOptions;
  readonly #queue: EventQueue;
  readonly #stop = new AbortController();
  /** How far was heard; the reader may be behind. */
  #reached: FeedPlace;
  /** The calls that were told at a place: they come again after a cut there, since they come before the record that is at the next one. */
  #callsAt: { seq: number; ids: Set<number> } = { seq: -1, ids: new Set() };
  readonly #now = new NowCalls();
  #fault: { error: unknown } | null = null;
  #isUsed = false;

  constructor(requests: Requests, options: LiveOptions) {
    this.#requests = requests;
    this.#options = options;
    this.#reached = { after: options.after ?? null, generation: options.generation };
    this.#queue = new EventQueue({ ...this.#reached }, options.buffer ?? limits.buffer, options.whenFull === 'drop');
  }

  /** How far the reader has come: keep it, and a later `live` goes on there. `after` is null until something was heard. */
  get place(): FeedPlace {
    return this.#queue.place;
  }

  /** Calls `handle` for one event after the other, waiting for each. Ends as the loop would. */
  async each(handle: (event: LiveEvent) => void | Promise<void>): Promise<void> {
    for await (const event of this) await handle(event);
  }

  /** @throws ApiError when cdrd refuses for good (the token, the filter); the reason of the signal */
  async *[Symbol.asyncIterator](): AsyncGenerator<LiveEvent, void, undefined> {
    if (this.#isUsed) throw new Error('a feed can be read once: ask for another with live()');
    this.#isUsed = true;
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const abort = () => this.#fail(signal!.reason);
    signal?.addEventListener('abort', abort);
    void this.#run().catch((error: unknown) => this.#fail(error));
    try {
      for (;;) {
        if (this.#fault) throw this.#fault.error;
        const event = this.#queue.next(this.#reached.generation);
        if (event) yield event;
        else await this.#queue.filled();
      }
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#stop.abort();
      this.#options.onState?.('over');
    }
  }

  #fail(error: unknown): void {
    this.#fault ??= { error };
    this.#stop.abort();
    this.#queue.wake();
  }

  async #run(): Promise<void> {
    const { first, most } = this.#options.retryMs ?? limits.retryMs;
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted;) {
      this.#options.onState?.('connecting');
      const how = await this.#session();
      if (signal.aborted) return;
      this.#options.onState?.('waiting');
      if (how === 'full') {
        await this.#queue.drained(signal);
        continue;
      }
      failures = how === 'went on' ? 0 : failures + 1;
      await pause(Math.random() * Math.min(most, first * 2 ** failures), signal);
    }
  }

  /** One line, from its beginning to its end. Rejects when there is no use in trying again. */
  async #session(): Promise<Ending> {
    const socket = this.#requests.socket();
    const end = Promise.withResolvers<Ending>();
    const muteMs = this.#options.muteMs ?? limits.muteMs;
    let ending: Ending = 'refused';
    let silence = 0;
    const over = () => end.resolve(ending);
    const watch = setInterval(() => {
      silence += 1;
      if (silence > 2) over();
      else if (silence === 2 && socket.readyState === socket.OPEN) socket.send('{"type":"ping"}');
    }, muteMs / 2);
    socket.onmessage = ({ data }) => {
      silence = 0;
      const message = JSON.parse(String(data)) as ToldMessage;
      if (message.type === 'hello') ending = 'let in';
      if (['live', 'cdr', 'call'].includes(message.type)) ending = 'went on';
      try {
        if (this.#hear(message, socket) === 'full') end.resolve('full');
      } catch (error) {
        end.reject(error);
      }
    };
    socket.onerror = () => undefined;
    socket.onclose = ({ code, reason }) => {
      if (code === 1008) end.reject(new ApiError(problemFor(401, reason)));
      else over();
    };
    this.#stop.signal.addEventListener('abort', over, { once: true });
    try {
      const how = await end.promise;
      if (how === 'refused') await this.#demandEntry();
      return how;
    } finally {
      clearInterval(watch);
      this.#stop.signal.removeEventListener('abort', over);
      socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  /** A browser does not say why a line was refused: an ordinary request does. @throws ApiError 401, 403 */
  async #demandEntry(): Promise<void> {
    try {
      await this.#requests.ask('GET', '/api/v1/session', { signal: this.#stop.signal });
    } catch (error) {
      if (error instanceof ApiError && [401, 403].includes(error.status)) throw error;
    }
  }

  /** @throws ApiError when the daemon did not understand */
  #hear(message: ToldMessage, socket: WebSocket): 'full' | undefined {
    switch (message.type) {
      case 'hello':
        if (this.#reached.after === null) this.#reached = { after: message.seq, generation: message.generation };
        this.#subscribe(socket);
        this.#reached.generation ??= message.generation;
        return undefined;
      case 'resync':
        this.#reached = { after: message.seq, generation: message.generation };
        this.#subscribe(socket);
        return this.#queue.push(message);
      case 'cdr':
        if (message.seq <= (this.#reached.after ?? 0)) return undefined;
        this.#reached = { ...this.#reached, after: message.seq };
        return this.#queue.push(message);
      case 'call':
        if (!('live' in message)) return this.#hearCall(message);
        this.#queue.pushNow(this.#now.hear(message));
        return undefined;
      case 'live_calls':
        for (const over of this.#now.whole()) this.#queue.pushNow(over);
        this.#queue.pushNow(message);
        return undefined;
      case 'live':
      case 'progress':
        if (message.type === 'live') this.#options.onState?.('live');
        this.#reached = { ...this.#reached, after: Math.max(message.seq, this.#reached.after ?? 0) };
        return this.#queue.push(message);
      case 'error':
        throw new ApiError(problemFor(400, message.message));
      default:
        return undefined;
    }
  }

  #hearCall(message: Static<typeof ToldCall>): 'full' | undefined {
    const { seq, call } = message;
    if (this.#callsAt.seq !== seq) this.#callsAt = { seq, ids: new Set() };
    if (this.#callsAt.ids.has(call.id)) return undefined;
    this.#callsAt.ids.add(call.id);
    this.#reached = { ...this.#reached, after: Math.max(seq, this.#reached.after ?? 0) };
    return this.#queue.push(message);
  }

  #subscribe(socket: WebSocket): void {
    const { after, generation } = this.#reached;
    const { filter, types, live } = this.#options;
    this.#now.begin();
    socket.send(JSON.stringify({ type: 'subscribe', after, generation, filter, types, live }));
    this.#options.onState?.('replaying');
  }
}
