// A number anonymised wherever it stands: a slice of records by id in one transaction, with all records of the calls it is found in. No
// column knows all places of a number, so every record is looked at.
import { anonymised, mentions, numbersIn, type Erasure } from '../cdr/anonymise.ts';
import type { Micros } from '../cdr/cdr.ts';
import { ClientError } from '../errors.ts';
import { writeAudit, type By } from './audit.ts';
import { eraseCalls, listedNumbers } from './erase.ts';
import { forgetEdits, forgetGone, forgetPast, isPast, nothingPast, pastOf, type Past } from './erasepast.ts';
import { overwriting } from './forget.ts';
import { findHeld } from './holds.ts';
import { handsOf, type InHand } from './inhand.ts';
import { allot } from './names.ts';
import { remove } from './rejects.ts';
import { selectColumns, type Row } from './row.ts';
import type { Desk } from './save.ts';
import type { Database, Sql } from './sql.ts';

/** Records of one slice; ids that one statement may look through; records of one call. */
const sliceRows = 500;
const windowIds = 20_000;
const callRows = 1000;

export interface EraseSlice {
  /** Digits. */
  numbers: readonly string[];
  /** Only records with a higher id. */
  after: number;
  isDryRun: boolean;
  now: Micros;
  /** Given with the first slice of a run that writes: the audit tells that there was one, and not of which number. */
  by?: By | undefined;
}

export interface EraseDone {
  looked: number;
  /** Records in which it stands, or stood. */
  anonymised: number;
  held: number;
  /** Records in which it is an extension (of this record: people said so), the number of a device or a listed DID: it stays. */
  kept: number;
  /** Rejects in whose text it stands, which go as a whole; looked at with the first slice. */
  rejects: number;
  after: number;
  more: boolean;
}

/** @throws ClientError 400 for the number of an extension, by which statistics are kept */
export async function eraseSlice(database: Database, desk: Desk, slice: EraseSlice): Promise<EraseDone> {
  const { isDryRun, after, numbers, now, by } = slice;
  const hint = database.dialect === 'sqlite' ? ' NOT INDEXED' : ' FORCE INDEX (PRIMARY)';
  const { found, past, ...seen } = await database.read((sql) => look(sql, desk, slice, hint));
  if (found.length === 0 && past.calls.length === 0 && past.tagged.size === 0 && after > 0)
    return { ...seen, anonymised: 0, held: 0, kept: 0, rejects: 0 };
  const prepare = async (sql: Sql) => {
    await demandOutside(sql, numbers);
    const erasure = { numbers: new Set(numbers), ours: await listedNumbers(sql) };
    const { calls, held, isHeld } = await callsOf(sql, desk, found);
    const rejects = after === 0 ? await rejectsWith(sql, numbers) : [];
    const done = { ...seen, ...wouldErase(calls, found, past, erasure), held, rejects: rejects.length };
    return { calls, rejects, erasure, isHeld, done };
  };
  if (isDryRun) return (await database.read(prepare)).done;
  const { done, keep } = await database.write(async (sql) => {
    await allot(sql, 'cdr', 0);
    await overwriting(sql);
    const { calls, rejects, erasure, isHeld, done } = await prepare(sql);
    const { ids, keep } = await eraseCalls(sql, desk, calls, erasure, now);
    const others = calls.flat().filter(({ cdr }) => isPast(past, cdr.id) && !ids.includes(cdr.id));
    await forgetEdits(sql, past, others, erasure);
    await forgetGone(sql, past, erasure);
    await forgetPast(sql, desk, past, isHeld);
    await remove(sql, rejects);
    if (by) await writeAudit(sql, { at: now, by, action: 'cdr.anonymised', object: 'a number' });
    return { done: { ...done, anonymised: ids.length + others.length }, keep };
  });
  keep();
  return done;
}

async function look(sql: Sql, { read }: Desk, { numbers, after }: EraseSlice, hint: string) {
  const places = await sql.all<{ last: number }>("SELECT `last` FROM `place` WHERE `name` IN ('cdr', 'call')");
  const [head, until] = [Math.max(0, ...places.map((place) => place.last)), after + windowIds];
  const rows = await sql.all<Row>(
    `SELECT ${selectColumns} FROM \`cdr\`${hint} WHERE \`id\` > ? AND \`id\` <= ? ORDER BY \`id\` LIMIT ?`,
    [after, until, sliceRows],
  );
  const last = rows.length === sliceRows ? (rows.at(-1)!.id as number) : Math.min(until, head);
  const ours = await listedNumbers(sql);
  const gone = numbers.filter((number) => !ours.has(number));
  const past = gone.length > 0 ? await pastOf(sql, gone, { after, last }) : nothingPast;
  const wanted = new Set(numbers);
  // Most rows are told by their text; of an edited one the overlay may have it.
  const some = rows.filter(
    (row) =>
      row.edited !== 0 ||
      isPast(past, row.id as number) ||
      numbers.some((number) => JSON.stringify(row).includes(number)),
  );
  const hands = await handsOf(sql, read, some);
  const found = hands.filter((record) => isPast(past, record.cdr.id) || mentions(record, wanted));
  return { found, past, looked: rows.length, after: last, more: last < head };
}

/** The calls of these records whole, without those that are held. */
async function callsOf(sql: Sql, { read }: Desk, found: readonly InHand[]) {
  const { isHeld } = await findHeld(sql);
  const calls: InHand[][] = [];
  let held = 0;
  for (const [callId, some] of Map.groupBy(found, ({ cdr, callId }) => callId ?? -cdr.id)) {
    const select = `SELECT ${selectColumns} FROM \`cdr\` WHERE`;
    const rows: Row[] = await sql.all<Row>(`${select} \`call_id\` = ? ORDER BY \`id\` LIMIT ?`, [callId, callRows]);
    for (const { cdr } of some)
      if (!rows.some(({ id }) => id === cdr.id)) rows.push(...(await sql.all<Row>(`${select} \`id\` = ?`, [cdr.id])));
    const call = await handsOf(sql, read, rows);
    if (isHeld(call)) held += some.length;
    else calls.push(call);
  }
  return { calls, held, isHeld };
}

/** Of the records found only: each further one of their calls is found, and counted, by the slice it is in. */
function wouldErase(
  calls: readonly (readonly InHand[])[],
  found: readonly InHand[],
  past: Past,
  erasure: Erasure & { numbers: ReadonlySet<string> },
) {
  const own = new Set(found.map(({ cdr }) => cdr.id));
  let [changed, kept] = [0, 0];
  for (const call of calls) {
    for (const [at, after] of anonymised(call, erasure).entries()) {
      if (!own.has(after.cdr.id)) continue;
      if (after !== call[at] || isPast(past, after.cdr.id)) changed += 1;
      if (mentions(after, erasure.numbers)) kept += 1;
    }
  }
  return { anonymised: changed, kept };
}

async function demandOutside(sql: Sql, numbers: readonly string[]): Promise<void> {
  for (const number of numbers) {
    const [row] = await sql.all('SELECT 1 FROM `extension` WHERE `number` = ? LIMIT 1', [number]);
    if (!row) continue;
    const message = `${number} is an extension: statistics are kept by extensions, so it stays`;
    throw new ClientError(400, `number: ${message}`, [{ field: 'number', message }]);
  }
}

async function rejectsWith(sql: Sql, numbers: readonly string[]): Promise<number[]> {
  const ids = new Set<number>();
  for (const number of numbers) {
    const rows = await sql.all<{ id: number; raw: string }>('SELECT `id`, `raw` FROM `reject` WHERE `raw` LIKE ?', [
      `%${number}%`,
    ]);
    for (const { id, raw } of rows) if (numbersIn(raw).includes(number)) ids.add(id);
  }
  return [...ids];
}
