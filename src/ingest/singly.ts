// A batch of which the database refuses some value: the row is found and kept as a reject, the others are stored.
import type { Append } from '../store/append.ts';
import type { Outcome } from '../store/meet.ts';
import type { Came } from '../store/rejects.ts';
import { newBatch, type Store } from '../store/store.ts';
import { refusalOf } from './rows.ts';

/**
 * Each row in a transaction of its own, the cursor last: after a crash in between, its source shows them again. A record
 * that one row has met is not for the next: of two that are equal in everything the second is the second record.
 */
export async function commitSingly(
  store: Pick<Store, 'isDataFault'>,
  { rows, marks, repeats, cameAs }: Pick<Append, 'rows' | 'marks' | 'repeats'> & { cameAs: (at: number) => Came },
  persist: (some: Partial<Append>, name: string) => Promise<Outcome[] | null>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const claimed = new Set<number>();
  // As in one batch (cdr/identity.ts, byNameFirst): whoever has a name takes its record before those without one.
  const order = [...rows.entries()].sort(([, a], [, b]) => Number(isNamed(b)) - Number(isNamed(a)));
  for (const [at, row] of order) {
    const alone: Partial<Append> = {
      ...{ cursor: undefined, lost: 0, marks: [marks?.[at]], cameAs: () => cameAs(at), claimed },
      // Its family is in other transactions: a table shows it again, not whole.
      repeats: repeats === 'never' ? 'never' : 'again',
    };
    const commit = async (given: typeof row) => (await persist({ ...alone, rows: [given] }, newBatch())) ?? [];
    const [outcome] = await commit(row).catch((error: unknown) => {
      if (!store.isDataFault(error)) throw error;
      return commit(refusalOf(error, cameAs(at)));
    });
    if (!outcome) continue;
    outcomes[at] = outcome;
    if ('id' in outcome) claimed.add(outcome.id);
  }
  await persist({ rows: [] }, newBatch());
  return Object.values(outcomes);
}

function isNamed(row: Append['rows'][number]): boolean {
  return !('reason' in row) && row.sequence !== null;
}
