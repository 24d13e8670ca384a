// One request for changes: what came after a place, or a wait until something comes. A client of the feed for as long as it waits.
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { ClientError } from '../errors.ts';
import type { Feed } from '../feed/feed.ts';
import { Follower, type Audience, type View } from '../feed/follower.ts';
import type { Change } from '../store/changelist.ts';
import type { Principal } from './auth.ts';
import type { LiveClient } from './liveclients.ts';
import { elementOf, tellingOf, tellingOfCall } from './liveframe.ts';
import { opFor, opForCall, viewOf, type Wish } from './livewish.ts';

/** Most changes looked at for one answer: a filter that rarely matches must not keep a request for minutes. */
export const scanMax = 20_000;

export interface PollQuery {
  after: number;
  limit: number;
  /** 0 = no wait. */
  waitSeconds: number;
  wish: Wish;
  principal: Principal;
  secret: string | null;
}

export interface PollAnswer {
  /** JSON of each change, in order. */
  changes: string[];
  /** The place it has come to: where to go on. */
  after: number;
  /** Asking again would have an answer at once, perhaps an empty one with a new place. */
  more: boolean;
}

export class LivePoll implements LiveClient, Audience<View> {
  readonly principal: Principal;
  readonly secret: string | null;
  readonly #raw: ServerResponse;
  readonly #feed: Feed;
  readonly #query: PollQuery;
  readonly #view: View;
  readonly #follower: Follower<View>;
  readonly #changes: string[] = [];
  readonly #answer = Promise.withResolvers<PollAnswer>();
  #timer: NodeJS.Timeout | undefined;
  #seen = 0;

  /** `raw` is where the answer will go: whoever hangs up is not waited for. */
  constructor(raw: ServerResponse, feed: Feed, query: PollQuery) {
    this.#raw = raw;
    raw.once('close', () => this.#finish());
    this.#feed = feed;
    this.#query = query;
    this.secret = query.secret;
    this.principal = query.principal;
    this.#view = { place: query.after, wantsCalls: query.wish.call !== null };
    this.#follower = new Follower(feed, this);
  }

  /** Rejects when the store cannot be read. */
  run(): Promise<PollAnswer> {
    const { waitSeconds } = this.#query;
    if (waitSeconds > 0) this.#timer = setTimeout(() => this.#finish(), waitSeconds * 1000);
    this.#follower.start(this.#view);
    return this.#answer.promise;
  }

  tell(change: Change, _views: readonly View[], when: 'past' | 'now'): void {
    const { wish, principal, limit } = this.#query;
    this.#seen += 1;
    const before = this.#changes.length;
    for (const ofCall of change.calls) {
      const view = viewOf(ofCall, principal.within);
      const op = opForCall(view, wish.call, principal.within);
      if (op !== null) this.#changes.push(elementOf(tellingOfCall(view, op, change.seq)));
    }
    const op = opFor(change, wish.cdr, principal.within);
    if (op !== null) this.#changes.push(elementOf(tellingOf(change, op)));
    if (this.#changes.length >= limit || (when === 'past' && this.#seen >= scanMax)) this.#finish();
    // The feed tells in one go what was committed together.
    else if (this.#changes.length > before && when === 'now') queueMicrotask(() => this.#finish());
  }

  live(): void {
    if (this.#changes.length > 0 || this.#query.waitSeconds === 0) this.#finish();
  }

  room(): undefined {
    return undefined;
  }

  fail(error: unknown): void {
    this.#stop();
    this.#answer.reject(error);
  }

  ping(): void {
    // It waits for seconds: nobody has to look after it.
  }

  progress(): void {
    // Its answer says how far it has come.
  }

  /** The answer goes out at once, with what there is; to whoever has no right to it any more, the reason. */
  async end(code: number, reason: string, limitMs: number): Promise<void> {
    if (code === 1008) this.fail(new ClientError(401, reason));
    else this.#finish();
    if (this.#raw.closed) return;
    const gone = new AbortController();
    this.#raw.once('close', () => gone.abort());
    await delay(limitMs, undefined, { signal: gone.signal }).catch(() => undefined);
  }

  #finish(): void {
    this.#stop();
    const { place } = this.#view;
    this.#answer.resolve({ changes: this.#changes, after: place, more: place < this.#feed.head });
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#follower.close();
  }
}
