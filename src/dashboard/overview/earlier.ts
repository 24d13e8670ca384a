// The time that a frame is compared with: what is over of it as one sum, the rest by quarters of an hour. It is asked for once, whole, and
// grows by the clock; calls of that time that come, change or go are counted in it too. Pure.
import type { Call } from '../../http/dialects/native/callshape.ts';
import type { StatsShape } from '../../http/dialects/native/statsshape.ts';
import { wallOf } from '../zone.ts';
import { quarterBegin, reached, type Frame, type Span } from './range.ts';
import { add, grow, plain, type Sums } from './tally.ts';

interface Answers {
  /** One sum; null: nothing of it is asked for so. */
  settled: StatsShape | null;
  /** By day, hour and quarter; null: as above. */
  growing: StatsShape | null;
  /** Of an answer that does not say its place: the last change that was heard when it came. */
  heard: number;
}

export class Earlier {
  readonly #frame: Frame;
  readonly #zone: string;
  readonly #settled: Sums;
  /** By the begin of the quarter, in milliseconds. */
  readonly #quarters = new Map<number, Sums>();
  readonly #since: Readonly<Record<'settled' | 'growing', number>>;
  /** Whether the answers say their place. */
  readonly isExact: boolean;

  constructor(frame: Frame, zone: string, { settled, growing, heard }: Answers) {
    this.#frame = frame;
    this.#zone = zone;
    this.#settled = plain(settled?.total ?? { calls: 0, answered: 0, talk: 0 });
    for (const row of growing?.rows ?? []) add(this.#quarters, Date.parse(row.at!), plain(row));
    this.#since = { settled: settled?.seq ?? heard, growing: growing?.seq ?? heard };
    this.isExact = settled?.seq !== null && growing?.seq !== null;
  }

  /** Both answers have counted the changes up to here. */
  get place(): number {
    return Math.min(this.#since.settled, this.#since.growing);
  }

  /** As `Tally.put`. */
  put(call: Pick<Call, 'start' | 'outcome' | 'talk_seconds'>, times: 1 | -1, seq: number): void {
    const start = Date.parse(call.start);
    const { settled, growing } = this.#frame;
    const sums = { calls: times, answered: call.outcome === 'answered' ? times : 0, talk: call.talk_seconds * times };
    if (isIn(settled, start) && seq > this.#since.settled) grow(this.#settled, sums);
    if (isIn(growing, start) && seq > this.#since.growing) add(this.#quarters, quarterBegin(start), sums);
  }

  /** Up to the same time of day as `now`, in full quarters; null: that has just begun. */
  upTo(now: number): { span: Span; sums: Sums } | null {
    const { from } = this.#frame.before;
    const to = reached(this.#frame, now, this.#zone);
    if (from >= to) return null;
    const sums = { ...this.#settled };
    for (const [begin, more] of this.#quarters) if (begin < to) grow(sums, more);
    return { span: { from, to }, sums };
  }

  /** Calls by the hour of the clock, of all that is known by quarters. */
  hours(): Map<number, number> {
    const hours = new Map<number, number>();
    for (const [begin, { calls }] of this.#quarters) {
      const { hour } = wallOf(begin, this.#zone);
      hours.set(hour, (hours.get(hour) ?? 0) + calls);
    }
    return hours;
  }
}

function isIn(span: Span | null, ms: number): boolean {
  return span !== null && ms >= span.from && ms < span.to;
}
