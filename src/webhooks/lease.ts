// Which of several daemons on one MariaDB sends a webhook: the one that last gave a sign of life.
import type { WebhookConfig } from './config.ts';

/** Longest rest without a look: for a place that another daemon left, and for the sign of life. */
export const lookMs = 15_000;

/** A daemon without a sign of life for so long sends no more. A living one gives one between two tries, and each look. */
export function leaseMsOf({ timeout_seconds }: Pick<WebhookConfig, 'timeout_seconds'>): number {
  return timeout_seconds * 1000 + 2 * lookMs;
}
