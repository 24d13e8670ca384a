// How fast a long reading goes and when it will be over, for the log and whoever asks.
import type { Progress } from '../../ingest/source.ts';
import { spanText } from '../../ingest/span.ts';
import type { Log } from '../../log.ts';

/** Between two lines in the log: the first after a moment, so that one sees it go, then few in a night. */
const firstTellMs = 10_000;
const tellMs = 300_000;

export class ProgressLog {
  readonly #log: Log;
  readonly #now: () => number;
  #total: () => number | null = () => null;
  #from = { at: 0, rows: 0 };
  #tellAt = 0;

  /** `now` in milliseconds since 1970. */
  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** `rows` were read before; `total` says about how many there are. */
  begin(rows: number, total: () => number | null): void {
    this.#total = total;
    this.#from = { at: this.#now(), rows };
    this.#tellAt = this.#now() + firstTellMs;
    const about = total() === null ? '' : ` of about ${total()}`;
    const begins = total() === null ? 'backfill begins' : `backfill begins,${about.slice(3)} rows`;
    const text = rows === 0 ? begins : `backfill goes on, ${rows}${about} rows were read before`;
    this.#log.info({ rows, total: total() }, text);
  }

  now(rows: number): Omit<Progress, 'rows'> {
    const seconds = (this.#now() - this.#from.at) / 1000;
    const rate = seconds > 0 ? (rows - this.#from.rows) / seconds : 0;
    const total = this.#total();
    return { rate, total, secondsLeft: total === null || rate <= 0 ? null : Math.max(0, total - rows) / rate };
  }

  tell(rows: number): void {
    if (this.#now() < this.#tellAt) return;
    this.#tellAt = this.#now() + tellMs;
    const { rate, total, secondsLeft } = this.now(rows);
    const about = total === null ? '' : ` of about ${total}`;
    const left = secondsLeft === null ? '' : `, about ${spanText(secondsLeft)} left`;
    this.#log.info(
      { rows, total, rate: Math.round(rate), secondsLeft: secondsLeft === null ? null : Math.round(secondsLeft) },
      `backfill: ${rows}${about} rows, ${Math.round(rate)} a second${left}`,
    );
  }
}
