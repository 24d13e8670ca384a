// One client of the feed over server-sent events (WHATWG HTML §9.2): told the same as on /live; the id of every event is where it resumes.
import type { ServerResponse } from 'node:http';
import type { Resync } from '../feed/feed.ts';
import type { Principal } from './auth.ts';
import type { LiveCaller, LiveContext } from './context.ts';
import type { LiveClient, LiveClients } from './liveclients.ts';
import { eventOf, eventOfTelling } from './liveframe.ts';
import { cutMs } from './livesession.ts';
import type { ToldMessage } from './livewords.ts';
import type { Wish } from './livewish.ts';
import { Outlet } from './outlet.ts';
import { Subscriptions, type Voice } from './subscriptions.ts';

/** How long a browser waits before it comes back: longer than a restart takes, shorter than anybody's patience. */
const retryMs = 2000;

export const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  // no-transform: a proxy that compresses would hold events back; the last one is nginx's word for the same.
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

export class LiveStream implements LiveClient {
  readonly secret: string | null;
  readonly principal: Principal;
  readonly #raw: ServerResponse;
  readonly #outlet: Outlet;
  readonly #subscriptions: Subscriptions;
  readonly #feed: LiveContext['feed'];
  #taken = -1;

  /** `raw` has its headers; everything after them is written here. */
  constructor(
    raw: ServerResponse,
    { feed, limits, board }: Pick<LiveContext, 'feed' | 'limits' | 'board'>,
    clients: LiveClients,
    caller: LiveCaller & { principal: Principal },
  ) {
    const { principal, secret, log } = caller;
    this.principal = principal;
    this.secret = secret;
    this.#raw = raw;
    this.#feed = feed;
    const wire = {
      waiting: () => raw.writableLength,
      write: (frame: Buffer) => void raw.write(frame),
      cork: () => raw.socket?.cork(),
      uncork: () => raw.socket?.uncork(),
      taken: () => undefined,
      cut: (reason: string) => {
        clients.tellCut(caller, reason);
        void this.end(1013, `too slow: ${reason}`, cutMs);
      },
    };
    this.#outlet = new Outlet(wire, limits, clients.stats);
    const voice: Voice = {
      telling: (telling) => eventOfTelling(telling, feed.generation),
      message: (message, place) => this.#event(message, place),
    };
    const fail = (error: unknown) => {
      log.warn({ err: error }, 'the feed could not be told to an event stream');
      void this.end(1011, 'something went wrong', cutMs);
    };
    this.#subscriptions = new Subscriptions({
      ...{ feed, board, within: principal.within, voice, outlet: this.#outlet, fail },
    });
    raw.on('error', (error) => log.debug({ err: error }, 'an event stream broke'));
    raw.on('close', () => this.#stop());
  }

  /**
   * A stream that must resync is told so and goes on from the named place by itself: its client reads the list again meanwhile.
   * `after` null is now.
   */
  start(after: number | null, resync: Resync | null, wish: Wish): void {
    // Heartbeats are ours; the server's own limit on silence may be shorter.
    this.#raw.socket?.setTimeout(0);
    const { generation, head } = this.#feed;
    const place = resync?.seq ?? after ?? head;
    const hello = this.#event({ type: 'hello', generation, seq: head }, place);
    this.#outlet.send(Buffer.concat([Buffer.from(`retry: ${retryMs}\n`), hello]));
    if (resync) this.#outlet.send(this.#event({ type: 'resync', ...resync }, place));
    this.#subscriptions.start(null, place, wish);
  }

  /** A comment, which keeps proxies from hanging up; one that has taken nothing of what waited at the last beat is hung up on. */
  ping(): void {
    const { socket } = this.#raw;
    if (this.#outlet.isClosed || !socket) return;
    const taken = socket.bytesWritten - socket.writableLength;
    if (socket.writableLength > 0 && taken === this.#taken) return void this.#raw.destroy();
    this.#taken = taken;
    this.#raw.write(':\n\n');
  }

  progress(): void {
    if (!this.#outlet.isClosed) this.#subscriptions.progress();
  }

  /** The stream ends, with why; the client comes back by itself with the id of the last event it took. */
  async end(code: number, reason: string, limitMs: number): Promise<void> {
    if (this.#raw.closed) return;
    const gone = new Promise((resolve) => this.#raw.once('close', resolve));
    const limit = setTimeout(() => this.#raw.destroy(), limitMs);
    if (!this.#outlet.isClosed) {
      // Without an id: the last one stays the place to resume from.
      this.#outlet.send(Buffer.from(`event: end\ndata: ${JSON.stringify({ type: 'end', code, reason })}\n\n`));
      this.#stop();
      this.#raw.end();
    }
    await gone;
    clearTimeout(limit);
  }

  #stop(): void {
    this.#outlet.close();
    this.#subscriptions.close();
  }

  #event(message: ToldMessage, place: number): Buffer {
    return eventOf(message.type, `${this.#feed.generation}:${place}`, Buffer.from(JSON.stringify(message)));
  }
}
