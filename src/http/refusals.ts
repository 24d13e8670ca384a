// Who was turned away, for the audit. The first of a principal and address in a minute is told at once, the rest of the minute as one entry
// with its count: a flood of bad tokens must not fill the disk.
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

/** Pairs of a principal and an address told one by one in a minute; all others together are one more. */
const pairsMax = 100;
/** Different things told of one pair; of the others only how many they were. */
const kindsMax = 30;
/** Most that are told apart only to be counted. */
const leftOutMax = 10_000;
const others = 'others';
const minuteMs = 60_000;

interface Minute {
  by: By;
  count: number;
  kinds: Map<string, number>;
  /** Kinds that have no place in `kinds`. */
  otherKinds: Set<string>;
}

export class Refusals {
  /** All since the start, for the metrics. */
  count = 0;
  readonly #store: Pick<Store, 'audit'>;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #minutes = new Map<string, Minute>();
  /** Pairs that are told as `others`. */
  #otherPairs = new Set<string>();
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
    const pair = `${networkOf(by.address ?? '-')} ${by.kind} ${by.id}`;
    const isOne = this.#minutes.has(pair) || this.#minutes.size < pairsMax;
    if (!isOne) countIn(this.#otherPairs, pair);
    const key = isOne ? pair : others;
    const minute = this.#minutes.get(key);
    if (!minute) {
      this.#minutes.set(key, { by, count: 0, kinds: new Map(), otherKinds: new Set() });
      return this.#write(by, 1, { what, status, ...(user === undefined ? {} : { user }) });
    }
    minute.count += 1;
    const kind = [status, what, user].filter((part) => part !== undefined).join(' ');
    if (minute.kinds.has(kind) || minute.kinds.size < kindsMax) {
      minute.kinds.set(kind, (minute.kinds.get(kind) ?? 0) + 1);
    } else countIn(minute.otherKinds, kind);
  }

  /** The minute is over: what was counted is told. */
  flush(): void {
    const [over, pairs] = [this.#minutes, this.#otherPairs.size];
    this.#minutes = new Map();
    this.#otherPairs = new Set();
    for (const [key, { by, count, kinds, otherKinds }] of over) {
      if (count === 0) continue;
      const told = [...kinds.values()].reduce((sum, times) => sum + times, 0);
      const detail = {
        what: Object.fromEntries(kinds),
        ...(count > told ? { left_out: { kinds: otherKinds.size, count: count - told } } : {}),
      };
      if (key !== others) this.#write(by, count, detail);
      else this.#write({ kind: 'nobody', id: null, name: null, address: others }, count, { pairs, ...detail });
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

function countIn(set: Set<string>, key: string): void {
  if (set.size < leftOutMax) set.add(key);
}
