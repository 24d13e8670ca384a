// How the lines are: the feed's, which goes on by itself where it was cut, and those of cdrd to Asterisk. It feeds the board.
import type { CallPage, Calls } from '../../client/calls.ts';
import type { Call } from '../../http/dialects/native/callshape.ts';
import { Live, type LiveState } from '../../client/feed.ts';
import type { LiveEvent } from '../../client/queue.ts';
import type { Requests } from '../../client/request.ts';
import { ApiError } from '../../client/trouble.ts';
import type { Health } from '../../http/health.ts';
import type { Board } from './board.ts';

/** Of /readyz. */
export type Report = Awaited<ReturnType<Health['report']>>;

export interface Lines {
  state: LiveState;
  /** Since when the line to cdrd is cut, in milliseconds; null: it is not. */
  cutAt: number | null;
  /** What came of the last cut: still catching up, or how many changes were made up; null: it is long ago. */
  caught: 'now' | number | null;
  /** The store was replaced, and everything read anew. */
  isResynced: boolean;
  /** Systems of which some source is not up. */
  away: readonly string[];
  /** What /readyz said last; null: nothing yet, or it is kept from us. */
  report: Report | null;
}

type LiveAnswer = Awaited<ReturnType<Calls['live']>>;

/** `before`: of a change of a call, what the board knew of it; null: nothing. */
export type Hearer = (event: LiveEvent, before: Call | null) => void;

/** How often the lines to Asterisk are asked for. */
const askMs = 5000;
/** How long it is said that a catch-up is over. */
const saidMs = 8000;
const firstPage = 200;
/** A cut that is shorter is no news. */
const retryMs = { first: 300, most: 5000 };

const awayStates = new Set(['connecting', 'down', 'refused']);

export class Watch {
  readonly #requests: Requests;
  readonly #board: Board;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<() => void>();
  readonly #hearers = new Set<Hearer>();
  readonly #onOver: () => void;
  #lines: Lines = { state: 'connecting', cutAt: null, caught: null, isResynced: false, away: [], report: null };
  #before = 0;

  constructor(requests: Requests, board: Board, onOver: () => void) {
    this.#requests = requests;
    this.#board = board;
    this.#onOver = onOver;
  }

  get lines(): Lines {
    return this.#lines;
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Everything the feed tells, once, after the board has heard it. */
  hear(hearer: Hearer): () => void {
    this.#hearers.add(hearer);
    return () => void this.#hearers.delete(hearer);
  }

  /** Until `stop`. */
  run(): void {
    const signal = this.#stop.signal;
    const feed = new Live(this.#requests, {
      ...{ types: ['call'], live: true, signal, retryMs, buffer: 10_000 },
      onState: (state) => this.#hearState(state),
    });
    feed
      .each(async (event) => {
        const before = event.type === 'call' && 'seq' in event ? this.#board.callOf(event.call.id) : null;
        this.#board.hear(event);
        for (const hearer of this.#hearers) hearer(event, before);
        if (event.type === 'live') await this.#caughtUp();
        if (event.type === 'resync') {
          this.#board.clear();
          this.#board.isWhole = false;
          this.#set({ isResynced: true });
        }
      })
      .catch((error: unknown) => {
        if (!signal.aborted && error instanceof ApiError && error.status === 401) this.#onOver();
      });
    void this.#ask();
    const timer = setInterval(() => document.visibilityState === 'visible' && void this.#ask(), askMs);
    signal.addEventListener('abort', () => clearInterval(timer));
  }

  stop(): void {
    this.#stop.abort();
  }

  #hearState(state: LiveState): void {
    if (state === 'waiting' && this.#lines.cutAt === null) this.#before = this.#board.changes;
    if (state === 'waiting') this.#set({ state, cutAt: this.#lines.cutAt ?? Date.now(), caught: null });
    else if (state === 'replaying') {
      this.#board.expectLive();
      this.#set({ state, caught: this.#lines.cutAt === null ? null : 'now' });
    } else this.#set({ state });
  }

  /** The past is over: the list is read once, so that there is something to look at; what is told meanwhile counts more. */
  async #caughtUp(): Promise<void> {
    if (this.#lines.cutAt !== null) {
      this.#set({ cutAt: null, caught: this.#board.changes - this.#before });
      setTimeout(() => this.#set({ caught: null, isResynced: false }), saidMs);
    }
    const known = this.#askSystems();
    if (this.#board.isWhole) return;
    const query = { order: '-start', limit: firstPage };
    const { signal } = this.#stop;
    const page = await this.#requests.ask<CallPage>('GET', '/api/v1/calls', { query, signal }).catch(() => null);
    await known;
    if (page) this.#board.fill(page.calls);
  }

  /** Whether systems tell of live calls: while none goes on, the feed does not say. */
  async #askSystems(): Promise<void> {
    const options = { query: { limit: 1 }, signal: this.#stop.signal };
    const answer = await this.#requests.ask<LiveAnswer>('GET', '/api/v1/calls/live', options).catch(() => null);
    if (answer) this.#board.knowSystems(answer.systems.length);
  }

  async #ask(): Promise<void> {
    const answer = await fetch('readyz', { signal: this.#stop.signal }).catch(() => null);
    // A proxy may keep it from us: then nothing is known.
    if (!answer || (!answer.ok && answer.status !== 503)) return;
    const report = (await answer.json().catch(() => null)) as Report | null;
    const away = (report?.sources ?? []).filter(({ state }) => awayStates.has(state));
    this.#set({ away: [...new Set(away.map(({ name }) => name))], report });
  }

  #set(more: Partial<Lines>): void {
    this.#lines = { ...this.#lines, ...more };
    for (const listener of this.#listeners) listener();
  }
}
