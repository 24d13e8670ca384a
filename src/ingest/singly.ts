// A batch of which the database refuses some value: the row is found and kept as a reject, the others are stored.
import type { Append, Outcome } from '../store/append.ts';
import type { Came } from '../store/rejects.ts';
import { newBatch, type Store } from '../store/store.ts';
import { refusalOf } from './rows.ts';

/** Each row in a transaction of its own, the cursor last: after a crash in between, its source shows them again. */
export async function commitSingly(
  store: Pick<Store, 'isDataFault'>,
  { rows, marks, cameAs: cameAt }: Pick<Append, 'rows' | 'marks'> & { cameAs: (at: number) => Came },
  persist: (some: Partial<Append>, name: string) => Promise<Outcome[] | null>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const unmoved = { cursor: undefined, lost: 0 };
  for (const [at, row] of rows.entries()) {
    const alone = { ...unmoved, repeats: 'again', marks: [marks?.[at]], cameAs: () => cameAt(at) } as const;
    try {
      outcomes.push(...((await persist({ ...alone, rows: [row] }, newBatch())) ?? []));
    } catch (error) {
      if (!store.isDataFault(error)) throw error;
      outcomes.push(...((await persist({ ...alone, rows: [refusalOf(error, cameAt(at))] }, newBatch())) ?? []));
    }
  }
  await persist({ rows: [] }, newBatch());
  return outcomes;
}
