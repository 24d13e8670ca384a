// What of the overlap was handed over: equal rows by their content, and how many there are of each. It reads nothing itself.
import type { Log } from '../../log.ts';

interface Known {
  /** Of its time, on the table's clock; Infinity: it has none. */
  seconds: number;
  count: number;
  /** The look that saw it last. */
  look: number;
}

/** Rows remembered; beyond it the oldest are forgotten and handed over again, which ingest recognises. */
const memoryLimit = 200_000;

/** The memory of one run of a table that is read by time. */
export class Handed {
  readonly #overlapSeconds: number;
  readonly #log: Log;
  readonly #known = new Map<string, Known>();
  #look = 0;
  #pruneAt = 0;
  #isFull = false;

  constructor(overlapSeconds: number, log: Log) {
    this.#overlapSeconds = overlapSeconds;
    this.#log = log;
  }

  countOf(content: string): number {
    return this.#known.get(content)?.count ?? 0;
  }

  remember(content: string, seconds: number, count: number): void {
    this.#known.set(content, { seconds, count, look: this.#look });
  }

  /**
   * A look has seen all from `lowest` (seconds) to the end: what it has not seen is not there any more, and is news when it
   * comes again (a word that is changed back). Not for a look that was cut.
   */
  endLook(lowest: number): void {
    for (const [content, { seconds, look }] of this.#known) {
      if (look !== this.#look && seconds >= lowest) this.#known.delete(content);
    }
    this.#look += 1;
  }

  /** What is below `lowest` no look comes to any more. */
  forget(lowest: number): void {
    if (this.#known.size < this.#pruneAt) return;
    for (const [content, { seconds }] of this.#known) if (seconds < lowest) this.#known.delete(content);
    if (this.#known.size > memoryLimit && !this.#isFull) {
      this.#isFull = true;
      this.#log.warn(
        { limit: memoryLimit, overlapSeconds: this.#overlapSeconds },
        'more rows in the overlap than are remembered, the oldest are handed over again and again: lower table.overlap_seconds or add an id column',
      );
    }
    for (const content of this.#known.keys()) {
      if (this.#known.size <= memoryLimit) break;
      this.#known.delete(content);
    }
    this.#pruneAt = Math.min(this.#known.size * 2 + 1000, memoryLimit);
  }

  clear(): void {
    this.#known.clear();
  }
}
