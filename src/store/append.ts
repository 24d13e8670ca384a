// The heart: one batch into the store, whole or not at all. Records, changes, rejects, counts and cursor in one transaction.
import { Broken, type Fault } from '../errors.ts';
import type { Cdr, Derived, Micros, StoredCdr } from '../cdr/cdr.ts';
import { enrich } from '../cdr/enrich.ts';
import { findSame, type Known } from '../cdr/identity.ts';
import { partiesOf, seenParties, type Overlay } from '../cdr/overlay.ts';
import { factsOf, isVisible, type Facts, type Within } from '../cdr/query.ts';
import { wordsOf } from '../cdr/words.ts';
import { writeChanges, type NewChange } from './changes.ts';
import { allot, type Names } from './names.ts';
import { loadOverlays, saveDerived } from './overlays.ts';
import type { Reader } from './read.ts';
import { writeRejects, type Came, type Reject } from './rejects.ts';
import { columns, insertColumns, toValues, sourcesOf, type Ids, type Row } from './row.ts';
import { saveSource } from './sources.ts';
import { chunks, placeholders, type Sql, type Value } from './sql.ts';

export interface Append {
  /** A random name of this batch: a batch whose commit succeeded but whose answer was lost is not stored again. */
  batch: string;
  sourceId: number;
  sourceName: string;
  canRepeat: boolean;
  rows: readonly (Cdr | Reject)[];
  /** undefined leaves the stored one. */
  cursor: string | undefined;
  lost: number;
  now: Micros;
  /** Company, extension and properties of a merged record, by the rules of its system. */
  derive: (cdr: Cdr) => Derived;
  /** The tenant wall of the writer: records outside are neither made nor touched. */
  within: Within;
  /** The row at this place as it came, for a reject that is made of it here; absent: nobody hands it over again. */
  cameAs?: ((at: number) => Came) | undefined;
  /** Most rejects kept in the store. */
  rejectsMax?: number;
  /** Rows of kept rejects (retry.ts): what is refused again is no further reject, and no further row. */
  isRetry?: boolean;
}

/** How many rejects are kept when nobody says. */
export const rejectsKept = 10_000;

export type Outcome =
  { outcome: 'created'; id: number } | { outcome: 'duplicate'; id: number } | { outcome: 'rejected'; reject: Reject };

/** A record in hand: from the store or made by this batch. */
interface InHand extends Known {
  cdr: StoredCdr;
  sources: string[];
  state: 'stored' | 'new' | 'changed' | 'seen';
  was: Facts;
  overlay: Overlay | undefined;
}

/** Must run inside the transaction of a write. Resolves to an outcome per row, or null when this batch is already in. */
export async function append(
  sql: Sql,
  systems: Names,
  companies: Names,
  read: Reader,
  work: Append,
): Promise<{ outcomes: Outcome[]; keep: () => void } | null> {
  // Allotting takes the lock that is held to the commit; everything we look up from here on is what the last commit left.
  const records = work.rows.filter(isRecord);
  const firstId = await allot(sql, 'cdr', 0);
  if (!(await isNewBatch(sql, work))) return null;
  const known = await lookUp(sql, systems, read, records);

  const came = (row: Cdr, at: number): Came => work.cameAs?.(at) ?? { raw: JSON.stringify(row) };
  let nextId = firstId;
  const claimed = new Set<InHand>();
  const rejects: Reject[] = [];
  const outcomes = work.rows.map((row, at): Outcome => {
    if (!isRecord(row)) return { outcome: 'rejected', reject: row };
    const others = listOf(known, keyOf(row));
    const sight = { cdr: row, source: work.sourceName, canRepeat: work.canRepeat };
    const same = findSame(sight, others, claimed);
    if (!same) {
      const made = create(row, nextId, work);
      if (!isVisible(made.cdr, work.within)) return { outcome: 'rejected', reject: outside(made.cdr, came(row, at)) };
      nextId += 1;
      others.push(made);
      if (row.sequence === null) claimed.add(made);
      return { outcome: 'created', id: made.cdr.id };
    }
    if (!isVisible(same.cdr, work.within)) return { outcome: 'rejected', reject: taken(row, came(row, at)) };
    const richer = withSight(same, row, work);
    if (!isVisible(richer.cdr, work.within)) return { outcome: 'rejected', reject: outside(richer.cdr, came(row, at)) };
    if (row.sequence === null) claimed.add(same);
    meet(same, richer, work.sourceName);
    return { outcome: 'duplicate', id: same.cdr.id };
  });
  for (const result of outcomes) if (result.outcome === 'rejected') rejects.push(result.reject);

  if ((await allot(sql, 'cdr', nextId - firstId)) !== firstId) throw new Broken('another writer took our places');
  const touched = [...known.values()].flat().filter((record) => record.state !== 'stored');
  const keep = await save(sql, systems, companies, touched, work.now);
  const { within, now, rejectsMax: most = rejectsKept } = work;
  if (!work.isRetry) await writeRejects(sql, work.sourceId, rejects, { within, now, most });
  await saveSource(sql, work.sourceId, {
    batch: work.batch,
    cursor: work.cursor,
    received: outcomes.length - (work.isRetry ? rejects.length : 0),
    stored: outcomes.filter((result) => result.outcome === 'created').length,
    duplicate: outcomes.filter((result) => result.outcome === 'duplicate').length,
    rejected: work.isRetry ? 0 : rejects.length,
    lost: work.lost,
    lastRecord: records.reduce<number | null>((last, { start, end }) => Math.max(last ?? 0, end ?? start), null),
  });
  return { outcomes, keep };
}

export function isRecord(row: Cdr | Reject): row is Cdr {
  return !('reason' in row);
}

const keyOf = (cdr: Cdr): string => `${cdr.system}\n${cdr.uniqueid}`;

function listOf(known: Map<string, InHand[]>, key: string): InHand[] {
  let list = known.get(key);
  if (!list) known.set(key, (list = []));
  return list;
}

async function isNewBatch(sql: Sql, work: Append): Promise<boolean> {
  const [source] = await sql.all<{ batch: string | null }>('SELECT `batch` FROM `source` WHERE `id` = ?', [
    work.sourceId,
  ]);
  if (!source) throw new Broken(`the store has no source ${work.sourceId}`);
  return source.batch !== work.batch;
}

/** All stored records of the systems and uniqueids at hand, oldest first. */
async function lookUp(sql: Sql, systems: Names, read: Reader, rows: readonly Cdr[]): Promise<Map<string, InHand[]>> {
  const known = new Map<string, InHand[]>();
  const bySystem = Map.groupBy(rows, (row) => row.system);
  for (const [system, ofSystem] of bySystem) {
    const systemId = await systems.findId(sql, system);
    if (systemId === undefined) continue;
    for (const some of chunks([...new Set(ofSystem.map((row) => row.uniqueid))])) {
      const found = await sql.all<Row>(
        `SELECT ${columns.map((column) => `\`${column}\``).join(', ')} FROM \`cdr\` ` +
          `WHERE \`system_id\` = ? AND \`uniqueid\` IN ${placeholders(1, some.length)} ORDER BY \`id\``,
        [systemId, ...some],
      );
      const cdrs = await read.toCdrs(sql, found);
      const overlays = await loadOverlays(sql, found);
      cdrs.forEach((cdr, at) => {
        const [sources, overlay] = [sourcesOf(found[at]!), overlays.get(cdr.id)];
        listOf(known, keyOf(cdr)).push({ cdr, sources, overlay, state: 'stored', was: factsOf(cdr) });
      });
    }
  }
  return known;
}

function create(row: Cdr, id: number, work: Append): InHand {
  const bare = { note: null, tags: [], words: wordsOf(row, null), hidden: false, edited: false };
  const cdr: StoredCdr = { ...row, ...work.derive(row), id, created: work.now, updated: work.now, ...bare };
  return { cdr, sources: [work.sourceName], overlay: undefined, state: 'new', was: factsOf(cdr) };
}

/** The record with what this sight adds, below what people wrote beside it; or the very same. */
function withSight(record: InHand, row: Cdr, work: Append): Pick<InHand, 'cdr' | 'overlay'> {
  const richer = enrich(record.cdr, row);
  if (richer === record.cdr) return record;
  const derived = work.derive(richer);
  const overlay = record.overlay && { ...record.overlay, derived: partiesOf(derived) };
  const words = wordsOf(richer, record.cdr.note);
  const seen = overlay ? seenParties(overlay) : {};
  return { cdr: { ...record.cdr, ...richer, ...derived, words, updated: work.now, ...seen }, overlay };
}

/** A further sight of a record: it is richer or not, and one more source has shown it. */
function meet(record: InHand, { cdr, overlay }: Pick<InHand, 'cdr' | 'overlay'>, source: string): void {
  if (cdr !== record.cdr && record.state !== 'new') record.state = 'changed';
  record.cdr = cdr;
  record.overlay = overlay;
  if (record.sources.includes(source)) return;
  record.sources.push(source);
  if (record.state === 'stored') record.state = 'seen';
}

/** A bound writer may not make a record it could not see, nor move one out of its own sight. */
function outside({ company, target }: Facts, came: Came): Reject {
  const found = company ?? target;
  const message = found === null ? 'is unknown, expected' : `"${found}" is not`;
  return refused(came, { field: 'company', message: `${message} one of the companies of this token` });
}

function taken(row: Cdr, came: Came): Reject {
  const message = `"${row.uniqueid}" belongs to a record outside the companies of this token`;
  return refused(came, { field: 'uniqueid', message });
}

function refused(came: Came, fault: Fault): Reject {
  return { ...came, reason: `${fault.field}: ${fault.message}`, faults: [fault] };
}

/** Writes new and changed records with their changes; returns what to do after the commit. */
async function save(
  sql: Sql,
  systems: Names,
  companies: Names,
  touched: readonly InHand[],
  now: Micros,
): Promise<() => void> {
  const systemNames = new Set(touched.map(({ cdr }) => cdr.system));
  const handles = new Set(touched.flatMap(({ cdr }) => [cdr.company, cdr.target]).filter((handle) => handle !== null));
  const systemIds = await systems.toIds(sql, systemNames);
  const companyIds = await companies.toIds(sql, handles);
  const companyId = (handle: string | null) => (handle === null ? null : companyIds.get(companies.key(handle))!);
  const valuesOf = ({ cdr, sources }: InHand): Value[] => {
    const ids: Ids = {
      system: systemIds.get(cdr.system)!,
      company: companyId(cdr.company),
      target: companyId(cdr.target),
    };
    return toValues(cdr, ids, sources);
  };
  const byId = (a: InHand, b: InHand) => a.cdr.id - b.cdr.id;
  const made = touched.filter(({ state }) => state === 'new').sort(byId);
  for (const some of chunks(made)) {
    const places = placeholders(some.length, columns.length);
    await sql.run(`INSERT INTO \`cdr\` (${insertColumns}) VALUES ${places}`, some.flatMap(valuesOf));
  }
  const update = `UPDATE \`cdr\` SET ${columns
    .slice(1)
    .map((column) => `\`${column}\` = ?`)
    .join(', ')} WHERE \`id\` = ?`;
  for (const record of touched) {
    if (record.state === 'changed' && record.overlay) await saveDerived(sql, record.cdr.id, record.overlay);
    if (record.state === 'changed') await sql.run(update, [...valuesOf(record).slice(1), record.cdr.id]);
    if (record.state !== 'seen') continue;
    await sql.run('UPDATE `cdr` SET `sources` = ? WHERE `id` = ?', [record.sources.join(' '), record.cdr.id]);
  }
  const changed = touched.filter(({ state }) => state === 'changed').sort(byId);
  await writeChanges(sql, [...made, ...changed].map(toChange), now);
  return () => {
    systems.keep(systemNames, systemIds);
    companies.keep(handles, companyIds);
  };
}

function toChange({ cdr, state, was }: InHand): NewChange {
  return { id: cdr.id, op: state === 'new' ? 'created' : 'updated', was: state === 'new' ? null : was, is: cdr };
}
