// The rules of now applied to what is stored: a slice of records by id, its own transaction under ingest's lock. Ids stay; what changes
// has a place in the change sequence; what people corrected stays corrected. A slice that was cut has done nothing.
// The calls of all these records are worked out anew as well: they may be from before cdrd knew what it now knows of calls. A call is
// taken whole by the slice of its first record, so that no record changes twice; a dry run does the same up to the writing.
import type { Cdr, Derived, Micros, Properties } from '../cdr/cdr.ts';
import { ownSides, withCallCompany } from '../cdr/callcompany.ts';
import { partiesOf, saidWords, seenParties, type Parties } from '../cdr/overlay.ts';
import type { Tables } from '../rules/tables.ts';
import { planFor } from './append.ts';
import { writeAudit, type By } from './audit.ts';
import { callChangesOf, callRecordsMax, saveCalls, type CallPlan } from './calls.ts';
import { writeChanges } from './changes.ts';
import { handsOf, type InHand, overRaw, toldBeneath } from './inhand.ts';
import { allot } from './names.ts';
import { changesOf, ownChanges, type Reclassified, type Told } from './reclassified.ts';
import { selectColumns, type Row } from './row.ts';
import { save, type Desk } from './save.ts';
import { chunks, placeholders, type Database, type Sql } from './sql.ts';

/** Records of one transaction, some 20 ms of work; fewer cost more each. Ids that one statement may look through. */
export const sliceRows = 100;
const windowIds = 20_000;

export interface ClassifySlice {
  /** Only records with a higher id. */
  after: number;
  /** Starts in [from, to); absent: all there are. */
  from?: Micros | undefined;
  to?: Micros | undefined;
  isDryRun: boolean;
  now: Micros;
  /** null: the record's system has no rules here, it stays as it is. */
  derive: (cdr: Cdr, tables: Tables) => Derived | null;
  /** Given with the first slice of a run that writes: the audit tells of it. */
  by?: By | undefined;
}

export interface ClassifyDone {
  /** Records of this slice, and those of their calls; each in one slice of a run. */
  looked: number;
  /** Those that readers are told of, in the order of their ids. */
  changed: Reclassified[];
  /** How many hidden records change beside them: nobody is told. */
  hidden: number;
  /** Calls that are something else then, for whoever sees them. */
  calls: number;
  /** Go on after this id, while there is more. */
  after: number;
  more: boolean;
  /** The highest id there is. */
  head: number;
}

/** What to do after the commit is done by then. */
export async function classifySlice(database: Database, rooms: Desk, slice: ClassifySlice): Promise<ClassifyDone> {
  // A forced order: left to itself a database may sort all records of the time for every slice.
  const hint = database.dialect === 'sqlite' ? ' NOT INDEXED' : ' FORCE INDEX (PRIMARY)';
  if (slice.isDryRun) {
    return database.read(async (sql) => {
      const looked = await look(sql, rooms, slice, hint);
      const plan = await planFor(sql, rooms, looked.touched, slice.now, { also: looked.hands, isDryRun: true });
      return doneOf(looked, plan);
    });
  }
  const { done, keep } = await database.write(async (sql) => {
    await allot(sql, 'cdr', 0);
    const looked = await look(sql, rooms, slice, hint);
    const { touched, hands } = looked;
    const plan = await planFor(sql, rooms, touched, slice.now, { also: hands });
    const keep = await save(sql, rooms, touched, slice.now);
    if (touched.length === 0) await makePlace(sql, plan, hands, slice.now);
    await saveCalls(sql, rooms, plan);
    if (slice.by) {
      const detail = { from: slice.from ?? null, to: slice.to ?? null };
      await writeAudit(sql, { at: slice.now, by: slice.by, action: 'cdr.classified', object: 'records', detail });
    }
    return { done: doneOf(looked, plan), keep };
  });
  keep();
  return done;
}

function doneOf({ touched, said, ...done }: Looked, plan: CallPlan): ClassifyDone {
  const byRules = touched.map(({ cdr }) => {
    const { was, is } = said.get(cdr.id)!;
    return { cdr, changes: changesOf(was, { own: is, ...callWords(cdr) }) };
  });
  const byCalls = plan.refreshed.map(({ was, is }) => {
    const own = { ...is, ...ownSides(is) };
    const changes = changesOf({ own, ...callWords(was) }, { own, ...callWords(is) });
    return { cdr: is, changes };
  });
  const all = [...byRules, ...byCalls].sort((a, b) => a.cdr.id - b.cdr.id);
  const changed = all.filter(({ cdr }) => !cdr.hidden);
  const { looked, after, more, head } = done;
  const counts = { hidden: all.length - changed.length, calls: callChangesOf(plan).length };
  return { looked, changed, ...counts, after, more, head };
}

/** Calls that change alone have no place in the change sequence: a record of theirs is told again, and they with it. */
async function makePlace(sql: Sql, { changed, refreshed, swallowed }: CallPlan, hands: readonly InHand[], now: Micros) {
  const ids = new Set([...changed.map(({ call }) => call.id), ...swallowed.map(({ id }) => id)]);
  if (ids.size === 0 || refreshed.length > 0) return;
  const { cdr } = hands.find(({ callId }) => callId !== null && ids.has(callId)) ?? hands[0]!;
  await writeChanges(sql, [{ id: cdr.id, op: 'updated', was: cdr, is: cdr }], now);
}

interface Looked extends Omit<ClassifyDone, 'changed' | 'hidden' | 'calls'> {
  /** Records of which the rules say something else, as they say it. */
  touched: InHand[];
  /** What was said of these, and what the rules say. */
  said: ReadonlyMap<number, { was: Told; is: Derived }>;
  hands: readonly InHand[];
}

async function look(sql: Sql, { read }: Desk, slice: ClassifySlice, hint: string): Promise<Looked> {
  const { after, from = 0, to = Number.MAX_SAFE_INTEGER, isDryRun, now, derive } = slice;
  const [place] = await sql.all<{ last: number }>("SELECT `last` FROM `place` WHERE `name` = 'cdr'");
  const head = place?.last ?? 0;
  const until = after + windowIds;
  const own = await sql.all<Row>(
    `SELECT ${selectColumns} FROM \`cdr\`${hint} WHERE \`id\` > ? AND \`id\` <= ? AND \`start\` >= ? AND \`start\` < ? ` +
      'ORDER BY `id` LIMIT ?',
    [after, until, from, to, sliceRows],
  );
  const last = own.length === sliceRows ? (own.at(-1)!.id as number) : Math.min(until, head);
  const kin = await kinOf(sql, own, { from, to });
  // Their calls were taken by a slice before. Written to, such a call may have met another one since, and is looked at again.
  const isTaken = callsWith(kin.filter(({ id }) => (id as number) <= after));
  const former = own.filter(isTaken).length;
  const along = kin.filter((row) => (row.id as number) > last && !isTaken(row));
  const rows = [...(isDryRun ? own.filter((row) => !isTaken(row)) : own), ...along];
  const tables = await read.tables(sql);
  const hands = await handsOf(sql, read, rows);
  const said = new Map<number, { was: Told; is: Derived }>();
  const touched: InHand[] = [];
  for (const [at, record] of hands.entries()) {
    // Its numbers are nobody's now: rules would say something else of them.
    if (record.erased > 0) continue;
    const derived = derive(toldBeneath(record), tables);
    if (!derived) continue;
    const properties = JSON.parse(rows[at]!.properties as string) as Properties;
    const own: Derived = { ...partsOf(record), direction: toldBeneath(record).direction, properties };
    if (Object.keys(ownChanges(own, derived)).length === 0) continue;
    said.set(record.cdr.id, { was: { own, ...callWords(record.cdr) }, is: derived });
    touched.push(withFacts(record, derived, now));
  }
  const looked = own.length - former + along.length;
  return { looked, touched, said, hands, after: last, more: last < head, head };
}

/** The other records of the calls of these. Of calls that are full nothing follows from their records: these go by themselves. */
async function kinOf(sql: Sql, own: readonly Row[], { from, to }: { from: Micros; to: Micros }): Promise<Row[]> {
  const known = new Set(own.map(({ id }) => id));
  const ids = [...new Set(own.flatMap(({ call_id: call }) => (call as number | null) ?? []))];
  const kin: Row[] = [];
  for (const some of chunks(ids)) {
    const calls = await sql.all<{ id: number }>(
      `SELECT \`id\` FROM \`call\` WHERE \`id\` IN ${placeholders(1, some.length)} AND \`records\` > 1 AND \`records\` < ?`,
      [...some, callRecordsMax],
    );
    if (calls.length === 0) continue;
    const where = `\`call_id\` IN ${placeholders(1, calls.length)}`;
    const open = calls.map(({ id }) => id);
    kin.push(...(await sql.all<Row>(`SELECT ${selectColumns} FROM \`cdr\` WHERE ${where}`, open)));
  }
  const isAsked = ({ id, start }: Row) => !known.has(id) && (start as Micros) >= from && (start as Micros) < to;
  return kin.filter(isAsked).sort((a, b) => (a.id as number) - (b.id as number));
}

function callsWith(rows: readonly Row[]): (row: Row) => boolean {
  const calls = new Set(rows.map(({ call_id: call }) => call));
  return ({ call_id: call }) => calls.has(call);
}

function callWords({ inCall, custom }: Pick<InHand['cdr'], 'inCall' | 'custom'>): Pick<Told, 'inCall' | 'custom'> {
  return { inCall, custom };
}

/** Below what people corrected. */
function partsOf({ cdr, overlay }: InHand): Parties {
  return overlay ? overlay.derived : { ...partiesOf(cdr), ...ownSides(cdr) };
}

function withFacts(record: InHand, derived: Derived, now: Micros): InHand {
  const overlay = record.overlay && overRaw(record.overlay, { ...toldBeneath(record), ...derived });
  const seen = overlay ? { ...seenParties(overlay), ...saidWords(overlay.said) } : {};
  const cdr = withCallCompany({ ...record.cdr, ...derived, ...seen, updated: now });
  return { ...record, overlay, state: 'changed', cdr };
}
