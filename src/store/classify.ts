// The rules of now applied to what is stored: a slice of records by id, its own transaction under ingest's lock. Ids stay; what changes
// has a place in the change sequence; what people corrected stays corrected. A slice that was cut has done nothing.
// The calls of all these records are worked out anew as well: they may be from before cdrd knew what it now knows of calls.
import type { Cdr, Derived, Micros, Properties, StoredCdr } from '../cdr/cdr.ts';
import { ownSides, withCallCompany } from '../cdr/callcompany.ts';
import { partiesOf, saidWords, seenParties, type Parties } from '../cdr/overlay.ts';
import { companyKey } from '../cdr/query.ts';
import type { Tables } from '../rules/tables.ts';
import { planFor } from './append.ts';
import { writeAudit, type By } from './audit.ts';
import { saveCalls, type CallPlan } from './calls.ts';
import { writeChanges } from './changes.ts';
import { handsOf, type InHand, overRaw, toldBeneath } from './inhand.ts';
import { allot } from './names.ts';
import { selectColumns, type Row } from './row.ts';
import { save, type Desk } from './save.ts';
import type { Database, Sql } from './sql.ts';

/** Records of one transaction; ids that one statement may look through. */
export const sliceRows = 500;
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

/** What the rules say otherwise of one record. */
export interface Reclassified {
  cdr: StoredCdr;
  changes: Record<string, { before: string | true | null; after: string | true | null }>;
}

export interface ClassifyDone {
  looked: number;
  changed: Reclassified[];
  /** Calls that are something else now; null in a dry run. */
  calls: number | null;
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
  if (slice.isDryRun)
    return database.read(async (sql) => ({ ...(await look(sql, rooms, slice, hint)).done, calls: null }));
  const { done, keep } = await database.write(async (sql) => {
    await allot(sql, 'cdr', 0);
    const { done, touched, hands } = await look(sql, rooms, slice, hint);
    const plan = await planFor(sql, rooms, touched, slice.now, { also: hands });
    const keep = await save(sql, rooms, touched, slice.now);
    if (touched.length === 0) await makePlace(sql, plan, hands, slice.now);
    await saveCalls(sql, rooms, plan);
    if (slice.by) {
      const detail = { from: slice.from ?? null, to: slice.to ?? null };
      await writeAudit(sql, { at: slice.now, by: slice.by, action: 'cdr.classified', object: 'records', detail });
    }
    return { done: { ...done, calls: plan.changed.length + plan.swallowed.length }, keep };
  });
  keep();
  return done;
}

/** Calls that change alone have no place in the change sequence: a record of theirs is told again, and they with it. */
async function makePlace(sql: Sql, { changed, refreshed, swallowed }: CallPlan, hands: readonly InHand[], now: Micros) {
  const ids = new Set([...changed.map(({ call }) => call.id), ...swallowed.map(({ id }) => id)]);
  if (ids.size === 0 || refreshed.length > 0) return;
  const { cdr } = hands.find(({ callId }) => callId !== null && ids.has(callId)) ?? hands[0]!;
  await writeChanges(sql, [{ id: cdr.id, op: 'updated', was: cdr, is: cdr }], now);
}

async function look(
  sql: Sql,
  { read }: Desk,
  { after, from, to, now, derive }: ClassifySlice,
  hint: string,
): Promise<{ done: Omit<ClassifyDone, 'calls'>; touched: InHand[]; hands: readonly InHand[] }> {
  const [place] = await sql.all<{ last: number }>("SELECT `last` FROM `place` WHERE `name` = 'cdr'");
  const head = place?.last ?? 0;
  const until = after + windowIds;
  const rows = await sql.all<Row>(
    `SELECT ${selectColumns} FROM \`cdr\`${hint} WHERE \`id\` > ? AND \`id\` <= ? AND \`start\` >= ? AND \`start\` < ? ` +
      'ORDER BY `id` LIMIT ?',
    [after, until, from ?? 0, to ?? Number.MAX_SAFE_INTEGER, sliceRows],
  );
  const last = rows.length === sliceRows ? (rows.at(-1)!.id as number) : Math.min(until, head);
  const tables = await read.tables(sql);
  const hands = await handsOf(sql, read, rows);
  const changed: Reclassified[] = [];
  const touched: InHand[] = [];
  for (const [at, record] of hands.entries()) {
    // Its numbers are nobody's now: rules would say something else of them.
    if (record.erased > 0) continue;
    const derived = derive(toldBeneath(record), tables);
    if (!derived) continue;
    const properties = JSON.parse(rows[at]!.properties as string) as Properties;
    const raw: Derived = { ...partsOf(record), direction: toldBeneath(record).direction, properties };
    const changes = changesOf(raw, derived);
    if (Object.keys(changes).length === 0) continue;
    changed.push({ cdr: record.cdr, changes });
    touched.push(withFacts(record, derived, now));
  }
  return { done: { looked: rows.length, changed, after: last, more: last < head, head }, touched, hands };
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

function changesOf(before: Derived, after: Derived): Reclassified['changes'] {
  const changes: Reclassified['changes'] = {};
  const note = (name: string, was: string | true | null | undefined, is: string | true | null | undefined) => {
    if ((was ?? null) !== (is ?? null)) changes[name] = { before: was ?? null, after: is ?? null };
  };
  // A company is known by its key; its spelling is the store's.
  for (const name of ['company', 'target'] as const) {
    const [was, is] = [before[name], after[name]];
    if ((was && companyKey(was)) !== (is && companyKey(is))) note(name, was, is);
  }
  note('extension', before.extension, after.extension);
  note('peer_extension', before.peerExtension, after.peerExtension);
  note('direction', before.direction, after.direction);
  for (const name of new Set([...Object.keys(before.properties), ...Object.keys(after.properties)])) {
    if (name === 'company' || name === 'target') continue;
    note(name, before.properties[name as keyof Properties], after.properties[name as keyof Properties]);
  }
  return changes;
}
