// What the command that imports is told of each row: the same words over the control socket and without a daemon.
import type { Outcome } from '../store/meet.ts';

export interface Taken {
  outcome: Outcome['outcome'];
  /** Of a duplicate: it changed what people see of the record. */
  enriched?: true;
  /** Of a reject: every fault, with its field. */
  reason?: string;
}

export function takenOf(outcome: Outcome): Taken {
  if (outcome.outcome === 'rejected') {
    const reason = outcome.reject.faults
      .map(({ field, message }) => `${field}: ${message}`.replace(/^: /, ''))
      .join('; ');
    return { outcome: 'rejected', reason };
  }
  if (outcome.outcome === 'duplicate' && outcome.enriched) return { outcome: 'duplicate', enriched: true };
  return { outcome: outcome.outcome };
}
