// Waiting in the faults suite: limits are bounds and no measures. On a busy machine a daemon, a database, a login may take many times
// as long as on a free one, and what is waited for there is right all the same.
import { until as waited } from '../support/until.ts';

const patientMs = 120_000;

/** As `until` of the other tests. */
export function until<T>(look: () => T | Promise<T>, what: string): Promise<NonNullable<Exclude<T, false>>> {
  return waited(look, what, patientMs);
}
