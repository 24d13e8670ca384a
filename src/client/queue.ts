// What was heard and waits for whoever reads: bounded, and it knows how far the reader has come.
import type { Static } from 'typebox';
import type { Live as LiveMessage, Progress, Resync, Told, ToldCall } from '../http/livewords.ts';
import { nowAfter, nowKey, type NowEvent, type NowWhole } from './now.ts';

/** With `live`, a call that goes on now: it has no place. `resync`: the place was not of this store; read the list again, the feed goes on by itself. `dropped`: see `whenFull`. */
export type LiveEvent =
  | Static<typeof Told>
  | Static<typeof ToldCall>
  | NowEvent
  | NowWhole
  | Static<typeof LiveMessage>
  | Static<typeof Progress>
  | Static<typeof Resync>
  | { type: 'dropped'; count: number };

/** A place in the change sequence, and the store it is of; null and undefined while neither is known. */
export interface FeedPlace {
  after: number | null;
  generation: string | undefined;
}

export class EventQueue {
  readonly #most: number;
  readonly #mayDrop: boolean;
  readonly #events: LiveEvent[] = [];
  /** Live calls that wait, by call: how many there are bounds them, so they neither fill the queue nor are dropped. */
  readonly #now = new Map<string, NowEvent | NowWhole>();
  #isNowNext = true;
  #dropped = 0;
  #place: FeedPlace;
  #wake: () => void = () => undefined;
  #room: () => void = () => undefined;

  constructor(place: FeedPlace, most: number, mayDrop: boolean) {
    this.#place = place;
    this.#most = Math.max(1, most);
    this.#mayDrop = mayDrop;
  }

  /** How far the reader has come. */
  get place(): FeedPlace {
    return { ...this.#place };
  }

  /** full: this was the last one there is room for. */
  push(event: LiveEvent): 'full' | undefined {
    this.#events.push(event);
    this.#wake();
    if (this.#events.length <= this.#most) return undefined;
    if (!this.#mayDrop) return 'full';
    this.#events.shift();
    this.#dropped += 1;
    return undefined;
  }

  /** Of a live call that waits already, the reader is told its last word only. */
  pushNow(event: NowEvent | NowWhole): void {
    const key = event.type === 'call' ? nowKey(event) : '';
    const waiting = this.#now.get(key);
    // Those of another line come after what this one has told.
    if (event.type === 'live_calls') this.#now.delete(key);
    this.#now.set(key, event.type === 'call' && waiting?.type === 'call' ? nowAfter(waiting, event) : event);
    this.#wake();
  }

  /** The next event, undefined when none waits. `generation` is the store's, where the event does not say it. */
  next(generation: string | undefined): LiveEvent | undefined {
    if (this.#dropped > 0) {
      const count = this.#dropped;
      this.#dropped = 0;
      return { type: 'dropped', count };
    }
    const [now] = this.#now;
    // In turns: neither may keep the other waiting.
    this.#isNowNext = !this.#isNowNext || this.#events.length === 0;
    if (now && this.#isNowNext) {
      this.#now.delete(now[0]);
      return now[1];
    }
    const event = this.#events.shift();
    if (event && 'seq' in event) {
      const named = event.type === 'resync' ? event.generation : (this.#place.generation ?? generation);
      this.#place = { after: event.seq, generation: named };
    }
    if (this.#isHalfRead) this.#room();
    return event;
  }

  /** Resolves when something may have come, or `wake` was called. */
  filled(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  wake(): void {
    this.#wake();
  }

  /** Resolves when half of what may wait is read, or the signal says that it is over. */
  async drained(signal: AbortSignal): Promise<void> {
    if (this.#isHalfRead || signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#room = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  get #isHalfRead(): boolean {
    return this.#events.length <= this.#most / 2;
  }
}
