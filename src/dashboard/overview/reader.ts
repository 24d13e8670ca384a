// Reads the statistics once and goes on by what the feed tells: each call is added where it belongs the moment it comes. cdrd is asked
// again only where that cannot be exact, and for the curve once in a minute in which something happened. While nothing happens, nobody asks.
import type { Call } from '../../http/dialects/native/callshape.ts';
import type { RunningShape, StatsShape } from '../../http/dialects/native/statsshape.ts';
import type { LiveEvent } from '../../client/queue.ts';
import { statsOf } from '../../client/stats.ts';
import type { Desk } from '../desk.ts';
import { frameOf, type Frame, type Range } from './range.ts';
import { Tally } from './tally.ts';

export interface Asked {
  range: Range;
  zone: string;
  /** Handle; empty: all. */
  company: string;
}

export interface Seen {
  tally: Tally;
  frame: Frame;
  /** Of as long a time before; null: there is none. */
  before: StatsShape | null;
  /** By hour of that whole day, for a frame of one day. */
  beforeHours: StatsShape | null;
  running: RunningShape;
  /** The daemon's clock when it was read, in milliseconds. */
  at: number;
  /** Calls that came by the feed since. */
  added: number;
}

/** After a change that could not be added. */
const inexactMs = 8000;
/** Of the curve of calls at once, which no call can be added to. */
const curveMs = 60_000;
/** What is told of so short a time before the end of a reading may be in it, or not. */
const seamMs = 2000;

export class Reader {
  readonly #desk: Desk;
  readonly #asked: Asked;
  readonly #tell: (seen: Seen | null, fault: Error | null) => void;
  readonly #stop = new AbortController();
  /** Calls that were added since the last reading, as they were added. */
  #added = new Map<number, Call>();
  #seen: Seen | null = null;
  #isReading = false;
  #isMissed = false;
  #next: { at: number; timer: ReturnType<typeof setTimeout> } | null = null;

  constructor(desk: Desk, asked: Asked, tell: (seen: Seen | null, fault: Error | null) => void) {
    this.#desk = desk;
    this.#asked = asked;
    this.#tell = tell;
  }

  run(): void {
    const stopHearing = this.#desk.watch.hear((event) => this.#hear(event));
    const onShown = () => document.visibilityState === 'visible' && this.#isMissed && void this.#read();
    document.addEventListener('visibilitychange', onShown);
    this.#stop.signal.addEventListener('abort', () => {
      stopHearing();
      document.removeEventListener('visibilitychange', onShown);
      if (this.#next) clearTimeout(this.#next.timer);
    });
    void this.#read();
  }

  stop(): void {
    this.#stop.abort();
  }

  #now(): number {
    return Date.now() + this.#desk.offsetMs;
  }

  #hear(event: LiveEvent): void {
    if (event.type === 'resync') return this.#later(0);
    if (event.type !== 'call' || 'live' in event || 'reason' in event) return;
    if (!this.#seen || this.#isReading) {
      this.#isMissed = true;
      return;
    }
    if (!this.#add(event.op, event.call)) this.#later(inexactMs);
    this.#later(curveMs);
  }

  /** False: it cannot be known whether, or how, it was counted. */
  #add(op: string, call: Call | { id: number }): boolean {
    const seen = this.#seen!;
    const known = this.#added.get(call.id);
    // A company's statistics are of what it sees of a call, and this is what we see of it.
    if (this.#asked.company !== '') return false;
    if (known ? false : op !== 'created') return false;
    if ('created' in call && !known && Date.parse(call.created) < seen.at + seamMs) return false;
    if (known) seen.tally.put(known, -1);
    if ('created' in call) {
      seen.tally.put(call, 1);
      this.#added.set(call.id, call);
    } else this.#added.delete(call.id);
    this.#seen = { ...seen, added: seen.added + 1 };
    this.#tell(this.#seen, null);
    return true;
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
    try {
      this.#seen = await this.#ask();
      this.#added = new Map();
      if (!this.#stop.signal.aborted) this.#tell(this.#seen, null);
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#tell(null, error as Error);
    } finally {
      this.#isReading = false;
    }
    if (this.#stop.signal.aborted) return;
    if (this.#isMissed) this.#later(inexactMs);
    if (this.#seen) this.#atMidnight(this.#seen.frame);
  }

  /** Today is another day then. */
  #atMidnight({ to }: Frame): void {
    const ms = to - this.#now();
    if (this.#asked.range !== 'yesterday' && ms > 0 && !this.#next) this.#later(ms + seamMs);
  }

  async #ask(): Promise<Seen> {
    const { range, zone, company } = this.#asked;
    const now = this.#now();
    const frame = frameOf(range, now, zone);
    const stats = statsOf(this.#desk.requests);
    const { signal } = this.#stop;
    const more = { zone, ...(company === '' ? {} : { company }) };
    const span = spanOf(frame, more);
    const day = frame.step === 'hour' ? (['day', 'hour'] as const) : (['day'] as const);
    const step = frame.days === 1 ? 'quarter' : 'hour';
    const [main, hours, company_, extension, trunk, before, beforeHours, running] = await Promise.all([
      stats({ ...span, by: [...day, 'direction', 'outcome'] }, { signal }),
      stats({ ...span, by: ['weekday', 'hour'] }, { signal }),
      stats({ ...span, by: 'company' }, { signal }),
      stats({ ...span, by: 'extension' }, { signal }),
      stats({ ...span, by: 'trunk' }, { signal }),
      frame.before ? stats(spanOf(frame.before, more), { signal }) : null,
      frame.beforeDay ? stats({ ...spanOf(frame.beforeDay, more), by: ['day', 'hour'] }, { signal }) : null,
      stats.concurrency({ ...span, step }, { signal }),
    ]);
    const tally = new Tally(frame, zone, { main, hours, tops: { company: company_, extension, trunk } });
    return { tally, frame, before, beforeHours, running, at: this.#now(), added: 0 };
  }
}

function spanOf({ from, to }: { from: number; to: number }, more: { zone: string; company?: string }) {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString(), ...more };
}
