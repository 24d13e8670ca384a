// All statistics anew, from the calls, step by step beside all other work: for whoever doubts them, or has changed the store by hand.
// Each step is a transaction under the lock of ingest; a run that is cut leaves what is read as it was, and is begun again.
//
//   clear   what a run that was cut left of the second set of cells goes
//   count   calls, by their ids, into the second set; what ingest changes of those that are in it, it changes in both sets
//   put     the second set in the place of the first, some cells at once: each is as it was, or as it should be
//   tidy    what ingest has still written into the second set goes
//
// Who asked for the steps may be gone at any moment (kill -9): a sweep ends a run without a step for some minutes, and does its `tidy`.
import type { Micros } from '../cdr/cdr.ts';
import { ClientError } from '../errors.ts';
import type { Rooms } from './callgather.ts';
import { insertCall, type CallRow } from './callrow.ts';
import { anew, kinds, rollupColumns } from './cells.ts';
import { recordsByCall } from './changelist.ts';
import { allot } from './names.ts';
import { countAnew, marksOf } from './rollups.ts';
import { dropSpan, packedKind } from './packs.ts';
import type { Database, Sql } from './sql.ts';

/** Calls that are counted in one step. */
const pageCalls = 200;
/** Cells of one viewer that are put or cleared in one step, or all of one stretch of time. */
const pageCells = 500;
/** A run without a step for so long is over: steps follow each other at once, the slowest of them take seconds. */
export const cutMicros = 5 * 60e6;
/** All calls are counted: also those to come are in both sets. */
const allCounted = Number.MAX_SAFE_INTEGER;

/** Where a run is; its second set is known in the store by `recounted` of `meta`, which no other run may have moved. */
export interface RecountPlace {
  phase: 'clear' | 'count' | 'put' | 'tidy';
  /** The highest id that is counted. */
  until: number;
  calls: number;
  /** The next cell of `put`: which of the kinds, and from where in it. */
  at: number;
  viewer: number;
  bucket: number;
}

export interface RecountDone {
  /** Calls that were counted so far. */
  calls: number;
  /** How much of the calls, from 0 to 1. */
  share: number;
  /** What to go on with; null: all is done. */
  next: RecountPlace | null;
}

const beginning = { until: 0, calls: 0, at: 0, viewer: Number.MIN_SAFE_INTEGER, bucket: 0 };

/** Begins a run (null), or does its next step. @throws ClientError 409 when another run, or a restart, has ended this one */
export function recountStep(
  database: Database,
  rooms: Rooms,
  place: RecountPlace | null,
  now: Micros,
): Promise<RecountDone> {
  return database.write(async (sql) => {
    await allot(sql, 'cdr', 0);
    if (place === null) {
      await endRecount(sql);
      return { calls: 0, share: 0, next: { ...beginning, phase: 'clear' } };
    }
    if ((await marksOf(sql)).until !== (place.phase === 'tidy' ? 0 : place.until))
      throw new ClientError(409, 'another recount has begun, or the daemon was restarted: begin again');
    const next = await steps[place.phase](sql, rooms, place);
    if (next?.phase === 'count' || next?.phase === 'put') await signOfLife(sql, now);
    const [row] = await sql.all<{ last: number }>("SELECT `last` FROM `place` WHERE `name` = 'call'");
    const share = place.phase === 'count' ? Math.min(1, place.until / Math.max(1, row?.last ?? 1)) : 1;
    return { calls: (next ?? place).calls, share, next };
  });
}

/** From now on ingest counts in one set only. */
export async function endRecount(sql: Sql): Promise<void> {
  await sql.run("DELETE FROM `meta` WHERE `name` IN ('recounted', 'recounted_at')");
}

/** Ends a run that was cut, and takes some of the cells away that it left; false when nothing was to be done. To be asked again while true. */
export function sweepRecount(database: Database, now: Micros): Promise<boolean> {
  return database.write(async (sql) => {
    await allot(sql, 'cdr', 0);
    if ((await marksOf(sql)).until > 0) {
      const [row] = await sql.all<{ value: string }>("SELECT `value` FROM `meta` WHERE `name` = 'recounted_at'");
      // Either way: a clock that was set back must not let it live for ever.
      if (Math.abs(now - Number(row?.value ?? 0)) < cutMicros) return false;
      await endRecount(sql);
    }
    return clearSome(sql);
  });
}

async function signOfLife(sql: Sql, now: Micros): Promise<void> {
  const changed = await sql.run("UPDATE `meta` SET `value` = ? WHERE `name` = 'recounted_at'", [String(now)]);
  if (changed === 0) await sql.run("INSERT INTO `meta` (`name`, `value`) VALUES ('recounted_at', ?)", [String(now)]);
}

type Step = (sql: Sql, rooms: Rooms, place: RecountPlace) => Promise<RecountPlace | null>;

const steps: Record<RecountPlace['phase'], Step> = {
  clear: async (sql, _rooms, place) => ((await clearSome(sql)) ? place : { ...beginning, phase: 'count' }),
  count: countSome,
  put: putSome,
  tidy: async (sql, _rooms, place) => ((await clearSome(sql)) ? place : null),
};

async function countSome(sql: Sql, rooms: Rooms, place: RecountPlace): Promise<RecountPlace> {
  const rows = await sql.all<CallRow>(`SELECT ${insertCall} FROM \`call\` WHERE \`id\` > ? ORDER BY \`id\` LIMIT ?`, [
    place.until,
    pageCalls,
  ]);
  const isLast = rows.length < pageCalls;
  const until = isLast ? allCounted : (rows.at(-1)!.id as number);
  const calls = (await rooms.read.toCalls(sql, rows)).filter(({ hidden }) => !hidden);
  const shared = calls.filter(({ isMixed }) => isMixed);
  const ids = shared.map(({ id }) => id);
  const records = await recordsByCall(sql, rooms.read, ids);
  const mixed = shared.map((call) => ({ call, cdrs: records.get(call.id)! }));
  const changed = calls.map((call) => ({ call, was: null }));
  await countAnew(sql, rooms, { changed, mixed, after: place.until, until });
  if (place.until === 0) await sql.run("INSERT INTO `meta` (`name`, `value`) VALUES ('recounted', ?)", [String(until)]);
  else await sql.run("UPDATE `meta` SET `value` = ? WHERE `name` = 'recounted'", [String(until)]);
  return { ...place, phase: isLast ? 'put' : 'count', until, calls: place.calls + calls.length };
}

async function putSome(sql: Sql, _rooms: Rooms, place: RecountPlace): Promise<RecountPlace> {
  const kind = kinds[place.at];
  if (kind === undefined) {
    await endRecount(sql);
    return { ...place, phase: 'tidy' };
  }
  const span = await nextSpan(sql, [kind, kind + anew], place);
  if (!span) return { ...place, at: place.at + 1, viewer: beginning.viewer, bucket: 0 };
  const where = 'WHERE `kind` = ? AND `viewer` = ? AND `bucket` >= ? AND `bucket` < ?';
  const { viewer, from, until } = span;
  if (kind === packedKind) await dropSpan(sql, from, until);
  await sql.run(`DELETE FROM \`rollup\` ${where}`, [kind, viewer, from, until]);
  const [, ...others] = rollupColumns.map((name) => `\`${name}\``);
  await sql.run(
    `INSERT INTO \`rollup\` (\`kind\`, ${others.join(', ')}) SELECT \`kind\` - ${anew}, ${others.join(', ')} FROM \`rollup\` ${where}`,
    [kind + anew, viewer, from, until],
  );
  await sql.run(`DELETE FROM \`rollup\` ${where}`, [kind + anew, viewer, from, until]);
  return { ...place, viewer, bucket: until };
}

/** Takes some cells of the second set away; false when there is none. */
async function clearSome(sql: Sql): Promise<boolean> {
  for (const kind of kinds) {
    const span = await nextSpan(sql, [kind + anew], beginning);
    if (!span) continue;
    const { viewer, from, until } = span;
    await sql.run('DELETE FROM `rollup` WHERE `kind` = ? AND `viewer` = ? AND `bucket` >= ? AND `bucket` < ?', [
      ...[kind + anew, viewer, from, until],
    ]);
    return true;
  }
  return false;
}

/** The next stretch, of one viewer, in which these kinds have about as many cells as one step takes. */
async function nextSpan(
  sql: Sql,
  of: readonly number[],
  { viewer, bucket }: Pick<RecountPlace, 'viewer' | 'bucket'>,
): Promise<{ viewer: number; from: number; until: number } | null> {
  type Cell = { viewer: number; bucket: number };
  const first = async (where: string, order: string, values: readonly number[]) => {
    const found: Cell[] = [];
    for (const kind of of) {
      const select = `SELECT \`viewer\`, \`bucket\` FROM \`rollup\` WHERE \`kind\` = ? AND ${where} ORDER BY ${order} LIMIT 1`;
      found.push(...(await sql.all<Cell>(select, [kind, ...values])));
    }
    return found.sort((a, b) => a.viewer - b.viewer || a.bucket - b.bucket)[0];
  };
  const begin =
    (await first('`viewer` = ? AND `bucket` >= ?', '`bucket`', [viewer, bucket])) ??
    (await first('`viewer` > ?', '`viewer`, `bucket`', [viewer]));
  if (!begin) return null;
  const ends: number[] = [];
  for (const kind of of) {
    const select = `SELECT \`bucket\` FROM \`rollup\` WHERE \`kind\` = ? AND \`viewer\` = ? AND \`bucket\` > ? ORDER BY \`bucket\` LIMIT 1 OFFSET ${pageCells}`;
    ends.push(...(await sql.all<Cell>(select, [kind, begin.viewer, begin.bucket])).map((cell) => cell.bucket));
  }
  return { viewer: begin.viewer, from: begin.bucket, until: Math.min(Number.MAX_SAFE_INTEGER, ...ends) };
}
