// What an answer means for a delivery, and when it is tried again. Pure: the clock and chance are arguments.
import type { Micros } from '../cdr/cdr.ts';
import type { Delivery, DeliveryState } from '../store/deliveries.ts';
import type { WebhookConfig } from './config.ts';

/** Tries of what the receiver refuses: it was there and did not want it, so the next one may do better. */
export const refusedTries = 5;
/** A receiver may ask for so long a rest, in seconds. */
export const retryAfterMax = 86_400;
/** Share of a wait that chance adds, so that many senders do not come back together. */
const jitter = 0.1;

export interface Try {
  /** null: nobody answered. */
  status: number | null;
  retryAfter: string | null;
  /** When it was answered, and when it was first tried before. */
  now: Micros;
  first: Micros | null;
  /** Tries before this one. */
  tries: number;
}

type Waits = Pick<WebhookConfig, 'retry_seconds' | 'retry_max_seconds' | 'give_up_seconds'>;

/**
 * 2xx: delivered. No answer, 408, 425, 429, 5xx: the receiver is away; the delivery waits, and all behind it, until it is given up. Anything else
 * (redirects, too) refuses this very delivery: dead after `refusedTries`.
 */
export function verdictOf(
  { status, retryAfter, now, first, tries }: Try,
  waits: Waits,
  chance: number,
): Pick<Delivery, 'due'> & { state: DeliveryState } {
  if (status !== null && status >= 200 && status < 300) return { state: 'delivered', due: null };
  const isAway = status === null || status >= 500 || [408, 425, 429].includes(status);
  const isOver = isAway ? now - (first ?? now) >= waits.give_up_seconds * 1e6 : tries + 1 >= refusedTries;
  if (isOver) return { state: 'dead', due: null };
  const own = Math.min(waits.retry_seconds * 2 ** Math.min(tries, 40), waits.retry_max_seconds);
  const asked = Math.min(secondsOf(retryAfter, now) ?? 0, retryAfterMax);
  return { state: 'pending', due: now + Math.round(Math.max(own * (1 + jitter * chance), asked) * 1e6) };
}

/** Retry-After (RFC 9110 §10.2.3): seconds, or a date. null: it says nothing that can be understood. */
export function secondsOf(retryAfter: string | null, now: Micros): number | null {
  if (retryAfter === null) return null;
  if (/^\d{1,9}$/.test(retryAfter.trim())) return Number(retryAfter);
  const date = /[a-z]/i.test(retryAfter) ? Date.parse(retryAfter) : NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now / 1000) / 1000;
}
