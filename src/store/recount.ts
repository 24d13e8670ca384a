// All statistics anew, from the calls: for whoever doubts them, or has changed the store by hand. Nothing else writes meanwhile.
import { recordsByCall } from './changelist.ts';
import type { Rooms } from './callgather.ts';
import { insertCall, type CallRow } from './callrow.ts';
import { allot } from './names.ts';
import { countCalls } from './rollups.ts';
import type { Sql } from './sql.ts';

/** Calls that are counted by one statement or a few. */
const pageCalls = 500;

/** Must run inside the transaction of a write, which is as long as there are calls. Resolves to how many these are. */
export async function recount(sql: Sql, rooms: Rooms): Promise<number> {
  await allot(sql, 'cdr', 0);
  for (const table of ['rollup', 'call_part']) await sql.run(`DELETE FROM \`${table}\``);
  let count = 0;
  for (let after = 0; ;) {
    const rows = await sql.all<CallRow>(`SELECT ${insertCall} FROM \`call\` WHERE \`id\` > ? ORDER BY \`id\` LIMIT ?`, [
      after,
      pageCalls,
    ]);
    const calls = (await rooms.read.toCalls(sql, rows)).filter(({ hidden }) => !hidden);
    const shared = calls.filter(({ isMixed }) => isMixed);
    const records = await recordsByCall(
      sql,
      rooms.read,
      shared.map(({ id }) => id),
    );
    const mixed = shared.map((call) => ({ call, cdrs: records.get(call.id)! }));
    await countCalls(sql, rooms, { changed: calls.map((call) => ({ call, was: null })), swallowed: [], mixed });
    count += calls.length;
    if (rows.length < pageCalls) return count;
    after = rows.at(-1)!.id as number;
  }
}
