// The heart: one batch into the store, whole or not at all. Records, changes, rejects, counts and cursor in one transaction.
import { Broken } from '../errors.ts';
import type { Cdr, Derived, Micros } from '../cdr/cdr.ts';
import type { Widths } from '../cdr/cut.ts';
import type { Repeats } from '../cdr/identity.ts';
import type { Within } from '../cdr/query.ts';
import type { RowMark } from '../cdr/sight.ts';
import { planCalls, saveCalls, type CallPlan, type Rooms } from './calls.ts';
import type { Tables } from '../rules/tables.ts';
import { addSlips, quarterOf } from './days.ts';
import { failpoint } from '../failpoint.ts';
import { rememberEdit } from './edit.ts';
import { findTaken } from './expiry.ts';
import { familyOf, handsIn, lookUp, type InHand } from './inhand.ts';
import { layOn, type Laid } from './laid.ts';
import { isMade, isRecord, meetAll, outcomeOf, type Outcome } from './meet.ts';
import type { LetGo } from './letgo.ts';
import { allot } from './names.ts';
import { saveOverlay } from './overlays.ts';
import { settleRejects } from './refused.ts';
import type { Came, Reject } from './rejects.ts';
import { save, type Desk } from './save.ts';
import { saveSource } from './sources.ts';
import type { Database, Sql } from './sql.ts';
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
  /** Keys of rows that the source has no more; `ask`: it can be asked, see doubt.ts; absent: of none. */
  gone?: ReadonlySet<string> | 'ask' | undefined;
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
  rejectsMax?: number | undefined;
  /** Hears after the commit which rejects went because there were more. */
  tellLetGo?: ((gone: readonly LetGo[]) => void) | undefined;
  /** Ids of records that rows handed over before, in transactions of their own, have met: they are not for these. */
  claimed?: ReadonlySet<number>;
  /** What is written over each record that is made, see laid.ts; absent: nothing. */
  laid?: Laid;
  /** Rows of kept rejects (retry.ts): what is refused again is no further reject, and no further row. */
  isRetry?: boolean;
}

/** How many rejects are kept when nobody says. */
export const rejectsKept = 10_000;

/**
 * Must run inside the transaction of a write. Resolves to an outcome per row, or null when this batch is already in.
 * @throws RowsInDoubt
 */
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
  const plan = await planFor(sql, rooms, touched, work.now, { kinOf });
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
  const letGo = await settleRejects(sql, source.name, work, outcomes, rejectsKept);
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
    for (const some of Map.groupBy(made, ({ cdr }) => quarterOf(cdr.start)).values())
      await addSlips(sql, work.sourceId, some[0]!.cdr.start, { healed: some.length });
  }
  const told = () => {
    keep();
    if (letGo.length > 0) work.tellLetGo?.(letGo);
  };
  return { outcomes, keep: told };
}

/** What `append` would do: an outcome per row, and nothing of it stays. */
export async function tryAppend(database: Database, rooms: Desk, work: Append): Promise<Outcome[]> {
  let outcomes: Outcome[] = [];
  const undo = new Error('undone');
  await database
    .write(async (sql) => {
      ({ outcomes } = (await append(sql, rooms, work))!);
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
  return outcomes;
}

/** What of calls follows from the records; each record gets its call. `kinOf`: see `Member`; `also`: the calls of these are looked at, too; `isDryRun`: nothing is written. */
export async function planFor(
  sql: Sql,
  rooms: Rooms,
  touched: readonly InHand[],
  now: Micros,
  {
    kinOf,
    also = [],
    isDryRun = false,
  }: { kinOf?: (record: InHand) => number | null; also?: readonly InHand[]; isDryRun?: boolean } = {},
): Promise<CallPlan> {
  const members = touched
    .filter(({ state }) => state !== 'seen')
    .map((record) => {
      const { cdr, callId } = record;
      return { record, cdr, callId, isStored: false, full: [], ...(kinOf && { kin: kinOf(record) }) };
    });
  const calls = [...new Set(also.map(({ callId }) => callId))].map((callId) => ({ id: 0, callId }));
  const plan = await planCalls(sql, rooms, members, now, calls, isDryRun);
  for (const { record, callId, cdr } of members) Object.assign(record, { callId, cdr });
  return plan;
}

/** Sources that look again for what the others missed: what they make new was missing. */
const healing = /\/(backfill|reconcile)$/;

function endOf({ start, end, duration }: Cdr): Micros {
  return end ?? start + duration * 1e6;
}
