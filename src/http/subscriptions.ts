// What one client of the feed has asked for, and what it is told of it: changes, live, progress. How that looks is the voice's part.
import type { Within } from '../cdr/query.ts';
import type { Feed } from '../feed/feed.ts';
import { Follower, type Audience, type View } from '../feed/follower.ts';
import type { LiveBoard } from '../live/board.ts';
import type { Change } from '../store/changelist.ts';
import { tellingOf, tellingOfCall, type Telling } from './liveframe.ts';
import { LiveNow } from './livenow.ts';
import { opFor, opForCall, viewOf, type Op, type Wish } from './livewish.ts';
import type { ToldMessage } from './livewords.ts';
import type { Outlet } from './outlet.ts';

export interface Subscription extends View {
  /** The client's name for it; null for the one without. */
  id: string | null;
  wish: Wish;
  /** The place the client knows: it resumes from here. */
  told: number;
  /** Live calls, where it wants them. */
  now?: LiveNow;
}

/** The bytes of what is said, in the words of one transport. */
export interface Voice {
  telling(telling: Telling, ids: readonly string[] | null): Buffer;
  /** `place`: from where the client resumes once it has this. */
  message(message: ToldMessage, place: number): Buffer;
}

export interface Client {
  feed: Feed;
  within: Within;
  outlet: Outlet;
  voice: Voice;
  /** The live calls there are; absent where nobody can ask for them. */
  board?: LiveBoard | undefined;
  fail(error: unknown): void;
}

export class Subscriptions implements Audience<Subscription> {
  readonly #client: Client;
  readonly #follower: Follower<Subscription>;
  readonly #byId = new Map<string | null, Subscription>();

  constructor(client: Client) {
    this.#client = client;
    this.#follower = new Follower(client.feed, this);
  }

  get size(): number {
    return this.#byId.size;
  }

  has(id: string | null): boolean {
    return this.#byId.has(id);
  }

  /**
   * Tells what came after `after`; null is the place where a subscription of this id stands, for a new one now.
   * One of the same id ends at its place, and from the `seq` of `replaced` on the new filter rules.
   */
  start(id: string | null, after: number | null, wish: Wish): void {
    const old = this.stop(id);
    const place = after ?? old?.place ?? this.#client.feed.head;
    const subscription: Subscription = { id, wish, place, told: place, wantsCalls: wish.call !== null };
    if (place < this.#client.feed.head) this.#client.outlet.replays();
    if (old) this.#say(subscription, 'replaced');
    this.#byId.set(id, subscription);
    this.#follower.start(subscription);
    this.#startNow(subscription);
  }

  /** Its place is exact: the client was told all up to it. */
  stop(id: string | null): Subscription | undefined {
    const subscription = this.#byId.get(id);
    if (subscription) this.#follower.stop(subscription);
    subscription?.now?.close();
    this.#byId.delete(id);
    return subscription;
  }

  close(): void {
    this.#follower.close();
    for (const { now } of this.#byId.values()) now?.close();
  }

  #startNow(subscription: Subscription): void {
    const { board, within, outlet, voice } = this.#client;
    const { id, wish } = subscription;
    if (!wish.live || !wish.call || !board) return;
    const tell = (telling: Telling) => outlet.push(voice.telling(telling, id === null ? null : [id]));
    const whole = (calls: number) => {
      const message = { type: 'live_calls', ...(id === null ? {} : { id }), calls } as const;
      outlet.send(voice.message(message, subscription.told));
    };
    subscription.now = new LiveNow({ within, outlet, tell, whole, fail: (error) => this.fail(error) }, wish.call);
    subscription.now.start(board);
  }

  /** Says how far each has come, where the client cannot know it from what it was told. */
  progress(): void {
    // Who is behind has enough to read.
    if (!this.#client.outlet.hasRoom) return;
    for (const subscription of this.#byId.values()) {
      if (subscription.place > subscription.told) this.#say(subscription, 'progress');
    }
  }

  tell(change: Change, subscriptions: readonly Subscription[], when: 'past' | 'now'): void {
    const { within } = this.#client;
    for (const ofCall of change.calls) {
      const view = viewOf(ofCall, within);
      const opOf = ({ wish }: Subscription) => opForCall(view, wish.call, within);
      this.#tell(subscriptions, opOf, (op) => tellingOfCall(view, op, change.seq), when);
    }
    const opOf = ({ wish }: Subscription) => opFor(change, wish.cdr, within);
    this.#tell(subscriptions, opOf, (op) => tellingOf(change, op), when);
  }

  #tell(
    subscriptions: readonly Subscription[],
    opOf: (subscription: Subscription) => Op | null,
    tellingAs: (op: Op) => Telling,
    when: 'past' | 'now',
  ): void {
    const { outlet, voice } = this.#client;
    for (const [op, by] of Map.groupBy(subscriptions, opOf)) {
      if (op === null) continue;
      const telling = tellingAs(op);
      const ids = by.map(({ id }) => id).filter((id) => id !== null);
      for (const subscription of by) subscription.told = telling.seq ?? subscription.told;
      const frames = [
        ...(ids.length < by.length ? [voice.telling(telling, null)] : []),
        ...(ids.length > 0 ? [voice.telling(telling, ids)] : []),
      ];
      for (const frame of frames) {
        if (when === 'now') outlet.push(frame);
        else outlet.send(frame);
      }
    }
  }

  live(subscription: Subscription): void {
    this.#say(subscription, 'live');
  }

  room(): Promise<void> | undefined {
    return this.#client.outlet.room();
  }

  fail(error: unknown): void {
    this.#client.fail(error);
  }

  #say(subscription: Subscription, type: 'live' | 'progress' | 'replaced'): void {
    const { id, place: seq } = subscription;
    const { outlet, voice } = this.#client;
    subscription.told = seq;
    // Only one with an id is ever replaced.
    const message = (id === null ? { type, seq } : { type, id, seq }) as ToldMessage;
    outlet.send(voice.message(message, seq));
  }
}
