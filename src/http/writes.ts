// Who wrote records over HTTP, for the audit: one entry per writer and minute with what became of them. One per record would be as much as the records.
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { By } from '../store/audit.ts';
import type { Store } from '../store/store.ts';

const minuteMs = 60_000;
/** Writers counted at once; beyond it the minute is over early. */
const writersMax = 1000;

type Status = 'created' | 'duplicate' | 'expired' | 'rejected';
interface Minute {
  by: By;
  requests: number;
  became: Partial<Record<Status, number>>;
}

export class Writes {
  readonly #store: Pick<Store, 'audit'>;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  readonly #minutes = new Map<string, Minute>();
  #writing: Promise<void> = Promise.resolve();

  /** `now` in milliseconds. */
  constructor(store: Pick<Store, 'audit'>, log: Log, now: () => number) {
    this.#store = store;
    this.#log = log;
    this.#now = now;
    this.#timer = setInterval(() => this.flush(), minuteMs).unref();
  }

  /** Never fails and is not waited for. */
  tell(by: By, results: readonly { status: Status }[]): void {
    const key = `${by.kind} ${by.id} ${by.address}`;
    if (!this.#minutes.has(key) && this.#minutes.size >= writersMax) this.flush();
    const minute = this.#minutes.get(key) ?? { by, requests: 0, became: {} };
    this.#minutes.set(key, minute);
    minute.requests += 1;
    for (const { status } of results) minute.became[status] = (minute.became[status] ?? 0) + 1;
  }

  /** The minute is over: what was counted is told. */
  flush(): void {
    const over = [...this.#minutes.values()];
    this.#minutes.clear();
    const at = this.#now() * 1000;
    for (const { by, requests, became } of over) {
      const entry = { at, by, action: 'cdr.written', detail: became, count: requests } as const;
      const failed = (error: unknown) =>
        this.#log.warn({ cause: messageOf(error), became }, 'writes cannot be audited');
      this.#writing = this.#writing.then(() => this.#store.audit(entry)).catch(failed);
    }
  }

  /** Tells what is left, and waits for it. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.flush();
    await this.#writing;
  }
}
