// The heart: one batch into the store, whole or not at all. Records, changes, rejects, counts and cursor in one transaction.
import { Broken, type Fault } from '../errors.ts';
import type { Cdr, Derived, Micros } from '../cdr/cdr.ts';
import type { SourceWidths, Widths } from '../cdr/cut.ts';
import {
  byNameFirst,
  findSame,
  mayBeChanged,
  pairChanged,
  type Repeats,
  type Same,
  type Shown,
} from '../cdr/identity.ts';
import { isVisible, type Facts, type Within } from '../cdr/query.ts';
import type { RowMark } from '../cdr/sight.ts';
import { planCalls, saveCalls, type CallPlan, type Rooms } from './calls.ts';
import type { Tables } from '../rules/tables.ts';
import { addSlips } from './days.ts';
import { failpoint } from '../failpoint.ts';
import { rememberEdit } from './edit.ts';
import { findTaken, wasErased, type Taken } from './expiry.ts';
import { create, familyOf, handsIn, lookUp, withSight, type Families, type InHand, type Showing } from './inhand.ts';
import { layOn, type Laid } from './laid.ts';
import { allot } from './names.ts';
import { saveOverlay } from './overlays.ts';
import { settleRejects } from './refused.ts';
import type { Came, Reject } from './rejects.ts';
import { save, type Desk } from './save.ts';
import { saveSource } from './sources.ts';
import type { Sql } from './sql.ts';
import { keepWidths, sourceAtHand } from './widths.ts';

export interface Append {
  /** A random name of this batch: a batch whose commit succeeded but whose answer was lost is not stored again. */
  batch: string;
  /** Whose counts and cursor move. */
  sourceId: number;
  /** Who has seen the records: a backfill is counted by itself, but what it shows, the table has shown. */
  sourceName: string;
  repeats: Repeats;
  rows: readonly (Cdr | Reject)[];
  /** How the source names each row, in the order of `rows`. */
  marks?: readonly (RowMark | undefined)[];
  /** The narrow columns through which the rows came. */
  widths?: Widths | undefined;
  /** undefined leaves the stored one. */
  cursor: string | undefined;
  lost: number;
  now: Micros;
  /** Company, extension and properties of a merged record, by the rules of its system and the tables of the store. */
  derive: (cdr: Cdr, tables: Tables) => Derived;
  /** The tenant wall of the writer: records outside are neither made nor touched. */
  within: Within;
  /** The row at this place as it came, for a reject that is made of it here; absent: nobody hands it over again. */
  cameAs?: ((at: number) => Came) | undefined;
  /** Most rejects kept in the store. */
  rejectsMax?: number;
  /** Ids of records that rows handed over before, in transactions of their own, have met: they are not for these. */
  claimed?: ReadonlySet<number>;
  /** What is written over each record that is made, see laid.ts; absent: nothing. */
  laid?: Laid;
  /** Rows of kept rejects (retry.ts): what is refused again is no further reject, and no further row. */
  isRetry?: boolean;
}

/** How many rejects are kept when nobody says. */
export const rejectsKept = 10_000;

export type Outcome =
  | { outcome: 'created'; id: number }
  /** `enriched`: this sight changed what people see of the record. */
  | { outcome: 'duplicate'; id: number; enriched?: true }
  | { outcome: 'rejected'; reject: Reject }
  /** Retention or anonymising has taken this record: it does not come back. */
  | { outcome: 'expired' };

/** Must run inside the transaction of a write. Resolves to an outcome per row, or null when this batch is already in. */
export async function append(
  sql: Sql,
  rooms: Desk,
  work: Append,
): Promise<{ outcomes: Outcome[]; keep: () => void } | null> {
  const { systems, read } = rooms;
  const records = work.rows.filter(isRecord);
  // Allotting takes the lock that is held to the commit; everything we look up from here on is what the last commit left.
  const firstId = await allot(sql, 'cdr', 0);
  const source = await sourceAtHand(sql, work.sourceId);
  if (!source) throw new Broken(`the store has no source ${work.sourceId}`);
  if (source.batch === work.batch) return null;
  const widths = await keepWidths(sql, source.widths, work.sourceName, work.widths ?? {});
  const families = await lookUp(sql, systems, read, records);
  const tables = await read.tables(sql);
  const taken = await findTaken(sql, records);

  const results = meetAll(work, families, taken, tables, widths);
  const made = results.flatMap((result) => (isMade(result) ? [result.record] : []));
  made.forEach((record, at) => (record.cdr.id = firstId + at));
  if ((await allot(sql, 'cdr', made.length)) !== firstId) throw new Broken('another writer took our places');
  const written = made.map((record) => work.laid && layOn(record, work.laid, work.now, work.within));
  const touched = handsIn(families).filter((record) => record.state !== 'stored');
  // All records of these uniqueids are in hand, so their calls are known.
  const kinOf = ({ cdr }: InHand) => familyOf(families, cdr).find(({ callId }) => callId !== null)?.callId ?? null;
  const plan = await planFor(sql, rooms, touched, work.now, kinOf);
  const keep = await save(sql, rooms, touched, work.now);
  await saveCalls(sql, rooms, plan);
  for (const [at, { cdr: after, overlay: next }] of made.entries()) {
    if (!written[at] || !next) continue;
    const edit = { id: after.id, by: work.laid!.by, now: work.now };
    await saveOverlay(sql, after.id, next, []);
    await rememberEdit(sql, edit, { ...written[at], after, next });
  }
  failpoint('changes written');

  const outcomes = results.map(outcomeOf);
  await settleRejects(sql, source.name, work, outcomes, rejectsKept);
  const count = (outcome: Outcome['outcome']) => outcomes.filter((result) => result.outcome === outcome).length;
  await saveSource(sql, work.sourceId, {
    batch: work.batch,
    cursor: work.cursor,
    received: outcomes.length - (work.isRetry ? count('rejected') : 0),
    stored: count('created'),
    duplicate: count('duplicate'),
    rejected: work.isRetry ? 0 : count('rejected'),
    expired: count('expired'),
    lost: work.lost,
    lastRecord: records.reduce<number | null>((last, { start, end }) => Math.max(last ?? 0, end ?? start), null),
    firstRecord: records.reduce<number | null>((first, cdr) => Math.min(first ?? Infinity, endOf(cdr)), null),
    now: work.now,
  });
  await addSlips(sql, work.sourceId, work.now, { lost: work.lost });
  if (healing.test(source.name)) {
    for (const { cdr } of made) await addSlips(sql, work.sourceId, cdr.start, { healed: 1 });
  }
  return { outcomes, keep };
}

/** What of calls follows from the records; each record gets its call. `kinOf`: see `Member`. */
export async function planFor(
  sql: Sql,
  rooms: Rooms,
  touched: readonly InHand[],
  now: Micros,
  kinOf?: (record: InHand) => number | null,
): Promise<CallPlan> {
  const members = touched
    .filter(({ state }) => state !== 'seen')
    .map((record) => {
      const { cdr, callId } = record;
      return { record, cdr, callId, isStored: false, full: [], ...(kinOf && { kin: kinOf(record) }) };
    });
  const plan = await planCalls(sql, rooms, members, now);
  for (const { record, callId, cdr } of members) Object.assign(record, { callId, cdr });
  return plan;
}

/** What became of one row; the record has its id when the whole batch has been looked at. */
type Result = { record: InHand; isNew: boolean; isEnriched: boolean } | { reject: Reject } | 'expired';

function isMade(result: Result): result is { record: InHand; isNew: true; isEnriched: boolean } {
  return result !== 'expired' && 'record' in result && result.isNew;
}

function outcomeOf(result: Result): Outcome {
  if (result === 'expired') return { outcome: 'expired' };
  if ('reject' in result) return { outcome: 'rejected', reject: result.reject };
  const { isNew, isEnriched, record } = result;
  if (isNew) return { outcome: 'created', id: record.cdr.id };
  return { outcome: 'duplicate', id: record.cdr.id, ...(isEnriched ? { enriched: true } : {}) };
}

/** A result per row. What changed in the source is looked for when all other rows have found their records. */
function meetAll(work: Append, families: Families, taken: Taken, tables: Tables, widths: SourceWidths): Result[] {
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
  });
  const came = (row: Cdr, at: number): Came => work.cameAs?.(at) ?? { raw: JSON.stringify(row) };
  const meet = (row: Cdr, at: number, { record, rule }: Same<InHand>): Result => {
    if (!isVisible(record.cdr, work.within)) return { reject: takenName(row, came(row, at)) };
    const { richer, isEnriched } = withSight(record, row, work.marks?.[at], rule, showing);
    if (!isVisible(richer.cdr, work.within)) return { reject: outside(richer.cdr, came(row, at)) };
    claimed.add(Object.assign(record, richer));
    return { record, isNew: false, isEnriched };
  };
  const make = (row: Cdr, at: number, family: InHand[]): Result => {
    if (taken(row)) return 'expired';
    const record = create(row, work.marks?.[at], showing);
    if (!isVisible(record.cdr, work.within)) return { reject: outside(record.cdr, came(row, at)) };
    family.push(record);
    claimed.add(record);
    return { record, isNew: true, isEnriched: false };
  };
  const results: Result[] = [];
  const shown: (Shown & { at: number })[] = [];
  for (const [at, row] of work.rows.entries()) {
    if (isRecord(row)) shown.push({ ...shownAt(row, at), at });
    else results[at] = { reject: row };
  }
  const wholeOf = ({ cdr }: Shown) => familyOf(families, cdr).filter(({ erased }) => erased === 0);
  const left: typeof shown = [];
  for (const row of byNameFirst(shown, wholeOf, claimed)) {
    const family = familyOf(families, row.cdr);
    const whole = wholeOf(row);
    const same = findSame(row, whole, claimed);
    if (same) results[row.at] = meet(row.cdr, row.at, same);
    else if (whole.length < family.length && wasErased(row, family)) results[row.at] = 'expired';
    else if (mayBeChanged(row, whole)) left.push(row);
    else results[row.at] = make(row.cdr, row.at, family);
  }
  for (const [family, rows] of Map.groupBy(left, ({ cdr }) => familyOf(families, cdr))) {
    const changed = pairChanged(rows, wholeOf(rows[0]!), claimed);
    for (const row of rows) {
      const record = changed.get(row);
      results[row.at] = record ? meet(row.cdr, row.at, { record, rule: 'changed' }) : make(row.cdr, row.at, family);
    }
  }
  return results;
}

export function isRecord(row: Cdr | Reject): row is Cdr {
  return !('reason' in row);
}

/** Sources that look again for what the others missed: what they make new was missing. */
const healing = /\/(backfill|reconcile)$/;

function endOf({ start, end, duration }: Cdr): Micros {
  return end ?? start + duration * 1e6;
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
