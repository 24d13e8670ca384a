// What retention or anonymising has taken does not come back: a tombstone for each such record, a horizon for each system.
// A tombstone is a keyed hash: it knows the record again and tells nothing about it.
import { randomBytes } from 'node:crypto';
import type { Cdr, Micros } from '../cdr/cdr.ts';
import { isSameBillsec, secondOf } from '../cdr/content.ts';
import type { Shown } from '../cdr/identity.ts';
import { factsOf } from '../cdr/query.ts';
import { sightOf } from '../cdr/sight.ts';
import { failpoint } from '../failpoint.ts';
import { refreshCalls, type Rooms } from './calls.ts';
import { writeChanges } from './changes.ts';
import { dropEmptyCalls, forgetCalls, forgetRecords } from './forget.ts';
import { handsOf, type InHand } from './inhand.ts';
import { allot } from './names.ts';
import { selectColumns, type Row } from './row.ts';
import { chunks, inList, inserting, placeholders, slices, type Sql } from './sql.ts';
import { isAgain, isOfBirth, isRowOf, nameOf, quarter, shiftMax, tombstoneOf, type Tombstone } from './stones.ts';

/** Of a row that no stored record knows. */
export interface Taken {
  /** Whether its very row showed a record that was taken away: it is not the changed form of another one. */
  isRow: (row: Shown) => boolean;
  /** Whether what it shows was taken away before; `family` are the records of its uniqueid, `batch` all its rows. */
  isAny: (row: Shown, family: readonly InHand[], batch: readonly Shown[]) => boolean;
}

/** Must run inside the transaction of a batch. */
export async function findTaken(sql: Sql, rows: readonly Cdr[]): Promise<Taken> {
  const horizons = new Map<string, Micros | null>();
  for (const { name, horizon } of await sql.all<{ name: string; horizon: Micros | null }>(
    'SELECT `name`, `horizon` FROM `system`',
  )) {
    horizons.set(name, horizon);
  }
  const isBehind = ({ cdr: { system, start } }: Shown) => start < (horizons.get(system) ?? -Infinity);
  const [any] = await sql.all('SELECT 1 FROM `tombstone` LIMIT 1');
  if (!any) return { isRow: () => false, isAny: isBehind };
  const key = await keyOf(sql);
  const stones = new Map<string, Tombstone[]>();
  const names = [...new Set(rows.map((row) => nameOf(key, row)))];
  for (const some of chunks(names)) {
    const found = await sql.all<Tombstone>(
      `SELECT \`name\`, \`sequence\`, \`mark\`, \`start\` FROM \`tombstone\` WHERE \`name\` IN ${placeholders(1, some.length)}`,
      [...some],
    );
    for (const stone of found) stones.set(stone.name, [...(stones.get(stone.name) ?? []), stone]);
  }
  const stonesOf = ({ cdr }: Shown) => stones.get(nameOf(key, cdr)) ?? [];
  return {
    isRow: (row) => stonesOf(row).some((stone) => isRowOf(key, row, stone)),
    isAny: (row, family, batch) => {
      if (isBehind(row)) return true;
      const found = stonesOf(row);
      if (found.some((stone) => isAgain(key, row, stone))) return true;
      const buried = found.filter((stone) => isOfBirth(key, row, stone)).length;
      return buried > 0 && isShownBefore(row, family, batch, buried);
    },
  };
}

const insertTombstones = inserting('tombstone', ['id', 'name', 'sequence', 'mark', 'start']);

/**
 * Takes records away for good, with all that was written beside them; readers of the feed are told `deleted`. Resolves
 * to how many there were. Must run inside the transaction of a write.
 */
export async function expire(sql: Sql, rooms: Rooms, ids: readonly number[], now: Micros): Promise<number> {
  // The lock of ingest: what it looks up after us is already gone.
  await allot(sql, 'cdr', 0);
  const key = await keyOf(sql);
  let count = 0;
  for (const some of slices(ids)) {
    const { among, values: named } = inList(some);
    const rows = await sql.all<Row>(`SELECT ${selectColumns} FROM \`cdr\` WHERE \`id\` IN ${among}`, named);
    const hands = await handsOf(sql, rooms.read, rows);
    const cdrs = hands.map(({ cdr }) => cdr);
    if (cdrs.length === 0) continue;
    let id = await allot(sql, 'tombstone', cdrs.length);
    await insertTombstones(
      sql,
      hands.map((record) => {
        const { name, sequence, mark, start } = tombstoneOf(key, record);
        return [id++, name, sequence, mark, start];
      }),
    );
    for (const table of ['overlay', 'cdr_tag', 'edit']) {
      await sql.run(`DELETE FROM \`${table}\` WHERE \`cdr_id\` IN ${among}`, named);
    }
    await sql.run(`DELETE FROM \`cdr\` WHERE \`id\` IN ${among}`, named);
    failpoint('records removed');
    const changes = cdrs.map(
      (cdr) => ({ id: cdr.id, op: 'deleted', was: factsOf(cdr), is: { ...cdr, hidden: true } }) as const,
    );
    await writeChanges(sql, changes, now);
    const gone = rows.map(({ id, call_id }) => ({ id: id as number, callId: call_id as number | null }));
    await refreshCalls(sql, rooms, gone, now);
    const calls = [...new Set(gone.flatMap(({ callId }) => callId ?? []))];
    await forgetRecords(
      sql,
      gone.map(({ id }) => id),
    );
    await forgetCalls(sql, calls);
    await dropEmptyCalls(sql, calls);
    count += cdrs.length;
  }
  return count;
}

/**
 * Whether the row shows an anonymised record of its system and uniqueid again: by its name in the source, by sequence, or by what
 * anonymising leaves, with the start as any zone tells it.
 */
export function wasErased({ cdr, source, mark }: Shown, family: readonly InHand[]): boolean {
  return family.some((record) => {
    if (record.erased === 0) return false;
    const known = record.told ?? record.cdr;
    if (mark?.key !== undefined && sightOf(record, source)?.key === mark.key) return true;
    if (cdr.sequence !== null && known.sequence !== null) return cdr.sequence === known.sequence;
    const apart = Math.abs(Math.floor(cdr.start / 1e6) - Math.floor(known.start / 1e6));
    const isSameTime = apart <= shiftMax && apart % quarter === 0;
    return (
      isSameTime &&
      cdr.duration === known.duration &&
      isSameBillsec(cdr, known) &&
      cdr.disposition === known.disposition
    );
  });
}

/**
 * Whether a table without ids shows an anonymised record in a changed form: it shows no more rows of this channel and
 * second than it has shown, so none of them is new. `batch` has them all (`whole`).
 */
export function wasErasedAndChanged(row: Shown, family: readonly InHand[], batch: readonly Shown[]): boolean {
  return isShownBefore(row, family, batch, 0) && shownThen(row, family).some(({ erased }) => erased > 0);
}

/** Whether a table without ids shows no more rows of this channel and second than it has; `buried` of these are no records any more. */
function isShownBefore(row: Shown, family: readonly InHand[], batch: readonly Shown[], buried: number): boolean {
  const { cdr, repeats, mark } = row;
  if (repeats !== 'whole' || mark !== undefined || cdr.sequence !== null) return false;
  const shows = batch.filter((other) => isThen(other.cdr, cdr));
  return shows.length <= shownThen(row, family).length + buried;
}

function shownThen({ cdr, source }: Shown, family: readonly InHand[]): InHand[] {
  return family.filter(
    (record) => record.cdr.id > 0 && sightOf(record, source) && isThen(record.told ?? record.cdr, cdr),
  );
}

function isThen(other: Cdr, cdr: Cdr): boolean {
  return other.uniqueid === cdr.uniqueid && secondOf(other) === secondOf(cdr);
}

/** Tombstones in one statement. */
const stonesMax = 500;

/**
 * Nothing of any system that began before `horizon` is taken in any more; tombstones that say the same go, some at a time. Resolves
 * to how many went.
 */
export async function raiseHorizons(sql: Sql, horizon: Micros): Promise<number> {
  await allot(sql, 'cdr', 0);
  await sql.run('UPDATE `system` SET `horizon` = ? WHERE `horizon` IS NULL OR `horizon` < ?', [horizon, horizon]);
  // A row of a wrong zone may begin behind the horizon all the same.
  const before = horizon - shiftMax * 1e6;
  const stones = await sql.all<{ id: number }>('SELECT `id` FROM `tombstone` WHERE `start` < ? LIMIT ?', [
    ...[before, stonesMax],
  ]);
  for (const some of chunks(stones.map(({ id }) => id)))
    await sql.run(`DELETE FROM \`tombstone\` WHERE \`id\` IN ${placeholders(1, some.length)}`, some);
  return stones.length;
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
