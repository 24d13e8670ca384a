// The way out to one client of the feed: counted, and bounded. Whoever takes too little is cut and resumes.
import { setTimeout as delay } from 'node:timers/promises';
import { failpoint } from '../failpoint.ts';
import type { LimitsConfig } from './config.ts';
import type { LiveStats } from './context.ts';

/** Where the bytes go. */
export interface Wire {
  /** Bytes that were written and not taken yet. */
  waiting(): number;
  write(frame: Buffer): void;
  /** Of a Writable: what is written between the two goes out together. */
  cork(): void;
  uncork(): void;
  /** It took something, after it had fallen behind. */
  taken(): void;
  /** It takes too little, by the named limit: to be ended. */
  cut(reason: string): void;
}

/** Frames of one turn of the loop go out together, in one call of the system; but no more than so many bytes wait for that. */
const gatheredMax = 64 * 1024;

/** How often a client that is behind in its replay is looked at. */
const drainMs = { first: 5, most: 100 };

export class Outlet {
  readonly #wire: Wire;
  readonly #limits: LimitsConfig;
  readonly #stats: LiveStats;
  #isClosed = false;
  /** Bytes held back since they were last let go in this turn of the loop; null: nothing was written in it. */
  #gathered: number | null = null;

  constructor(wire: Wire, limits: LimitsConfig, stats: LiveStats) {
    this.#wire = wire;
    this.#limits = limits;
    this.#stats = stats;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Somebody is told of the past. */
  replays(): void {
    this.#stats.replays += 1;
  }

  /** No more frames. */
  close(): void {
    this.#isClosed = true;
  }

  send(frame: Buffer): void {
    if (this.#isClosed) return;
    this.#stats.frames += 1;
    this.#stats.bytes += frame.length;
    this.#gather(frame.length);
    this.#wire.write(frame);
    failpoint('frame written');
  }

  /** Holds a frame of so many bytes back until this turn of the loop is over. */
  #gather(bytes: number): void {
    if (this.#gathered === null) {
      this.#wire.cork();
      queueMicrotask(() => {
        this.#gathered = null;
        this.#wire.uncork();
      });
    } else if (this.#gathered > gatheredMax) this.#letGo();
    this.#gathered = (this.#gathered ?? 0) + bytes;
  }

  #letGo(): void {
    this.#wire.uncork();
    this.#wire.cork();
    this.#gathered = 0;
  }

  /** Whether no more than so many bytes wait; what we hold back ourselves is not the client's doing. */
  #isWithin(bytes: number): boolean {
    if (this.#wire.waiting() <= bytes) return true;
    if (this.#gathered === null) return false;
    this.#letGo();
    return this.#wire.waiting() <= bytes;
  }

  /** A frame of this moment: nobody waits for the client. Who has taken everything gets any frame, however large. */
  push(frame: Buffer): void {
    const { live_buffer_bytes: most } = this.#limits;
    if (this.#isWithin(Math.max(0, most - frame.length))) this.send(frame);
    else this.#cut(`over ${most} bytes wait (limits.live_buffer_bytes)`);
  }

  /** The past may fill half the buffer, the other half is for what happens meanwhile. */
  get hasRoom(): boolean {
    return this.#isWithin(this.#limits.live_buffer_bytes / 2);
  }

  /** Resolves when there is room for more of the past, or nobody left to tell; undefined when there is. */
  room(): Promise<void> | undefined {
    return this.#isClosed || this.hasRoom ? undefined : this.#drained(this.#limits.live_buffer_bytes / 4);
  }

  /** Waits until at most `bytes` wait for the client; one that takes nothing for too long is cut. */
  async #drained(bytes: number): Promise<void> {
    let last = this.#wire.waiting();
    let since = performance.now();
    for (
      let wait = drainMs.first;
      !this.#isClosed && this.#wire.waiting() > bytes;
      wait = Math.min(wait * 2, drainMs.most)
    ) {
      await delay(wait);
      const now = this.#wire.waiting();
      if (now < last) {
        this.#wire.taken();
        since = performance.now();
      }
      last = now;
      const { live_stall_seconds: most } = this.#limits;
      if (performance.now() - since > most * 1000) this.#cut(`nothing taken for ${most} s (limits.live_stall_seconds)`);
    }
  }

  #cut(reason: string): void {
    if (this.#isClosed) return;
    this.#stats.cuts += 1;
    this.#wire.cut(reason);
  }
}
