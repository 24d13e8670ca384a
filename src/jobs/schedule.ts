// A schedule in the words of cron, and when it is due next. node-cron knows cron; the clock that is moved on is ours:
// a time that does not exist on that day is due at the moment the clock moves, not a day or a week later.
import { createTask, validateDetailed, type ScheduledTask } from 'node-cron';
import type { Micros } from '../cdr/cdr.ts';
import { offsetOf } from '../cdr/time.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** What is wrong with a schedule, null when nothing is. */
export function scheduleFault(text: string): string | null {
  const expected = `expected five fields of cron like "17 3 * * *", or off`;
  if (text === 'off') return null;
  if (!text.startsWith('@') && text.trim().split(/\s+/).length !== 5) return `found "${text}", ${expected}`;
  const long = /\d{3,}/.exec(text);
  if (long) return `found "${text}", ${expected}: ${long[0]} has more than the two digits of a time`;
  const { valid, errors } = validateDetailed(text);
  return valid ? null : `found "${text}", ${expected}: ${errors.map(({ message }) => message).join('; ')}`;
}

export class Schedule {
  readonly #zone: string;
  readonly #task: ScheduledTask;
  /** The same on a clock that never jumps, to ask which wall times match. */
  readonly #walls: ScheduledTask;

  /** `cron` without a fault, `zone` an IANA zone. */
  constructor(cron: string, zone: string) {
    this.#zone = zone;
    this.#task = createTask(cron, () => undefined, { timezone: zone });
    this.#walls = createTask(cron, () => undefined, { timezone: 'UTC' });
  }

  /** The next time after now. */
  next(): Micros {
    const next = this.#task.getNextRuns(1)[0]!.getTime();
    return (this.#skipped(Date.now(), next) ?? next) * 1000;
  }

  async close(): Promise<void> {
    await this.#task.destroy();
    await this.#walls.destroy();
  }

  /** When the clock was moved over a time that matches, before `next`; milliseconds. */
  #skipped(from: number, next: number): number | undefined {
    for (let at = from; at < next; at += dayMs) {
      const moved = movedOn(at, Math.min(at + dayMs, next), this.#zone);
      if (moved === undefined) continue;
      for (let wall = moved.from; wall < moved.to; wall += minuteMs) {
        if (this.#walls.match(new Date(wall))) return moved.at;
      }
    }
    return undefined;
  }
}

/** Where between two instants the clock is moved on, and from which wall time to which (as if they were UTC). */
function movedOn(early: number, late: number, zone: string): { at: number; from: number; to: number } | undefined {
  const offset = (ms: number) => offsetOf(ms * 1000, zone) * minuteMs;
  const [before, after] = [offset(early), offset(late)];
  if (after <= before) return undefined;
  let [still, already] = [Math.floor(early / minuteMs), Math.ceil(late / minuteMs)];
  while (already - still > 1) {
    const middle = Math.floor((still + already) / 2);
    if (offset(middle * minuteMs) === before) still = middle;
    else already = middle;
  }
  const at = already * minuteMs;
  return { at, from: at + before, to: at + after };
}
