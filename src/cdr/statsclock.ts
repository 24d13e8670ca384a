// The clock of a zone over a span, for statistics: which day, weekday, hour and quarter of an hour it shows at an instant. Pure.
import type { Micros } from './cdr.ts';
import { bucketOf, dayMicros, hourMicros, minuteMicros, quarterMicros } from './tiers.ts';
import { offsetOf } from './time.ts';

/** What the clock of a zone shows. */
export interface Shown {
  day: string;
  /** 1 Monday to 7 Sunday. */
  weekday: number;
  hour: number;
  /** First minute of the quarter of the hour. */
  quarter: number;
  /** Minutes east of UTC. */
  offset: number;
}

/** Times during which the clock does not jump. */
interface Stretch {
  from: Micros;
  /** Minutes east of UTC. */
  offset: number;
}

export class StatsClock {
  readonly #stretches: readonly Stretch[];

  constructor(from: Micros, until: Micros, zone: string) {
    this.#stretches = stretchesOf(from, until, zone);
  }

  /** Whether every jump and every offset of the span are whole quarters of an hour. Until about 1972 some were not. */
  get isByQuarters(): boolean {
    const [, ...jumps] = this.#stretches;
    return (
      this.#stretches.every(({ offset }) => offset % 15 === 0) && jumps.every(({ from }) => from % quarterMicros === 0)
    );
  }

  at(instant: Micros): Shown {
    let offset = this.#stretches[0]!.offset;
    for (const stretch of this.#stretches) {
      if (stretch.from > instant) break;
      ({ offset } = stretch);
    }
    return shownAt(instant + offset * minuteMicros, offset);
  }

  /** The part of its span between two instants, piece by piece between the jumps. */
  pieces(from: Micros, until: Micros): (Stretch & { until: Micros })[] {
    return this.#stretches
      .map((stretch, at) => ({
        offset: stretch.offset,
        from: at === 0 ? from : Math.max(from, stretch.from),
        until: Math.min(until, this.#stretches[at + 1]?.from ?? until),
      }))
      .filter((piece) => piece.from < piece.until);
  }
}

/** `wall`: what the clock shows, in microseconds since the beginning of 1970 on it. */
export function shownAt(wall: Micros, offset: number): Shown {
  const day = Math.floor(wall / dayMicros);
  return {
    day: dayText(day),
    // The first of January 1970 was a Thursday.
    weekday: ((((day + 3) % 7) + 7) % 7) + 1,
    hour: Math.floor((wall - day * dayMicros) / hourMicros),
    quarter: Math.floor(((wall - day * dayMicros) % hourMicros) / quarterMicros) * 15,
    offset,
  };
}

const days = new Map<number, string>();
const daysMax = 20_000;

function dayText(day: number): string {
  let text = days.get(day);
  if (text === undefined) {
    if (days.size >= daysMax) days.clear();
    days.set(day, (text = new Date((day * dayMicros) / 1000).toISOString().slice(0, 10)));
  }
  return text;
}

/** No zone jumps there and back within a day. */
function stretchesOf(from: Micros, until: Micros, zone: string): Stretch[] {
  const found: Stretch[] = [{ from, offset: offsetOf(from, zone) }];
  for (let at = from; at < until; at += dayMicros) {
    const next = Math.min(at + dayMicros, until);
    const offset = offsetOf(next, zone);
    if (offset === found.at(-1)!.offset) continue;
    found.push({ from: jumpOf(at, next, offset, zone), offset });
  }
  return found;
}

/** The first full minute with the new offset. */
function jumpOf(before: Micros, after: Micros, offset: number, zone: string): Micros {
  let [low, high] = [bucketOf(before, 'minute'), Math.ceil(after / minuteMicros)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetOf(middle * minuteMicros, zone) === offset) high = middle;
    else low = middle;
  }
  return high * minuteMicros;
}
