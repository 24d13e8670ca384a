// Calls for records from before there were calls: a slice of them in one transaction, the newest first. Nothing of it is told on the feed:
// who reads calls reads the list, as after any upgrade.
import type { Micros } from '../cdr/cdr.ts';
import { planCalls, saveCalls, type Rooms } from './calls.ts';
import { allot } from './names.ts';
import { selectColumns, type Row } from './row.ts';
import type { Sql } from './sql.ts';

/** Records of one slice: some ten milliseconds of a transaction. */
const sliceMax = 200;

/** Resolves to how many records got their call; 0 when every record has one, which is remembered. */
export async function fillSlice(sql: Sql, rooms: Rooms, now: Micros): Promise<number> {
  const isDone = "SELECT 1 FROM `meta` WHERE `name` = 'calls_filled'";
  if ((await sql.all(isDone)).length > 0) return 0;
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
    return 0;
  }
  const cdrs = await rooms.read.toCdrs(sql, rows);
  const members = cdrs.map((cdr) => ({ cdr, callId: null, isStored: true, full: [] }));
  await saveCalls(sql, rooms, await planCalls(sql, rooms, members, now), 'untold');
  return rows.length;
}
