// Calls for records from before there were calls: a slice of them in one transaction, the newest first. Nothing of it is told on the feed:
// who reads calls reads the list, as after any upgrade.
import type { Micros } from '../cdr/cdr.ts';
import { planCalls, saveCalls, type Rooms } from './calls.ts';
import { allot } from './names.ts';
import { selectColumns, type Row } from './row.ts';
import type { Sql } from './sql.ts';

/** Records of one slice: some ten milliseconds of a transaction. */
const sliceMax = 200;

/** Resolves to how much was looked at; 0 when every record has its call, and what it is in it, which is remembered. */
export async function fillSlice(sql: Sql, rooms: Rooms, now: Micros): Promise<number> {
  const isDone = "SELECT 1 FROM `meta` WHERE `name` = 'calls_filled'";
  if ((await sql.all(isDone)).length > 0) return lookAgain(sql, rooms, now);
  // The lock of ingest: what it makes from here on comes after us.
  await allot(sql, 'cdr', 0);
  const rows = await sql.all<Row>(
    `SELECT ${selectColumns} FROM \`cdr\` WHERE \`call_id\` IS NULL ORDER BY \`id\` DESC LIMIT ?`,
    [sliceMax],
  );
  if (rows.length === 0) {
    if ((await sql.all(isDone)).length === 0) {
      await sql.run("INSERT INTO `meta` (`name`, `value`) VALUES ('calls_filled', '1')");
    }
    return lookAgain(sql, rooms, now);
  }
  const cdrs = await rooms.read.toCdrs(sql, rows);
  const members = cdrs.map((cdr) => ({ cdr, callId: null, isStored: true, full: [] }));
  await saveCalls(sql, rooms, await planCalls(sql, rooms, members, now), 'untold');
  return rows.length;
}

/** Ids of calls that one slice looks through, and calls it works out anew. */
const windowIds = 5000;
const againMax = 50;

/**
 * Calls from before records knew what they are in theirs, which transfers and companies tell, and those that a machine may have answered: worked out anew. `in_call_below` is set by
 * the migration, and gone when all are done. Resolves to how many ids were looked through.
 */
async function lookAgain(sql: Sql, rooms: Rooms, now: Micros): Promise<number> {
  const [row] = await sql.all<{ value: string }>("SELECT `value` FROM `meta` WHERE `name` = 'in_call_below'");
  if (!row) return 0;
  await allot(sql, 'cdr', 0);
  const below = Number(row.value);
  const least = Math.max(1, below - windowIds);
  const found = await sql.all<{ id: number }>(
    'SELECT `id` FROM `call` WHERE `id` < ? AND `id` >= ? AND (`transfers` > 0 OR `mixed` = 1 OR ' +
      "(`answered_by` IS NOT NULL AND (`ring` IS NULL OR `outcome` = 'voicemail'))) ORDER BY `id` DESC LIMIT ?",
    [below, least, againMax],
  );
  const calls = found.map(({ id }) => ({ id: 0, callId: id }));
  await saveCalls(sql, rooms, await planCalls(sql, rooms, [], now, calls), 'untold');
  const next = found.length === againMax ? found.at(-1)!.id : least;
  if (next > 1) await sql.run("UPDATE `meta` SET `value` = ? WHERE `name` = 'in_call_below'", [String(next)]);
  else await sql.run("DELETE FROM `meta` WHERE `name` = 'in_call_below'");
  return below - next;
}
