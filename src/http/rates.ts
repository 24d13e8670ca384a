// How often one principal may ask. The plugin for this counts per Fastify, and so per listener, and before the dialects know who asks:
// here one counter stands behind all listeners and dialects. Login tries are counted elsewhere (throttle.ts).
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ClientError } from '../errors.ts';
import type { Principal } from './auth.ts';
import type { LimitsConfig } from './config.ts';

export type RateClass = 'reads' | 'writes';

const windowMs = 60_000;
/** Principals counted at once; beyond it the oldest windows are forgotten. */
const countersMax = 10_000;

/** How a principal stands in its minute. */
export interface Rate {
  limit: number;
  remaining: number;
  resetSeconds: number;
}

export class Rates {
  /** How often somebody was over a limit, for the metrics. */
  readonly limited: Record<RateClass, number> = { reads: 0, writes: 0 };
  readonly #limits: Pick<LimitsConfig, 'reads_per_minute' | 'writes_per_minute'>;
  readonly #now: () => number;
  /** In the order their minutes began. */
  readonly #counters = new Map<string, { since: number; count: number }>();
  readonly #rates = new WeakMap<FastifyRequest, Rate>();

  /** `now` in milliseconds. */
  constructor(limits: Pick<LimitsConfig, 'reads_per_minute' | 'writes_per_minute'>, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Counts a request of somebody who was let in. @throws ClientError 429 when it is one too many */
  take(request: FastifyRequest, principal: Principal, kind: RateClass): void {
    const limit = this.#limits[`${kind}_per_minute`];
    if (limit === 0) return;
    const now = this.#now();
    const key = `${kind} ${principalKey(principal)}`;
    let counter = this.#counters.get(key);
    if (!counter || now - counter.since >= windowMs) {
      counter = { since: now, count: 0 };
      this.#counters.delete(key);
      this.#counters.set(key, counter);
      if (this.#counters.size > countersMax) this.#counters.delete(this.#counters.keys().next().value!);
    }
    counter.count += 1;
    const resetSeconds = Math.max(1, Math.ceil((counter.since + windowMs - now) / 1000));
    this.#rates.set(request, { limit, remaining: Math.max(0, limit - counter.count), resetSeconds });
    if (counter.count <= limit) return;
    this.limited[kind] += 1;
    const sentence = `more than ${limit} ${kind} in a minute (limits.${kind}_per_minute), try again in ${resetSeconds} s`;
    throw new ClientError(429, sentence, [], { retryAfter: resetSeconds });
  }

  /** How the principal of this request stands, undefined when nothing is limited. */
  of(request: FastifyRequest): Rate | undefined {
    return this.#rates.get(request);
  }
}

/** Every answer to somebody whose requests are counted says how many are left (draft-ietf-httpapi-ratelimit-headers-03). */
export function tellRates(app: FastifyInstance, rates: Rates): void {
  app.addHook('onSend', async (request, reply) => {
    const rate = rates.of(request);
    if (!rate) return;
    void reply.headers({
      'ratelimit-limit': rate.limit,
      'ratelimit-remaining': rate.remaining,
      'ratelimit-reset': rate.resetSeconds,
    });
  });
}

/** The same for all requests of one token or user. */
export function principalKey({ kind, id }: Principal): string {
  return `${kind} ${id}`;
}
