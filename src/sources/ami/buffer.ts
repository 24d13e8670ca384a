// The rows between Asterisk, which cannot wait, and the store, which may be slow. The only place where a row can be
// dropped; every drop is counted.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RawRow } from '../../cdr/normalise.ts';
import { failpoint } from '../../failpoint.ts';
import type { Batch } from '../../ingest/source.ts';
import type { Log } from '../../log.ts';

/**
 * So many rows in one turn of the loop (one read of the socket brings some 90) are a flood, and the next turn is waited for: a commit
 * of 500 rows costs half of what five of 100 do.
 */
const floodRows = 32;

export class RowBuffer {
  readonly #limit: number;
  readonly #log: Log;
  readonly #now: () => number;
  #rows: RawRow[] = [];
  /** When each of them came, milliseconds since 1970. */
  #came: number[] = [];
  /** The same of the oldest row of the batch that was taken last; undefined: it is stored. */
  #inHand: number | undefined;
  #lost = 0;
  #lostInAll = 0;
  #isOverflowing = false;
  #isClosed = false;
  #wake: () => void = () => undefined;

  /** `now` in milliseconds since 1970. */
  constructor(limit: number, log: Log, now: () => number) {
    this.#limit = limit;
    this.#log = log;
    this.#now = now;
  }

  /** Keeps the row, or drops and counts it when the buffer is full: what is older is nearer to being stored. */
  push(row: RawRow): void {
    if (this.#rows.length < this.#limit) {
      this.#rows.push(row);
      this.#came.push(this.#now());
      failpoint('row buffered');
      this.#wake();
      return;
    }
    this.#lost += 1;
    this.#lostInAll += 1;
    if (this.#isOverflowing) return;
    this.#isOverflowing = true;
    this.#log.warn({ rows: this.#limit }, 'AMI buffer full, newest rows dropped');
  }

  /**
   * Up to `max` rows as soon as there is one, of a flood as many as come, with the drops since the last batch; null when closed and empty.
   * The batch before counts as stored.
   */
  async take(max: number): Promise<Batch | null> {
    this.#inHand = undefined;
    while (this.#rows.length === 0) {
      if (this.#isClosed) return null;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    for (let had = 0; this.#rows.length < max && this.#rows.length - had >= floodRows;) {
      had = this.#rows.length;
      await nextTurn();
    }
    const batch: Batch = { rows: this.#rows.splice(0, max) };
    [this.#inHand] = this.#came.splice(0, max);
    failpoint('rows taken');
    if (this.#lost > 0) batch.lost = this.#lost;
    this.#lost = 0;
    if (this.#rows.length === 0 && this.#isOverflowing) {
      this.#isOverflowing = false;
      this.#log.info({ lost: this.#lostInAll }, 'AMI buffer empty again');
    }
    return batch;
  }

  /** Rows that nobody has taken. */
  get waiting(): number {
    return this.#rows.length;
  }

  /** When the oldest row that is not stored came, milliseconds since 1970; null: all are. */
  get oldest(): number | null {
    return this.#inHand ?? this.#came[0] ?? null;
  }

  /** No more rows will come. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }
}
