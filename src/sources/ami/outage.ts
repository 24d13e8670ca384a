// What the log says of a line that is away: once when it goes, once for each new cause, then again at growing intervals with how long.
// A night without AMI is a handful of lines, not one per try and not one in all.
import type { Log } from '../../log.ts';
import type { Ending } from './client.ts';

const minuteMs = 60_000;
/** When it is said again that the line is still away; after the last one at each multiple of it. */
const remindersMs = [minuteMs, 10 * minuteMs, 60 * minuteMs];
/** Causes told one by one in one outage: a peer that says something else at each try is one cause, see `causeOf`. */
const causesMax = 10;

export class Outage {
  readonly #log: Log;
  readonly #now: () => number;
  readonly #causes = new Set<string>();
  #since: number | undefined;
  #dueMs = 0;

  /** `now` in milliseconds. */
  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** A try has ended; `detail` is the whole sentence for people. */
  tell({ kind, message }: Ending, detail: string): void {
    const now = this.#now();
    this.#since ??= now;
    const awayMs = now - this.#since;
    const say = (sentence: string) => (kind === 'refused' ? this.#log.error(sentence) : this.#log.warn(sentence));
    const cause = causeOf(message);
    const isNew = !this.#causes.has(cause) && this.#causes.size < causesMax;
    if (isNew) this.#causes.add(cause);
    if (isNew) say(detail);
    else if (awayMs >= this.#dueMs) say(`AMI has been away for ${lengthText(awayMs)}: ${detail}`);
    else this.#log.debug(detail);
    if (this.#dueMs <= awayMs) this.#dueMs = nextReminder(awayMs);
  }

  /** The line is up; how long it was away, null when it was not. */
  over(): string | null {
    const length = this.#since === undefined ? null : lengthText(this.#now() - this.#since);
    this.#since = undefined;
    this.#dueMs = 0;
    this.#causes.clear();
    return length;
  }
}

/** Without what the peer said or numbers in it: these may differ at each try. */
function causeOf(message: string): string {
  return message.replace(/"(?:[^"\\]|\\.)*"/g, '"…"');
}

function nextReminder(awayMs: number): number {
  const last = remindersMs.at(-1)!;
  return remindersMs.find((due) => due > awayMs) ?? (Math.floor(awayMs / last) + 1) * last;
}

function lengthText(ms: number): string {
  const minutes = Math.floor(ms / minuteMs);
  if (minutes === 0) return `${Math.round(ms / 1000)} s`;
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
