// Which record each row of a batch is: one that is there, one that retention has taken, or a new one; or why it is none.
import type { Fault } from '../errors.ts';
import type { Cdr } from '../cdr/cdr.ts';
import type { SourceWidths } from '../cdr/cut.ts';
import {
  byNameFirst,
  findFormer,
  findSame,
  mayBeChanged,
  pairChanged,
  rowsInDoubt,
  type Same,
  type Shown,
} from '../cdr/identity.ts';
import { isVisible, type Facts } from '../cdr/query.ts';
import type { RowName } from '../cdr/rowname.ts';
import type { Tables } from '../rules/tables.ts';
import type { Append } from './append.ts';
import { RowsInDoubt } from './doubt.ts';
import { wasErased, wasErasedAndChanged, type Taken } from './expiry.ts';
import { create, familyOf, handsIn, withSight, type Families, type InHand, type Showing } from './inhand.ts';
import type { Came, Reject } from './rejects.ts';

export type Outcome =
  | { outcome: 'created'; id: number }
  /** `enriched`: this sight changed what people see of the record. */
  | { outcome: 'duplicate'; id: number; enriched?: true }
  | { outcome: 'rejected'; reject: Reject }
  /** Retention or anonymising has taken this record: it does not come back. */
  | { outcome: 'expired' };

/** What became of one row; the record has its id when the whole batch has been looked at. */
type Result = { record: InHand; isNew: boolean; isEnriched: boolean } | { reject: Reject } | 'expired';

export function isMade(result: Result): result is { record: InHand; isNew: true; isEnriched: boolean } {
  return result !== 'expired' && 'record' in result && result.isNew;
}

export function outcomeOf(result: Result): Outcome {
  if (result === 'expired') return { outcome: 'expired' };
  if ('reject' in result) return { outcome: 'rejected', reject: result.reject };
  const { isNew, isEnriched, record } = result;
  if (isNew) return { outcome: 'created', id: record.cdr.id };
  return { outcome: 'duplicate', id: record.cdr.id, ...(isEnriched ? { enriched: true } : {}) };
}

/** A result per row. What changed in the source is looked for when all other rows have found their records. @throws RowsInDoubt */
export function meetAll(
  work: Append,
  families: Families,
  taken: Taken,
  tables: Tables,
  widths: SourceWidths,
): Result[] {
  const isClaimed = ({ cdr }: InHand) => work.claimed?.has(cdr.id) ?? false;
  const claimed = new Set(handsIn(families).filter(isClaimed));
  const derive = (cdr: Cdr) => work.derive(cdr, tables);
  const showing: Showing = { source: work.sourceName, now: work.now, derive, widths };
  const shownAt = (cdr: Cdr, at: number) => ({
    cdr,
    source: work.sourceName,
    repeats: work.repeats,
    mark: work.marks?.[at],
    widths,
    gone: work.gone === 'ask' ? undefined : work.gone,
  });
  const doubts: RowName[] = [];
  const wholeOf = ({ cdr }: Shown) => familyOf(families, cdr).filter(({ erased }) => erased === 0);
  const came = (row: Cdr, at: number): Came => work.cameAs?.(at) ?? { raw: JSON.stringify(row) };
  const meet = (row: Cdr, at: number, { record, rule }: Same<InHand>): Result => {
    if (!isVisible(record.cdr, work.within)) return { reject: takenName(row, came(row, at)) };
    const { richer, isEnriched } = withSight(record, row, work.marks?.[at], rule, showing);
    if (!isVisible(richer.cdr, work.within)) return { reject: outside(richer.cdr, came(row, at)) };
    claimed.add(Object.assign(record, richer));
    return { record, isNew: false, isEnriched };
  };
  const shown: (Shown & { at: number })[] = [];
  // A new record, unless one of those that are left over was once told so.
  const make = (there: Shown & { at: number }, family: InHand[]): Result => {
    if (taken.isAny(there, family, shown)) return 'expired';
    const { cdr: row, at } = there;
    const former = findFormer(there, wholeOf(there), claimed);
    if (former) return meet(row, at, former);
    if (work.gone === 'ask') doubts.push(...rowsInDoubt(there, wholeOf(there), claimed));
    const record = create(row, work.marks?.[at], showing);
    if (!isVisible(record.cdr, work.within)) return { reject: outside(record.cdr, came(row, at)) };
    family.push(record);
    claimed.add(record);
    return { record, isNew: true, isEnriched: false };
  };
  const results: Result[] = [];
  for (const [at, row] of work.rows.entries()) {
    if (isRecord(row)) shown.push({ ...shownAt(row, at), at });
    else results[at] = { reject: row };
  }
  const left: typeof shown = [];
  const late: typeof shown = [];
  for (const row of byNameFirst(shown, wholeOf, claimed)) {
    const family = familyOf(families, row.cdr);
    const whole = wholeOf(row);
    const same = findSame(row, whole, claimed);
    if (same) results[row.at] = meet(row.cdr, row.at, same);
    else if (whole.length < family.length && (wasErased(row, family) || wasErasedAndChanged(row, family, shown)))
      results[row.at] = 'expired';
    else if (mayBeChanged(row, whole) && !taken.isRow(row)) left.push(row);
    else if (findFormer(row, whole, claimed)) late.push(row);
    else results[row.at] = make(row, family);
  }
  for (const rows of Map.groupBy(left, ({ cdr }) => familyOf(families, cdr)).values()) {
    const changed = pairChanged(rows, wholeOf(rows[0]!), claimed);
    for (const row of rows) {
      const record = changed.get(row);
      if (record) results[row.at] = meet(row.cdr, row.at, { record, rule: 'changed' });
      else late.push(row);
    }
  }
  for (const row of late) results[row.at] = make(row, familyOf(families, row.cdr));
  if (doubts.length > 0) throw new RowsInDoubt(doubts);
  return results;
}

export function isRecord(row: Cdr | Reject): row is Cdr {
  return !('reason' in row);
}

/** A bound writer may not make a record it could not see, nor move one out of its own sight. */
function outside({ company, target }: Facts, came: Came): Reject {
  const found = company ?? target;
  const message = found === null ? 'is unknown, expected' : `"${found}" is not`;
  return refused(came, { field: 'company', message: `${message} one of the companies of this token` });
}

function takenName(row: Cdr, came: Came): Reject {
  const message = `"${row.uniqueid}" belongs to a record outside the companies of this token`;
  return refused(came, { field: 'uniqueid', message });
}

function refused(came: Came, fault: Fault): Reject {
  return { ...came, reason: `${fault.field}: ${fault.message}`, faults: [fault] };
}
