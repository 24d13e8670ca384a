// What was heard and waits for whoever reads: bounded, and it knows how far the reader has come.
import type { Static } from 'typebox';
import type { Live as LiveMessage, LiveWhole, Progress, Resync, Told, ToldCall, ToldLive } from '../http/livewords.ts';

/** `resync`: the place was not of this store; read the list again, the feed goes on by itself. `dropped`: see `whenFull`. */
export type LiveEvent =
  | Static<typeof Told>
  | Static<typeof ToldCall>
  | Static<typeof ToldLive>
  | Static<typeof LiveWhole>
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

  /** The next event, undefined when none waits. `generation` is the store's, where the event does not say it. */
  next(generation: string | undefined): LiveEvent | undefined {
    if (this.#dropped > 0) {
      const count = this.#dropped;
      this.#dropped = 0;
      return { type: 'dropped', count };
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
