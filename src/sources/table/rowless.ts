// Rejects whose rows are in the table no more: they are said to be, for what is not there waits for nobody to mend it.
import type { Store } from '../../store/store.ts';
import type { Visit } from './comparison.ts';
import { rowsById } from './gone.ts';

/** Rejects in one read of the store, and their rows in one SELECT. */
const pageRows = 500;

/** Of the table `source`, where its rows have ids that are found by an index. `now`: micros since 1970. */
export async function noteRowless(
  ledger: Pick<Store, 'namedRejects' | 'rowsGone'>,
  source: string,
  { reader, flavour, epoch, context, isSame }: Visit,
  now: number,
): Promise<void> {
  const { idColumn, isIdIndexed } = flavour;
  if (idColumn === null || !isIdIndexed) return;
  const prefix = `${epoch}:`;
  for (let after = 0; !context.signal.aborted;) {
    const page = await ledger.namedRejects(source, after, pageRows);
    const named = page
      .filter(({ key }) => key.startsWith(prefix))
      .map(({ id, key }) => ({ id, row: key.slice(prefix.length) }));
    const ids = named.map(({ row }) => row);
    const there = ids.length === 0 ? new Map() : await rowsById(reader, idColumn, ids);
    const gone = named.filter(({ row }) => !there.has(row)).map(({ id }) => id);
    if (gone.length > 0 && isSame()) await ledger.rowsGone(gone, now);
    if (page.length < pageRows) return;
    after = page.at(-1)!.id;
  }
}
