// What retention or anonymising has taken does not come back: a tombstone for each such record, a horizon for each system.
// A tombstone is a keyed hash: it knows the record again and tells nothing about it.
import { createHmac, randomBytes } from 'node:crypto';
import type { Cdr, Micros } from '../cdr/cdr.ts';
import { factsOf } from '../cdr/query.ts';
import { refreshCalls, type Rooms } from './calls.ts';
import { writeChanges } from './changes.ts';
import { allot } from './names.ts';
import { selectColumns, type Row } from './row.ts';
import { chunks, placeholders, type Sql, type Value } from './sql.ts';

/** Whether a row that no stored record knows was taken away before. */
export type Taken = (cdr: Cdr) => boolean;

interface Tombstone {
  name: string;
  sequence: number | null;
  mark: string;
}

/** Must run inside the transaction of a batch. */
export async function findTaken(sql: Sql, rows: readonly Cdr[]): Promise<Taken> {
  const horizons = new Map<string, Micros | null>();
  for (const { name, horizon } of await sql.all<{ name: string; horizon: Micros | null }>(
    'SELECT `name`, `horizon` FROM `system`',
  )) {
    horizons.set(name, horizon);
  }
  const isBehind = ({ system, start }: Cdr) => start < (horizons.get(system) ?? -Infinity);
  const [any] = await sql.all('SELECT 1 FROM `tombstone` LIMIT 1');
  if (!any) return isBehind;
  const key = await keyOf(sql);
  const stones = new Map<string, Tombstone[]>();
  const names = [...new Set(rows.map((row) => nameOf(key, row)))];
  for (const some of chunks(names)) {
    const found = await sql.all<Tombstone>(
      `SELECT \`name\`, \`sequence\`, \`mark\` FROM \`tombstone\` WHERE \`name\` IN ${placeholders(1, some.length)}`,
      [...some],
    );
    for (const stone of found) stones.set(stone.name, [...(stones.get(stone.name) ?? []), stone]);
  }
  return (cdr) => {
    if (isBehind(cdr)) return true;
    const mark = markOf(key, cdr);
    return (stones.get(nameOf(key, cdr)) ?? []).some((stone) =>
      cdr.sequence !== null && stone.sequence !== null ? stone.sequence === cdr.sequence : stone.mark === mark,
    );
  };
}

/**
 * Takes records away for good, with all that was written beside them; readers of the feed are told `deleted`. Resolves
 * to how many there were. Must run inside the transaction of a write.
 */
export async function expire(sql: Sql, rooms: Rooms, ids: readonly number[], now: Micros): Promise<number> {
  // The lock of ingest: what it looks up after us is already gone.
  await allot(sql, 'cdr', 0);
  const key = await keyOf(sql);
  let count = 0;
  for (const some of chunks(ids)) {
    const among = placeholders(1, some.length);
    const rows = await sql.all<Row>(`SELECT ${selectColumns} FROM \`cdr\` WHERE \`id\` IN ${among}`, [...some]);
    const cdrs = await rooms.read.toCdrs(sql, rows);
    if (cdrs.length === 0) continue;
    let stone = await allot(sql, 'tombstone', cdrs.length);
    const values = cdrs.flatMap((cdr): Value[] => [stone++, nameOf(key, cdr), cdr.sequence, markOf(key, cdr)]);
    await sql.run(
      `INSERT INTO \`tombstone\` (\`id\`, \`name\`, \`sequence\`, \`mark\`) VALUES ${placeholders(cdrs.length, 4)}`,
      values,
    );
    for (const table of ['overlay', 'cdr_tag', 'edit']) {
      await sql.run(`DELETE FROM \`${table}\` WHERE \`cdr_id\` IN ${among}`, [...some]);
    }
    await sql.run(`DELETE FROM \`cdr\` WHERE \`id\` IN ${among}`, [...some]);
    const changes = cdrs.map(
      (cdr) => ({ id: cdr.id, op: 'deleted', was: factsOf(cdr), is: { ...cdr, hidden: true } }) as const,
    );
    await writeChanges(sql, changes, now);
    const gone = rows.map(({ id, call_id }) => ({ id: id as number, callId: call_id as number | null }));
    await refreshCalls(sql, rooms, gone, now);
    count += cdrs.length;
  }
  return count;
}

/** Records of this system that began before `horizon` are not taken in any more. It never moves back. */
export async function raiseHorizon(sql: Sql, system: string, horizon: Micros): Promise<void> {
  await sql.run('UPDATE `system` SET `horizon` = ? WHERE `name` = ? AND (`horizon` IS NULL OR `horizon` < ?)', [
    ...[horizon, system, horizon],
  ]);
}

/** The secret of this store's tombstones, made when it is first needed. */
async function keyOf(sql: Sql): Promise<string> {
  const [row] = await sql.all<{ value: string }>("SELECT `value` FROM `meta` WHERE `name` = 'tombstone_key'");
  if (row) return row.value;
  const value = randomBytes(32).toString('hex');
  await sql.run("INSERT INTO `meta` (`name`, `value`) VALUES ('tombstone_key', ?)", [value]);
  return value;
}

export function nameOf(key: string, { system, uniqueid }: Pick<Cdr, 'system' | 'uniqueid'>): string {
  return hashOf(key, [system, uniqueid]);
}

/** What all sources tell alike: texts may be cut. */
function markOf(key: string, { system, uniqueid, start, duration, billsec, disposition }: Cdr): string {
  return hashOf(key, [system, uniqueid, Math.floor(start / 1e6), duration, billsec, disposition]);
}

function hashOf(key: string, words: readonly (string | number)[]): string {
  return createHmac('sha256', key).update(JSON.stringify(words)).digest('base64url').slice(0, 22);
}
