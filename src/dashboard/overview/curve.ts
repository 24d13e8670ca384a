// Calls that ran at once, step by step: as cdrd told it, and gone on with by the calls that came since. A day or two are kept minute by
// minute, so that a call can be added exactly. Pure.
import type { RunningShape } from '../../http/dialects/native/statsshape.ts';

/** Milliseconds; `to` is not included. */
export interface CurveStep {
  from: number;
  to: number;
  /** Most calls at any full minute of it. */
  peak: number;
}

const minute = 60_000;

export class Curve {
  /** Of steps that no call can be added to. */
  readonly #kept: readonly CurveStep[];
  readonly #begins: readonly number[];
  readonly #from: number;
  readonly #to: number;
  /** Calls that ran at each full minute since `#from`. */
  readonly #minutes: number[];

  /**
   * `kept`: the points before `minutes`, whose steps end where the minutes begin; null: there are none. `begins`: of the steps that the
   * minutes are shown by. `to`: where the last minute ends.
   */
  constructor(kept: RunningShape | null, minutes: RunningShape | null, begins: readonly number[], to: number) {
    this.#minutes = (minutes?.points ?? []).map(({ peak }) => peak);
    this.#from = minutes?.points[0] ? Date.parse(minutes.points[0].at) : to;
    this.#to = to;
    this.#begins = begins;
    const starts = (kept?.points ?? []).map(({ at }) => Date.parse(at));
    this.#kept = (kept?.points ?? []).map(({ peak }, at) => ({
      ...{ from: starts[at]!, to: starts[at + 1] ?? this.#from, peak },
    }));
  }

  steps(): CurveStep[] {
    const counted = this.#begins.map((from, at): CurveStep => {
      const to = this.#begins[at + 1] ?? this.#to;
      const some = this.#minutes.slice(this.#placeOf(from), this.#placeOf(to));
      return { from, to, peak: Math.max(0, ...some) };
    });
    return [...this.#kept, ...counted];
  }

  /**
   * A call runs at a full minute when it began before it and did not end before it. `times` -1 takes away what was added. False: it ran
   * at a minute that is kept with others, where nobody can tell the most.
   */
  put({ start, end }: { start: string; end: string }, times: 1 | -1): boolean {
    const first = Math.floor(Date.parse(start) / minute) * minute + minute;
    const last = Math.floor(Date.parse(end) / minute) * minute;
    const begin = this.#kept[0]?.from ?? this.#from;
    if (this.#kept.length > 0 && first < this.#from && last >= begin) return false;
    for (let at = Math.max(first, this.#from); at <= last && at < this.#to; at += minute)
      this.#minutes[this.#placeOf(at)]! += times;
    return true;
  }

  #placeOf(ms: number): number {
    return Math.round((ms - this.#from) / minute);
  }
}
