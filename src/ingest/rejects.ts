// What people do with rejects by the filter: hand them over again or discard them, in bounded slices from one place to the next.
import type { By } from '../store/audit.ts';
import type { RejectFilter } from '../store/rejects.ts';
import type { Store } from '../store/store.ts';
import type { Ingest } from './ingest.ts';

/** Rejects in one transaction: ingest waits as long as one takes. */
const sliceRows = 100;

/** What became of rejects; the ids of those that failed are still there. */
export interface RetrySum {
  created: number;
  duplicate: number;
  expired: number;
  rejected: number;
  /** Go on from this id. */
  after: number;
  more: boolean;
}

/** Hands over the rejects above `after` that fit the filter, the oldest first, at most `limit`. @throws Unavailable */
export async function retryRejects(
  store: Pick<Store, 'rejects'>,
  ingest: Pick<Ingest, 'retry'>,
  { after = 0, ...filter }: RejectFilter & { after?: number },
  limit: number,
  by: By,
): Promise<RetrySum> {
  const sum: RetrySum = { created: 0, duplicate: 0, expired: 0, rejected: 0, after, more: true };
  for (let left = limit; left > 0 && sum.more;) {
    const size = Math.min(sliceRows, left);
    // One more tells whether there is more.
    const found = await store.rejects(size + 1, { ...filter, after: sum.after });
    const slice = found.slice(0, size);
    for (const { outcome } of await ingest.retry(slice, by)) if (outcome !== 'gone') sum[outcome] += 1;
    sum.after = slice.at(-1)?.id ?? sum.after;
    sum.more = found.length > size;
    left -= slice.length;
  }
  return sum;
}

/** Takes rejects that fit the filter away for good, at most `limit`; `more` when there may be others. */
export async function discardRejects(
  store: Pick<Store, 'discardRejects'>,
  filter: RejectFilter,
  limit: number,
  by: By,
): Promise<{ discarded: number; more: boolean }> {
  let discarded = 0;
  while (discarded < limit) {
    const { length } = await store.discardRejects(filter, by, Date.now() * 1000, limit - discarded);
    if (length === 0) return { discarded, more: false };
    discarded += length;
  }
  return { discarded, more: true };
}
