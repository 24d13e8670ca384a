// Work that many clients want at once, one piece after the other, with room for everyone else in between.
import { setImmediate as breathe } from 'node:timers/promises';

/** First come, first served. A storm of replays costs each of them time, and the event loop never more than one page. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.then(
      () => breathe(),
      () => breathe(),
    );
    return turn;
  }
}
