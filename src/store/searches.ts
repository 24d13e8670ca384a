// Searches of lists, piece by piece: short ones at once, long ones one piece at a time of all of them, beside the loop where it is the loop
// that reads (searchthread.ts).
import { ClientError } from '../errors.ts';
import type { Database, Sql } from './sql.ts';
import { Turns } from './turns.ts';

/** Long searches that may go on at once. */
const longMax = 16;
/** When somebody who found no place may ask again, in seconds. */
const retrySeconds = 5;

/** A piece of the search, and how long it took. `isLong`: nothing is known of how much it looks at. */
export type Piece = <T>(work: (sql: Sql) => Promise<T>, isLong?: boolean) => Promise<{ result: T; tookMs: number }>;

/** One for each store. */
export class Searches {
  readonly #database: Database;
  readonly #turns = new Turns();
  #long = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  /** `hereMs`: so much of it is done at once. @throws ClientError 429 when it is long, and as many are as may be */
  async run<T>(hereMs: number, search: (piece: Piece) => Promise<T>): Promise<T> {
    let spentMs = 0;
    let isLong = false;
    try {
      return await search(async (work, isLongPiece = false) => {
        if (!isLong && (isLongPiece || (spentMs > 0 && spentMs >= hereMs))) {
          this.#enter();
          isLong = true;
        }
        const timed = async () => {
          const began = performance.now();
          const result = await (isLong ? this.#database.search(work) : this.#database.read(work));
          return { result, tookMs: performance.now() - began };
        };
        const done = await (isLong ? this.#turns.take(timed) : timed());
        spentMs += done.tookMs;
        return done;
      });
    } finally {
      if (isLong) this.#long -= 1;
    }
  }

  #enter(): void {
    if (this.#long === longMax)
      throw new ClientError(429, `as many long searches go on as may at once, ${longMax}: try again`, [], {
        retryAfter: retrySeconds,
      });
    this.#long += 1;
  }
}
