// Whether a row is the one that showed a record, by how its source names its rows. Pure.
import type { Known, Shown } from './identity.ts';
import { sightOf } from './sight.ts';

/** A row of a source as a record knows it. */
export interface RowName {
  key: string;
  uniqueid: string;
}

/** Whether the source has shown that record as another row than this one. */
export function isOther<K extends Known>(
  { cdr, source, repeats, mark, gone }: Shown,
  record: K,
  claimed: ReadonlySet<K>,
): boolean {
  const own = sightOf(record, source);
  if (mark?.key !== undefined) {
    if (own?.key == null || own.key === mark.key || epochOf(own.key) !== epochOf(mark.key)) return false;
    return claimed.has(record) || gone?.has(own.key) !== true;
  }
  // Which of equal rows it was says nothing of a row with a sequence: another source may have told the second of them first.
  const isNumbering = cdr.sequence !== null && (record.told ?? record.cdr).sequence === null;
  if (mark?.nth !== undefined && !isNumbering) return own?.nth != null && own.nth !== mark.nth;
  return claimed.has(record) || (repeats === 'never' && own !== undefined);
}

/** A key is `EPOCH:ID`: a table that was emptied gives the same ids to other rows. */
function epochOf(key: string): string {
  return key.slice(0, key.indexOf(':'));
}
