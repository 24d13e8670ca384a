// Who was turned away, for the audit. The first of an address in a minute is told at once, the rest of the minute as one entry with its count:
// a flood of bad tokens must not fill the disk.
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { By } from '../store/audit.ts';
import type { Store } from '../store/store.ts';
import { networkOf } from './throttle.ts';

export interface Refusal {
  by: By;
  /** What was asked for: method and route, never what a client made up. */
  what: string;
  status: number;
  /** The known user that somebody said to be. */
  user?: string;
}

/** Addresses told one by one in a minute; all others together are one more. */
const addressesMax = 100;
/** Different things told of one address. */
const kindsMax = 10;
const others = 'others';
const minuteMs = 60_000;

interface Minute {
  by: By;
  count: number;
  kinds: Map<string, number>;
}

export class Refusals {
  /** All since the start, for the metrics. */
  count = 0;
  readonly #store: Pick<Store, 'audit'>;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #minutes = new Map<string, Minute>();
  #writing: Promise<void> = Promise.resolve();
  #isBlind = false;

  /** `now` in milliseconds. */
  constructor(store: Pick<Store, 'audit'>, log: Log, now: () => number) {
    this.#store = store;
    this.#log = log;
    this.#now = now;
    this.#timer = setInterval(() => this.flush(), minuteMs).unref();
  }

  /** Never fails and is not waited for: a refusal is answered at once. */
  tell({ by, what, status, user }: Refusal): void {
    this.count += 1;
    const place = networkOf(by.address ?? '-');
    const key = this.#minutes.has(place) || this.#minutes.size < addressesMax ? place : others;
    const minute = this.#minutes.get(key);
    if (!minute) {
      this.#minutes.set(key, { by, count: 0, kinds: new Map() });
      return this.#write(by, 1, { what, status, ...(user === undefined ? {} : { user }) });
    }
    minute.count += 1;
    if (key === others) minute.by = { kind: 'nobody', id: null, name: null, address: others };
    else if (!isSame(minute.by, by)) minute.by = { kind: 'nobody', id: null, name: null, address: by.address };
    const kind = [status, what, user].filter((part) => part !== undefined).join(' ');
    if (minute.kinds.has(kind) || minute.kinds.size < kindsMax) {
      minute.kinds.set(kind, (minute.kinds.get(kind) ?? 0) + 1);
    }
  }

  /** The minute is over: what was counted is told. */
  flush(): void {
    const over = this.#minutes;
    this.#minutes = new Map();
    for (const { by, count, kinds } of over.values()) {
      if (count > 0) this.#write(by, count, { what: Object.fromEntries(kinds) });
    }
  }

  /** Tells what is left, and waits for it. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.flush();
    await this.#writing;
  }

  #write(by: By, count: number, detail: Record<string, unknown>): void {
    const at = this.#now() * 1000;
    this.#writing = this.#writing
      .then(() => this.#store.audit({ at, by, action: 'refused', detail, count }))
      .then(
        () => void (this.#isBlind = false),
        (error: unknown) => {
          if (!this.#isBlind) this.#log.warn({ cause: messageOf(error) }, 'refusals cannot be audited');
          this.#isBlind = true;
        },
      );
  }
}

function isSame(a: By, b: By): boolean {
  return a.kind === b.kind && a.id === b.id;
}
