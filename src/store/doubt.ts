// A batch that cannot be laid over the store before its source has said which rows it still has. Nothing of it was written.
import type { RowName } from '../cdr/rowname.ts';
import { Broken } from '../errors.ts';

/** Thrown by `append` where `gone` is `ask`: the batch comes again, with what of these rows is gone. */
export class RowsInDoubt extends Broken {
  readonly rows: readonly RowName[];

  constructor(rows: readonly RowName[]) {
    super(`${rows.length} rows may have been put back under other ids, and nobody has asked for the old ones`);
    this.rows = rows;
  }
}
