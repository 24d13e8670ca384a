// Days of the kept counts that are over, each with all its cells of extensions in one row, by quarters of an hour: a dense year is read in
// some hundredths of a second, however rows are asked for. They are a copy of cells: what changes a cell drops its day, and a job packs it
// anew. Its caller holds the lock of ingest wherever cells or packed days change.
//
//   u32 form · u32 cells · u32 key[] · u32 talk[] · u32 ring[] · u16 calls[] · u16 records[] · u16 rung[] · the names as JSON
//   key = (quarter of the day * names + name) * 64 + direction * 8 + outcome
import { setImmediate } from 'node:timers/promises';
import type { Micros } from '../cdr/cdr.ts';
import { bucketOf } from '../cdr/tiers.ts';
import { everyone, kindOf, noCompany, type Cell } from './cells.ts';
import { allot } from './names.ts';
import { chunks, placeholders, type Database, type Sql, type Value } from './sql.ts';

export const dayQuarters = 96;
/** The cells that are packed. */
export const packedKind = kindOf('extension', 'quarter');
/** A day is packed when it has been over for so many: records of it are late no more. */
const restDays = 2;
/** Older days than this many stay as they are. */
const packedDays = 5 * 366;
/** More days than these that are not packed are packed at once: a year with more is read in cells (statspacks.ts). */
const owedDays = 22;
/** A day with more cells, of all viewers together, stays as it is: packing it would hold the loop. */
const cellsMax = 40_000;

/** As the first word of a packed day: another form, or the words of another kind of machine, are not read. */
const form = 1;
/** Of a key: the outcome and the direction, with 8 of each. */
export const codes = 64;
const [headBytes, cellBytes] = [8, 18];
const [most16, most32] = [2 ** 16 - 1, 2 ** 32 - 1];

/** A day of a viewer: columns of its cells. */
export interface Pack {
  names: readonly string[];
  keys: Uint32Array;
  talk: Uint32Array;
  ring: Uint32Array;
  calls: Uint16Array;
  records: Uint16Array;
  rung: Uint16Array;
}

type Numbers = [
  direction: number,
  outcome: number,
  calls: number,
  records: number,
  talk: number,
  ring: number,
  rung: number,
];
/** Of one viewer. */
export type PackedCell = [bucket: number, name: string, ...Numbers];

/** null: a number is too large for it, or is none that a count can be. */
export function packOf(cells: readonly PackedCell[]): Buffer | null {
  const names = [...new Set(cells.map(([, name]) => name))];
  const places = new Map(names.map((name, at) => [name, at]));
  const texts = Buffer.from(JSON.stringify(names));
  const bytes = new Uint8Array(headBytes + cells.length * cellBytes + texts.length);
  new Uint32Array(bytes.buffer, 0, 2).set([form, cells.length]);
  bytes.set(texts, headBytes + cells.length * cellBytes);
  const to = columnsOf(bytes, cells.length);
  let at = 0;
  for (const [bucket, name, direction, outcome, calls, records, talk, ring, rung] of cells) {
    const quarter = ((bucket % dayQuarters) + dayQuarters) % dayQuarters;
    const key = (quarter * names.length + places.get(name)!) * codes + direction * 8 + outcome;
    if (!isCount(direction, 7) || !isCount(outcome, 7) || !isCount(key, most32)) return null;
    if (!isCount(talk, most32) || !isCount(ring, most32)) return null;
    if (!isCount(calls, most16) || !isCount(records, most16) || !isCount(rung, most16)) return null;
    to.keys[at] = key;
    to.talk[at] = talk;
    to.ring[at] = ring;
    to.calls[at] = calls;
    to.records[at] = records;
    to.rung[at] = rung;
    at += 1;
  }
  return Buffer.from(bytes.buffer);
}

const isCount = (value: number, most: number) => Number.isInteger(value) && value >= 0 && value <= most;

/** null: the day is not packed, see `form` and `packNext`. */
export function packIn(packed: Buffer): Pack | null {
  if (packed.length < headBytes) return null;
  // Words stand at full words of an array.
  const bytes = packed.byteOffset % 4 === 0 ? packed : new Uint8Array(packed);
  const [first, count] = new Uint32Array(bytes.buffer, bytes.byteOffset, 2) as unknown as [number, number];
  if (first !== form) return null;
  const names = JSON.parse(packed.toString('utf8', headBytes + count * cellBytes)) as string[];
  return { names, ...columnsOf(bytes, count) };
}

function columnsOf(bytes: Uint8Array<ArrayBufferLike>, count: number): Omit<Pack, 'names'> {
  const first = bytes.byteOffset + headBytes;
  const words = (column: number) => new Uint32Array(bytes.buffer, first + column * 4 * count, count);
  const halves = (column: number) => new Uint16Array(bytes.buffer, first + (3 * 4 + column * 2) * count, count);
  return {
    ...{ keys: words(0), talk: words(1), ring: words(2) },
    ...{ calls: halves(0), records: halves(1), rung: halves(2) },
  };
}

/** Packs the latest day that is over and not packed; false when there is none. To be asked again while true. */
export function packNext(database: Database, now: Micros): Promise<boolean> {
  return database.write(async (sql) => {
    await allot(sql, 'cdr', 0);
    const days = await daysToPack(sql, now);
    const day = days && (await nextDay(sql, days));
    if (days === null || day === null) return false;
    await packDay(sql, day);
    await raisePackedUntil(sql, days.until);
    return true;
  });
}

/** Whether many days are not packed: after an upgrade, an import, a change of many calls. */
export async function isPackingOwed(sql: Sql, now: Micros): Promise<boolean> {
  const days = await daysToPack(sql, now);
  if (days === null || days.until - days.from <= owedDays) return false;
  const [row] = await sql.all<{ packed: number }>(
    'SELECT COUNT(*) AS `packed` FROM `rollup_day` WHERE `viewer` = ? AND `day` >= ? AND `day` < ?',
    [everyone, days.from, days.until],
  );
  return days.until - days.from - Number(row!.packed) > owedDays;
}

/** Days of UTC, `until` excluded. */
interface Days {
  from: number;
  until: number;
}

/** All that have been over for a while, from the first with cells; null: there are none. */
async function daysToPack(sql: Sql, now: Micros): Promise<Days | null> {
  const [row] = await sql.all<{ first: number | null }>(
    'SELECT MIN(`bucket`) AS `first` FROM `rollup` WHERE `kind` = ? AND `viewer` = ?',
    [packedKind, everyone],
  );
  if (typeof row?.first !== 'number') return null;
  const until = bucketOf(now, 'day') - restDays;
  return { from: Math.max(Math.floor(row.first / dayQuarters), until - packedDays), until };
}

async function nextDay(sql: Sql, { from, until }: Days): Promise<number | null> {
  const rows = await sql.all<{ day: number }>(
    'SELECT `day` FROM `rollup_day` WHERE `viewer` = ? AND `day` >= ? AND `day` < ? ORDER BY `day` DESC',
    [everyone, from, until],
  );
  let day = until - 1;
  for (const { day: packed } of rows) if (packed === day) day -= 1;
  return day >= from ? day : null;
}

/** A row of each viewer who has cells then, and of everyone in any case: the day is packed. Without a byte: it cannot be. */
async function packDay(sql: Sql, day: number): Promise<void> {
  const companies = await sql.all<{ id: number }>('SELECT `id` FROM `company`');
  const packs: [viewer: number, packed: Buffer | null][] = [];
  let room = cellsMax;
  for (const some of chunks([everyone, noCompany, ...companies.map(({ id }) => id)])) {
    const rows = (await sql.lists(
      'SELECT `viewer`, `bucket`, `name`, `direction`, `outcome`, `calls`, `records`, `talk`, `ring`, `rung` FROM `rollup` ' +
        `WHERE \`kind\` = ? AND \`viewer\` IN ${placeholders(1, some.length)} AND \`bucket\` >= ? AND \`bucket\` < ? LIMIT ?`,
      [packedKind, ...some, day * dayQuarters, (day + 1) * dayQuarters, room + 1],
    )) as [viewer: number, ...PackedCell][];
    room -= rows.length;
    if (room < 0) break;
    await setImmediate();
    const cells = Map.groupBy(rows, ([viewer]) => viewer);
    for (const viewer of some) {
      const own = cells.get(viewer)?.map(([, ...cell]) => cell);
      if (own !== undefined || viewer === everyone) packs.push([viewer, packOf(own ?? [])]);
    }
  }
  const isPacked = room >= 0 && packs.every(([, packed]) => packed !== null);
  const rows: Value[][] = isPacked ? packs.map((pack) => [day, ...pack]) : [[day, everyone, Buffer.alloc(0)]];
  await sql.each('INSERT INTO `rollup_day` (`day`, `viewer`, `packed`) VALUES (?, ?, ?)', rows);
}

async function raisePackedUntil(sql: Sql, until: number): Promise<void> {
  const [row] = await sql.all<{ value: string }>("SELECT `value` FROM `meta` WHERE `name` = 'packed_until'");
  if (row === undefined)
    await sql.run("INSERT INTO `meta` (`name`, `value`) VALUES ('packed_until', ?)", [String(until)]);
  else if (Number(row.value) < until)
    await sql.run("UPDATE `meta` SET `value` = ? WHERE `name` = 'packed_until'", [String(until)]);
}

/** To be called with whatever cells a transaction changes. `packedUntil`: no day from there on is packed (`packed_until` of `meta`). */
export async function dropDays(sql: Sql, changed: readonly Cell[], packedUntil: number): Promise<void> {
  const days = new Set<number>();
  for (const [kind, , bucket] of changed) {
    const day = Math.floor(bucket / dayQuarters);
    if (kind === packedKind && day < packedUntil) days.add(day);
  }
  for (const some of chunks([...days]))
    await sql.run(`DELETE FROM \`rollup_day\` WHERE \`day\` IN ${placeholders(1, some.length)}`, some);
}

/** The same for all days between two quarters, `until` excluded. */
export async function dropSpan(sql: Sql, from: number, until: number): Promise<void> {
  await sql.run('DELETE FROM `rollup_day` WHERE `day` >= ? AND `day` <= ?', [
    Math.floor(from / dayQuarters),
    Math.floor((until - 1) / dayQuarters),
  ]);
}
