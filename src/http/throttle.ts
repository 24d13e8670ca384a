// How often a password may be tried: per name from one address, per address, per name. Counted before the check, so that many at once are many.
import { isIPv6 } from 'node:net';

/** Beside the tries of one name from one address: an office behind one address, and a name that is guessed from everywhere. */
const perAddress = 4;
const perName = 20;
/** Counters kept; beyond it the oldest are forgotten. */
const countersMax = 50_000;

export class Throttle {
  readonly #tries: number;
  readonly #windowMs: number;
  readonly #now: () => number;
  /** In the order they began. */
  readonly #counters = new Map<string, { since: number; tries: number }>();

  /** `now` in milliseconds. */
  constructor(tries: number, windowSeconds: number, now: () => number) {
    this.#tries = tries;
    this.#windowMs = windowSeconds * 1000;
    this.#now = now;
  }

  /** How many seconds to wait when a try now would be one too many, else 0; counts nothing. */
  look(address: string, name: string): number {
    const now = this.#now();
    const waits = this.#limits(address, name).map(([key, most]) => {
      const counter = this.#counters.get(key);
      const left = counter ? counter.since + this.#windowMs - now : 0;
      return counter && left > 0 && counter.tries >= most ? Math.ceil(left / 1000) : 0;
    });
    return Math.max(...waits);
  }

  /** Counts a try; returns how many seconds to wait when it is one too many, else 0. */
  take(address: string, name: string): number {
    const now = this.#now();
    const wait = this.look(address, name);
    if (wait === 0) for (const [key] of this.#limits(address, name)) this.#count(key, now);
    return wait;
  }

  /** The try was a good one: it counts for nothing, and this name may be mistyped from here again. */
  giveBack(address: string, name: string): void {
    const [[pair], ...others] = this.#limits(address, name);
    this.#counters.delete(pair);
    for (const [key] of others) {
      const counter = this.#counters.get(key);
      if (counter) counter.tries = Math.max(0, counter.tries - 1);
    }
  }

  #limits(address: string, name: string): [[string, number], ...[string, number][]] {
    const place = networkOf(address);
    return [
      [`both ${place} ${name}`, this.#tries],
      [`from ${place}`, this.#tries * perAddress],
      [`name ${name}`, this.#tries * perName],
    ];
  }

  #count(key: string, now: number): void {
    const counter = this.#counters.get(key);
    if (counter && now - counter.since < this.#windowMs) {
      counter.tries += 1;
      return;
    }
    this.#counters.delete(key);
    this.#counters.set(key, { since: now, tries: 1 });
    if (this.#counters.size > countersMax) this.#counters.delete(this.#counters.keys().next().value!);
  }
}

/** Of an IPv6 address its /64: one customer has all of it. `::ffff:192.0.2.1` is the IPv4 address. */
export function networkOf(address: string): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? [] : new Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}
