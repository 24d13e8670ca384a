// Records whose time is over: a slice of them in one transaction, by whole calls, so that ingest waits for one slice at most. What is held
// stays; a slice that was cut has done nothing, and doing one twice does no harm.
import type { Micros } from '../cdr/cdr.ts';
import { endOf } from '../cdr/parties.ts';
import { cutoffsOf, lookBefore, type RetentionRules } from '../cdr/retention.ts';
import { eraseCalls, erasedLevels, listedNumbers } from './erase.ts';
import { overwriting } from './forget.ts';
import { expire } from './expiry.ts';
import { findHeld, type Held } from './holds.ts';
import { handsOf, type InHand } from './inhand.ts';
import { allot } from './names.ts';
import { selectColumns, type Row } from './row.ts';
import type { Desk } from './save.ts';
import type { Database, Sql } from './sql.ts';

/** Records that one slice looks at. */
const lookRows = 1000;
/** Most records of calls in hand at which a slice ends. */
export const handMax = 100;
/** A call of more records is taken in parts (calls.ts `callRecordsMax`). */
const callRows = 1000;

const levelAll = erasedLevels.all;

/** A place in the order by start. */
export interface RetentionPlace {
  start: Micros;
  id: number;
}

export interface RetentionSlice {
  rules: RetentionRules;
  after: RetentionPlace;
  now: Micros;
  isDryRun: boolean;
  /** Records of calls in hand at which it ends; `handMax` where nobody says. */
  hand?: number;
}

/** Records by what became of them, or would. */
export interface RetentionCounts {
  removed: number;
  anonymised: number;
  /** Their time is over, and a hold keeps them. */
  held: number;
}

export interface RetentionDone extends RetentionCounts {
  looked: number;
  /** By the handle of the company, '' for records without. */
  companies: Record<string, RetentionCounts>;
  /** null: there is no more. */
  after: RetentionPlace | null;
}

interface Candidate extends RetentionPlace {
  callId: number | null;
}

export async function retentionSlice(database: Database, desk: Desk, slice: RetentionSlice): Promise<RetentionDone> {
  const { candidates, looked, after } = await lookOn(database, desk, slice);
  if (candidates.length === 0) return { ...noCounts(), looked, companies: {}, after };
  if (slice.isDryRun) {
    const decided = await database.read((sql) => decide(sql, desk, slice, candidates));
    return { ...countsOf(decided), looked, after: decided.after ?? after };
  }
  const { decided, keep } = await database.write(async (sql) => {
    // The lock of ingest: who makes a hold, or a record of these calls, comes before us or after.
    await allot(sql, 'cdr', 0);
    await overwriting(sql);
    const decided = await decide(sql, desk, slice, candidates);
    const ours = await listedNumbers(sql);
    const { keep } = await eraseCalls(sql, desk, decided.erase, { numbers: 'all', ours }, slice.now);
    await expire(
      sql,
      desk,
      decided.remove.map(({ cdr }) => cdr.id),
      slice.now,
    );
    return { decided, keep };
  });
  keep();
  return { ...countsOf(decided), looked, after: decided.after ?? after };
}

interface Looked {
  candidates: Candidate[];
  looked: number;
  /** null: there is no more. */
  after: RetentionPlace | null;
}

/** No further than for what one slice takes, as a rule: a thousand rows are looked at in the time of some slices. */
async function lookOn(database: Database, desk: Desk, slice: RetentionSlice): Promise<Looked> {
  const { hand = handMax, isDryRun } = slice;
  let count = isDryRun ? lookRows : Math.min(lookRows, 2 * hand);
  let found: Looked = { candidates: [], looked: 0, after: slice.after };
  while (found.after !== null && found.looked < lookRows && found.candidates.length < hand) {
    const { after } = found;
    const more = await database.read((sql) => look(sql, desk, { ...slice, after }, count));
    found = {
      candidates: [...found.candidates, ...more.candidates],
      looked: found.looked + more.looked,
      after: more.after,
    };
    count = lookRows - found.looked;
  }
  return found;
}

/** Those of the next records whose time may be over, by their own start and company. */
async function look(sql: Sql, desk: Desk, { rules, after, now }: RetentionSlice, count: number): Promise<Looked> {
  const before = lookBefore(rules, now);
  if (before === null) return { candidates: [], looked: 0, after: null };
  type Narrow = {
    id: number;
    start: Micros;
    company_id: number | null;
    target_id: number | null;
    call_id: number | null;
  };
  const rows = await sql.all<Narrow & { erased: number }>(
    'SELECT `id`, `start`, `company_id`, `target_id`, `call_id`, `erased` FROM `cdr` WHERE `start` >= ? AND `start` < ? ' +
      'AND (`start` > ? OR `id` > ?) ORDER BY `start`, `id` LIMIT ?',
    [after.start, before, after.start, after.id, count],
  );
  const nameOf = async (id: number | null) => (id === null ? null : desk.companies.nameOf(sql, id));
  const candidates: Candidate[] = [];
  for (const { id, start, company_id, target_id, call_id: callId, erased } of rows) {
    const cutoffs = cutoffsOf({ company: await nameOf(company_id), target: await nameOf(target_id) }, rules, now);
    const isDue = (cutoff: Micros | null) => cutoff !== null && start < cutoff;
    if (isDue(cutoffs.remove) || (erased < levelAll && isDue(cutoffs.anonymise)))
      candidates.push({ id, start, callId });
  }
  const last = rows.length < count ? undefined : rows.at(-1);
  return { candidates, looked: rows.length, after: last ? { start: last.start, id: last.id } : null };
}

interface Decided {
  remove: InHand[];
  erase: InHand[][];
  /** What is counted: each record once, however many slices meet its call. */
  counted: Record<keyof RetentionCounts, InHand[]>;
  /** Where to go on, when these are not all of the candidates. */
  after: RetentionPlace | null;
}

async function decide(
  sql: Sql,
  desk: Desk,
  { rules, now, isDryRun, hand = handMax }: RetentionSlice,
  candidates: readonly Candidate[],
): Promise<Decided> {
  const { isHeld } = await findHeld(sql);
  const decided: Decided = { remove: [], erase: [], counted: { removed: [], anonymised: [], held: [] }, after: null };
  const { counted } = decided;
  const judged = new Map<string, Judged>();
  let inHand = 0;
  for (const [at, { id, callId }] of candidates.entries()) {
    const key = callId === null ? `record ${id}` : `call ${callId}`;
    let fate = judged.get(key);
    if (!fate) {
      if (inHand >= hand) {
        const { start, id: last } = candidates[at - 1]!;
        decided.after = { start, id: last };
        break;
      }
      const call = await callOf(sql, desk, id, callId);
      inHand += call.length;
      judged.set(key, (fate = judge(call, rules, now, isHeld)));
      // These are met no more.
      if (!isDryRun && !fate.isHeld) {
        decided.remove.push(...fate.remove);
        if (fate.erase.length > 0) decided.erase.push(fate.erase);
        counted.removed.push(...fate.remove);
        counted.anonymised.push(...fate.erase);
      }
    }
    if (!isDryRun && !fate.isHeld) continue;
    const isOwn = ({ cdr }: InHand) => cdr.id === id;
    counted[fate.isHeld ? 'held' : 'removed'].push(...fate.remove.filter(isOwn));
    counted[fate.isHeld ? 'held' : 'anonymised'].push(...fate.erase.filter(isOwn));
  }
  return decided;
}

/** All records of the call, of a very long one the first and this one. Another daemon may have taken them meanwhile. */
async function callOf(sql: Sql, { read }: Desk, id: number, callId: number | null): Promise<InHand[]> {
  const select = `SELECT ${selectColumns} FROM \`cdr\` WHERE`;
  const rows =
    callId === null ? [] : await sql.all<Row>(`${select} \`call_id\` = ? ORDER BY \`id\` LIMIT ?`, [callId, callRows]);
  if (!rows.some((row) => row.id === id)) rows.push(...(await sql.all<Row>(`${select} \`id\` = ?`, [id])));
  return handsOf(sql, read, rows);
}

interface Judged {
  remove: InHand[];
  erase: InHand[];
  isHeld: boolean;
}

/** A call is over when its last record is. Its records go one by one, as their companies want it; it is anonymised as a whole. */
function judge(call: readonly InHand[], rules: RetentionRules, now: Micros, isHeld: Held): Judged {
  const end = Math.max(...call.map(({ cdr }) => endOf(cdr)));
  const isDue = (record: InHand, what: 'remove' | 'anonymise') => {
    const cutoff = cutoffsOf(record.cdr, rules, now)[what];
    return cutoff !== null && end < cutoff;
  };
  const remove = call.filter((record) => isDue(record, 'remove'));
  const rest = call.filter((record) => !remove.includes(record));
  const isErased = rest.every((record) => isDue(record, 'anonymise')) && rest.some(({ erased }) => erased < levelAll);
  const erase = isErased ? rest : [];
  return { remove, erase, isHeld: remove.length + erase.length > 0 && isHeld(call) };
}

function noCounts(): RetentionCounts {
  return { removed: 0, anonymised: 0, held: 0 };
}

function countsOf({ counted }: Decided): RetentionCounts & Pick<RetentionDone, 'companies'> {
  const counts = noCounts();
  const companies: Record<string, RetentionCounts> = {};
  for (const what of ['removed', 'anonymised', 'held'] as const) {
    for (const { cdr } of counted[what]) {
      counts[what] += 1;
      (companies[cdr.company ?? cdr.target ?? ''] ??= noCounts())[what] += 1;
    }
  }
  return { ...counts, companies };
}
