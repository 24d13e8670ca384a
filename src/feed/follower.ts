// One reader of the change sequence, with any number of views: for each the past page by page, then what happens, without a seam.
//
//   start(view) ─▶ past: pages up to the feed's head ─▶ place = head: live in the same tick, nothing can be published in between
//
// A change that is new to several live views comes once, with all of them. What a view is told is its audience's business.
import type { Change } from '../store/changelist.ts';
import type { Feed } from './feed.ts';

export interface View {
  /** Everything up to here was handed to the audience. Only the follower writes it. */
  place: number;
  /** Changes of calls are read for it, too. */
  readonly wantsCalls?: boolean;
}

/** Who is told. Nothing here may throw but `tell`, whose error ends up in `fail`. */
export interface Audience<V extends View> {
  /** A change that these views did not have yet; their places stand at it already. */
  tell(change: Change, views: readonly V[], when: 'past' | 'now'): void;
  /** The past of this view is over. */
  live(view: V): void;
  /** Resolves when there is room for more of the past; undefined when there is. */
  room(): Promise<void> | undefined;
  fail(error: unknown): void;
}

/** Changes in hand per view in its past: they weigh on memory beside the audience's buffer. */
const replayPage = 100;

export class Follower<V extends View> {
  readonly #feed: Feed;
  readonly #audience: Audience<V>;
  readonly #views = new Set<V>();
  readonly #live = new Set<V>();
  #unsubscribe: (() => void) | undefined;

  constructor(feed: Feed, audience: Audience<V>) {
    this.#feed = feed;
    this.#audience = audience;
  }

  /** Tells everything after the place of `view`. It may be live before this returns. */
  start(view: V): void {
    this.#views.add(view);
    this.#replay(view).catch((error: unknown) => this.#audience.fail(error));
  }

  /** Nothing more for this view; its place is exact: all up to it was handed over, nothing after it. */
  stop(view: V): void {
    this.#views.delete(view);
    this.#live.delete(view);
    if (this.#live.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  close(): void {
    for (const view of [...this.#views]) this.stop(view);
  }

  async #replay(view: V): Promise<void> {
    const isWanted = () => this.#views.has(view);
    while (isWanted()) {
      const { head } = this.#feed;
      if (view.place >= head) {
        this.#live.add(view);
        this.#unsubscribe ??= this.#feed.subscribe(
          (change) => this.#hear(change),
          () => [...this.#live].some(({ wantsCalls }) => wantsCalls === true),
        );
        return this.#audience.live(view);
      }
      const page = await this.#feed.past(view.place, head, replayPage, isWanted, view.wantsCalls === true);
      for (const change of page) {
        if (!isWanted()) return;
        // In one tick: whoever stops the view finds its place and what was told in step.
        view.place = change.seq;
        this.#audience.tell(change, [view], 'past');
        const room = this.#audience.room();
        if (room) await room;
      }
      if (isWanted() && page.length < replayPage) view.place = head;
    }
  }

  /** It must not throw: the feed has others to tell. */
  #hear(change: Change): void {
    const views = [...this.#live].filter(({ place }) => place < change.seq);
    if (views.length === 0) return;
    for (const view of views) view.place = change.seq;
    try {
      this.#audience.tell(change, views, 'now');
    } catch (error) {
      this.#audience.fail(error);
    }
  }
}
