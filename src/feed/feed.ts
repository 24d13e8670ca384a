// Committed changes to subscribers, in order, each once. It reads them from the store, so what another daemon commits is heard too.
import { failpoint } from '../failpoint.ts';
import type { Change } from '../store/changelist.ts';
import type { Store } from '../store/store.ts';
import type { Log } from '../log.ts';
import { Turns } from '../store/turns.ts';

/** Called for every change in order, at once and without waiting: a subscriber does its own buffering. */
export type Subscriber = (change: Change) => void;

/** The answer to a place that is not of this store: read the list again, then go on from `seq`. */
export interface Resync {
  reason: 'generation' | 'place';
  generation: string;
  seq: number;
}

const pageSize = 500;

/**
 * The live end of the change sequence. A reader that wants no seam compares `head` with its own place and subscribes
 * in the same tick: nothing is published between the two.
 */
export class Feed {
  readonly #store: Store;
  readonly #log: Log;
  readonly #subscribers = new Map<Subscriber, () => boolean>();
  readonly #watchers = new Set<() => void>();
  readonly #tailMs: number;
  readonly #turns = new Turns();
  #head: number;
  #isReading = false;
  #isStale = false;
  /** It is said when the store goes away and when it is back, not at each look. */
  #isAway = false;
  #timer: NodeJS.Timeout | undefined;

  private constructor(store: Store, log: Log, head: number, tailMs: number) {
    this.#store = store;
    this.#log = log;
    this.#head = head;
    this.#tailMs = tailMs;
  }

  /** On MariaDB other daemons may write too: their commits are looked for every `tailMs`. */
  static async open(store: Store, log: Log, tailMs = store.dialect === 'mysql' ? 250 : 0): Promise<Feed> {
    const feed = new Feed(store, log, await store.head(), tailMs);
    if (tailMs > 0) feed.#timer = setInterval(() => feed.wake(), tailMs);
    return feed;
  }

  /** Place of the last change that subscribers were told. */
  get head(): number {
    return this.#head;
  }

  get generation(): string {
    return this.#store.generation;
  }

  /** Why nobody can go on from this place, null when it exists here. Without a generation the place alone decides. */
  async resync(place: number, generation?: string): Promise<Resync | null> {
    const isOther = generation !== undefined && generation !== this.generation;
    // Another daemon on the same store may be ahead of our feed.
    const isBeyond = !isOther && place > this.#head && place > (await this.#store.head());
    if (!isOther && !isBeyond) return null;
    return { reason: isOther ? 'generation' : 'place', generation: this.generation, seq: this.#head };
  }

  /** A page of the past, read when it is this reader's turn; empty when `isWanted` says no by then. */
  past(after: number, upTo: number, limit: number, isWanted: () => boolean, calls: boolean): Promise<Change[]> {
    return this.#turns.take(async () => (isWanted() ? this.#page(after, upTo, limit, calls) : []));
  }

  /** Hears every change after `head`, with those of calls while `wantsCalls`, until the returned function is called. */
  subscribe(subscriber: Subscriber, wantsCalls: () => boolean = () => false): () => void {
    this.#subscribers.set(subscriber, wantsCalls);
    return () => this.#subscribers.delete(subscriber);
  }

  /** Hears that the head has moved, and nothing more: for who keeps a place of its own and reads pages. Ends as `subscribe` does. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Something was committed. Cheap; calls while it reads are one more look afterwards. */
  wake(): void {
    this.#isStale = true;
    if (!this.#isReading) void this.#read();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#subscribers.clear();
    this.#watchers.clear();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#isStale) {
        this.#isStale = false;
        const before = this.#head;
        await this.#catchUp().finally(() => {
          if (this.#head > before) for (const watcher of this.#watchers) watcher();
        });
        if (this.#isAway) this.#log.info('the change sequence can be read again');
        this.#isAway = false;
      }
    } catch (error) {
      if (!this.#isAway)
        this.#log.warn({ err: error }, 'the change sequence cannot be read, trying again until it can');
      this.#isAway = true;
      if (this.#tailMs === 0) setTimeout(() => this.wake(), 1000).unref();
    } finally {
      this.#isReading = false;
    }
  }

  async #catchUp(): Promise<void> {
    const target = await this.#store.head();
    while (this.#head < target) {
      if (this.#subscribers.size === 0) {
        this.#head = target;
        return;
      }
      const calls = this.#wantsCalls();
      const page = await this.#page(this.#head, target, pageSize, calls);
      // Somebody who wants calls came while this page was read without them.
      if (!calls && this.#wantsCalls()) continue;
      for (const change of page) {
        this.#head = change.seq;
        for (const subscriber of this.#subscribers.keys()) subscriber(change);
        failpoint('change told');
      }
      if (page.length < pageSize) this.#head = target;
    }
  }

  #wantsCalls(): boolean {
    return [...this.#subscribers.values()].some((wants) => wants());
  }

  /** Calls cost a look at each of them: nobody pays who did not ask. */
  #page(after: number, upTo: number, limit: number, calls: boolean): Promise<Change[]> {
    return calls ? this.#store.allChanges(after, upTo, limit) : this.#store.changes(after, upTo, limit);
  }
}
