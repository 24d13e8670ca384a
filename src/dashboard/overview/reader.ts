// Reads the statistics once and goes on by what the feed tells: every answer says its place in the change sequence, and each change after
// it is added, what a call was before taken out. The time that it is compared with is read with it, whole, and grows by the clock. cdrd is
// asked again only for changes that nobody can add, and at midnight, when another time is meant.
import type { LiveEvent } from '../../client/queue.ts';
import type { Desk } from '../desk.ts';
import type { Call } from '../../http/dialects/native/callshape.ts';
import { againMs, isPassing } from '../faults.ts';
import { ask, isLooking } from './answers.ts';
import type { Curve } from './curve.ts';
import type { Earlier } from './earlier.ts';
import type { Frame, Range, Span } from './range.ts';
import { changeOf, putInto, type Change } from './change.ts';
import type { Tally } from './tally.ts';

export interface Asked {
  range: Range;
  /** Of the range `custom`. */
  picked: Span | null;
  zone: string;
  /** Handle; empty: all. */
  company: string;
}

export interface Seen {
  tally: Tally;
  curve: Curve;
  /** The place up to which the curve has counted. */
  curveSince: number;
  frame: Frame;
  earlier: Earlier;
  /** When another time is meant by the same words: at midnight. */
  until: number;
  /** The daemon's clock now, in milliseconds. */
  at: number;
  /** Calls that came by the feed since. */
  added: number;
  /** Whether every answer was of one place. */
  isExact: boolean;
}

/** After a change that could not be added; where every call must be looked at for it, too. */
const inexactMs = { counted: 8000, looked: 60_000 };
/** What is counted is drawn so often at most. */
const drawMs = 200;
/** The clock of what has not come yet, and of the time it is compared with; it asks nobody. */
const tickMs = 30_000;
/** Changes that are kept while an answer is under way; beyond them it is asked again. */
const heardMax = 20_000;

export class Reader {
  readonly #desk: Desk;
  readonly #asked: Asked;
  readonly #tell: (seen: Seen | null, fault: Error | null) => void;
  readonly #stop = new AbortController();
  /** Changes since the last question was put. */
  #heard: Change[] = [];
  #lastSeq = 0;
  #seen: Seen | null = null;
  readonly #inexactMs: number;
  #isReading = false;
  #isMissed = false;
  #next: { at: number; timer: ReturnType<typeof setTimeout> } | null = null;
  #drawing: ReturnType<typeof setTimeout> | null = null;

  constructor(desk: Desk, asked: Asked, tell: (seen: Seen | null, fault: Error | null) => void) {
    this.#desk = desk;
    this.#asked = asked;
    this.#tell = tell;
    this.#inexactMs = inexactMs[isLooking(desk, asked) ? 'looked' : 'counted'];
  }

  run(): void {
    const stopHearing = this.#desk.watch.hear((event, before) => this.#hear(event, before));
    const onShown = () => document.visibilityState === 'visible' && this.#isMissed && void this.#read();
    document.addEventListener('visibilitychange', onShown);
    const ticks = setInterval(() => this.#tick(), tickMs);
    this.#stop.signal.addEventListener('abort', () => {
      stopHearing();
      document.removeEventListener('visibilitychange', onShown);
      clearInterval(ticks);
      if (this.#next) clearTimeout(this.#next.timer);
      if (this.#drawing) clearTimeout(this.#drawing);
    });
    void this.#read();
  }

  stop(): void {
    this.#stop.abort();
  }

  #now(): number {
    return Date.now() + this.#desk.offsetMs;
  }

  #hear(event: LiveEvent, before: Call | null): void {
    if (event.type === 'resync') {
      this.#heard = [];
      this.#isMissed = true;
      return this.#later(0);
    }
    const change = changeOf(event, before);
    if (change === null) return;
    this.#lastSeq = change.seq;
    // A replay tells calls as they are now, at places of before: what is read meanwhile cannot be held against it.
    if (this.#isReading && this.#desk.watch.lines.state !== 'live') this.#isMissed = true;
    if (this.#isReading && this.#heard.length < heardMax) this.#heard.push(change);
    else if (this.#isReading) this.#isMissed = true;
    if (!this.#seen) return;
    if (!putInto(this.#seen, change, this.#asked.company)) this.#later(this.#inexactMs);
    this.#seen = { ...this.#seen, added: this.#seen.added + 1 };
    this.#drawing ??= setTimeout(() => this.#draw(), drawMs);
  }

  #tick(): void {
    this.#draw();
    if (this.#seen && this.#now() >= this.#seen.until) void this.#read();
  }

  #draw(): void {
    if (this.#drawing) clearTimeout(this.#drawing);
    this.#drawing = null;
    if (this.#seen && !this.#stop.signal.aborted) this.#tell({ ...this.#seen, at: this.#now() }, null);
  }

  /** Whoever wants it earlier has his way. */
  #later(ms: number): void {
    const at = Date.now() + ms;
    if (this.#next && this.#next.at <= at) return;
    if (this.#next) clearTimeout(this.#next.timer);
    this.#next = { at, timer: setTimeout(() => void this.#read(), ms) };
  }

  async #read(): Promise<void> {
    if (this.#isReading || this.#stop.signal.aborted) return;
    if (this.#next) clearTimeout(this.#next.timer);
    this.#next = null;
    this.#isMissed = document.visibilityState === 'hidden' && this.#seen !== null;
    // Nobody looks: it is read when somebody does.
    if (this.#isMissed) return;
    this.#isReading = true;
    this.#heard = [];
    try {
      const seen = await ask(this.#desk, this.#asked, this.#now(), () => this.#lastSeq, this.#stop.signal);
      // Not all at once: one that cannot be added must not hide the others.
      const fitting = this.#heard.map((change) => putInto(seen, change, this.#asked.company));
      if (!seen.isExact || fitting.includes(false)) this.#isMissed = true;
      this.#seen = seen;
      this.#draw();
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#tell(null, error as Error);
      if (isPassing(error)) this.#later(againMs);
    } finally {
      this.#isReading = false;
      this.#heard = [];
    }
    if (this.#stop.signal.aborted) return;
    if (this.#isMissed) this.#later(this.#inexactMs);
  }
}
