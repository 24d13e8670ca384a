// Rows that were put back under other ids: the source is asked for the old ones between two turns of the writer, in no transaction.
import type { Append } from '../store/append.ts';
import { RowsInDoubt } from '../store/doubt.ts';
import type { Batch } from './source.ts';

/** Does `work`, a second time where it needs to know what is gone. @throws what `work` and `Batch.gone` throw */
export async function knowingGone<T>({ gone }: Batch, work: (gone: Append['gone']) => Promise<T>): Promise<T> {
  if (gone === undefined) return work(undefined);
  try {
    return await work('ask');
  } catch (error) {
    if (!(error instanceof RowsInDoubt)) throw error;
    return work(await gone(error.rows));
  }
}
