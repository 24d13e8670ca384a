// What one client of the feed is told of live calls: all there are when it asks, then each change, behind its wall and its filter.
// They are of this moment: nothing of them is replayed, and whoever comes back is told all there are again.
import { callMatches, type CallFilter } from '../cdr/callquery.ts';
import type { Within } from '../cdr/wall.ts';
import { keyOf, type LiveBoard, type LiveChange } from '../live/board.ts';
import { liveFacts, seenLive, type LiveCall } from '../live/call.ts';
import { toNativeEnd, toNativeLive } from './dialects/native/liveshape.ts';
import type { Telling } from './liveframe.ts';
import type { Outlet } from './outlet.ts';

export interface NowClient {
  within: Within;
  outlet: Outlet;
  /** Sends one message to this subscription. */
  tell: (telling: Telling) => void;
  /** All live calls were told. */
  whole(calls: number): void;
  fail(error: unknown): void;
}

/** One subscription to live calls. */
export class LiveNow {
  readonly #client: NowClient;
  readonly #filter: CallFilter;
  /** Keys of the calls that the client has. */
  readonly #told = new Set<string>();
  /** Those that are over before the client was told of them; until all there were are told. */
  #gone: Set<string> | null = new Set();
  #stop: (() => void) | undefined;
  #isClosed = false;

  constructor(client: NowClient, filter: CallFilter) {
    this.#client = client;
    this.#filter = filter;
  }

  start(board: LiveBoard): void {
    const begin = (calls: LiveCall[]) => void this.#tellAll(calls).catch((error: unknown) => this.#client.fail(error));
    board
      .listen((change) => this.#hear(change), begin)
      .then(
        (stop) => {
          this.#stop = stop;
          if (this.#isClosed) stop();
        },
        (error: unknown) => this.#client.fail(error),
      );
  }

  close(): void {
    this.#isClosed = true;
    this.#stop?.();
  }

  async #tellAll(calls: readonly LiveCall[]): Promise<void> {
    for (const call of calls) {
      if (this.#isClosed) return;
      const key = keyOf(call);
      if (!this.#gone!.has(key) && !this.#told.has(key)) this.#tell({ op: 'created', call, ending: null });
      const room = this.#client.outlet.room();
      if (room) await room;
    }
    this.#gone = null;
    if (!this.#isClosed) this.#client.whole(this.#told.size);
  }

  /** It must not throw: the board has others to tell. */
  #hear(change: LiveChange): void {
    if (this.#isClosed) return;
    if (change.op === 'ended') this.#gone?.add(keyOf(change.call));
    try {
      this.#tell(change);
    } catch (error) {
      this.#client.fail(error);
    }
  }

  #tell(change: LiveChange): void {
    const { within, tell } = this.#client;
    const key = keyOf(change.call);
    const seen = change.op === 'ended' ? null : seenLive(change.call, within);
    const isIn = seen !== null && callMatches(liveFacts(seen, Date.now() * 1000), this.#filter, within);
    const was = this.#told.has(key);
    if (isIn) {
      this.#told.add(key);
      tell(liveTelling(was ? 'updated' : 'created', seen, () => ({ call: toNativeLive(seen) })));
    } else if (was) {
      this.#told.delete(key);
      const isWhole = seenLive(change.call, within) === change.call;
      const body = () => toNativeEnd(change.call, change.ending, isWhole);
      // Who sees a part of it is told another end, so it must not be taken for that of the others.
      tell(liveTelling('ended', isWhole ? change : {}, body));
    }
  }
}

/** `of` is one object for all who are told the same. */
function liveTelling(op: Telling['op'], of: object, body: () => object): Telling {
  return { type: 'call', op, seq: null, change: of, body: () => ({ live: true, ...body() }) };
}
