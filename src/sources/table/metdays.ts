// Which records the rows of a pass were, by the days of the rows: a record that was read in another zone stands on a day near by.
import { dayAfter } from '../../cdr/time.ts';

/** Zones differ by 26 hours at most, so a row is on the day of its record or within so many of it. */
const nearDays = 2;

export class MetDays {
  readonly #byDay = new Map<string, Set<number>>();

  /** Whether a row of that day was it before. */
  add(day: string, id: number): boolean {
    const met = this.#byDay.get(day) ?? new Set();
    this.#byDay.set(day, met);
    const isKnown = met.has(id);
    met.add(id);
    return isKnown;
  }

  /** Of these days, in a pass from the newest rows down to `oldest`: those whose records can have no row that is still to come. */
  over(days: Iterable<string>, oldest: string): string[] {
    const near = dayAfter(oldest, nearDays);
    return [...days].filter((day) => day > near);
  }

  /** Whether a record of that day was a row of the pass. */
  near(day: string): (id: number) => boolean {
    const all = Array.from({ length: 2 * nearDays + 1 }, (_, at) => this.#byDay.get(dayAfter(day, at - nearDays)));
    return (id) => all.some((met) => met?.has(id));
  }

  /** Days that are near to none that is not over. */
  forget(oldest: string): void {
    for (const day of this.over(this.#byDay.keys(), dayAfter(oldest, nearDays))) this.#byDay.delete(day);
  }
}
