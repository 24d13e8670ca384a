// Days as completeness found them: kept, marked when a record of theirs changes, looked at again then. And what slipped.
//
//   changed   rises once when ingest touches a record of the day after somebody began to look (part of ingest's transaction)
//   seen      what `changed` was when somebody last began to look
//   computed  what `changed` was when the look began that the report is of: the report is good while both are equal
//
// So a look that overlaps a commit, or is cut by a crash, is done again; and a day nobody looked at costs ingest nothing.
import type { DayReport, DayRow } from '../cdr/completeness.ts';
import type { Micros } from '../cdr/cdr.ts';
import type { Numbered } from '../cdr/life.ts';
import { allot } from './names.ts';
import { sightsOf, type Row } from './row.ts';
import { chunks, placeholders, type Sql, type Value } from './sql.ts';

const hour = 3_600_000_000;
/** How much before and after a day is looked at for the numbers of records around midnight. */
export const marginMicros = hour;
/** No day is longer, with its margins: 25 hours where the clock goes back. */
const widthMax = 25 * hour + 2 * marginMicros;
/** Rows of all systems that one read takes in: some milliseconds, then others have their turn. */
const sliceRows = 500;
/** Among how many rows, and how far back, the last numbered record before a day is looked for. */
const beforeRows = 1000;
const beforeMax = 7 * 24 * hour;
const quarter = hour / 4;

/** The number of the quarter of an hour by which slips are kept. */
export const quarterOf = (at: Micros): number => Math.floor(at / quarter);

export interface StoredDay {
  day: string;
  from: Micros;
  until: Micros;
  /** When the look began, null before the first was over. */
  at: Micros | null;
  /** Whether nothing has touched it since. */
  isGood: boolean;
  report: DayReport | null;
}

export interface Slips {
  lost: number;
  healed: number;
  /** Rejects of rows of the PBX that were let go (letgo.ts). */
  letGo: number;
}

/** Marks the days of records that a batch has touched; part of its transaction. */
export async function touchDays(sql: Sql, systemId: number, starts: readonly Micros[]): Promise<void> {
  const byDay = Map.groupBy(starts, (start) => Math.floor(start / (24 * hour)));
  for (const some of byDay.values()) {
    const [least, most] = [Math.min(...some), Math.max(...some)];
    await sql.run(
      'UPDATE `day` SET `changed` = `changed` + 1 WHERE `system_id` = ? AND `until` > ? AND `until` <= ? ' +
        'AND `from` <= ? AND `changed` = `seen`',
      [systemId, least, most + widthMax, most],
    );
  }
}

/** Must run inside a write. Resolves to what `keepDay` must be told, so that changes from now on are noticed. */
export async function beginDay(sql: Sql, systemId: number, day: string, from: Micros, until: Micros): Promise<number> {
  // The lock of ingest: what it commits after us marks the day.
  await allot(sql, 'cdr', 0);
  const [row] = await sql.all<{ changed: number }>('SELECT `changed` FROM `day` WHERE `system_id` = ? AND `day` = ?', [
    ...[systemId, day],
  ]);
  if (!row) {
    await sql.run(
      'INSERT INTO `day` (`system_id`, `day`, `from`, `until`, `changed`, `seen`, `computed`) VALUES (?, ?, ?, ?, 1, 1, 0)',
      [systemId, day, from, until],
    );
    return 1;
  }
  await sql.run('UPDATE `day` SET `seen` = `changed`, `from` = ?, `until` = ? WHERE `system_id` = ? AND `day` = ?', [
    ...[from, until, systemId, day],
  ]);
  return row.changed;
}

export async function keepDay(
  sql: Sql,
  systemId: number,
  day: string,
  kept: { version: number; at: Micros; report: DayReport },
): Promise<void> {
  await sql.run(
    'UPDATE `day` SET `computed` = ?, `at` = ?, `report` = ? WHERE `system_id` = ? AND `day` = ? AND `computed` <= ?',
    [kept.version, kept.at, JSON.stringify(kept.report), systemId, day, kept.version],
  );
}

/** Kept days of a system from `first` to `last`, both inclusive. */
export async function daysOf(sql: Sql, systemId: number, first: string, last: string): Promise<StoredDay[]> {
  type DayColumns = { day: string; from: Micros; until: Micros; changed: number; computed: number; at: Micros | null };
  const rows = await sql.all<DayColumns & { report: string | null }>(
    'SELECT `day`, `from`, `until`, `changed`, `computed`, `at`, `report` FROM `day` ' +
      'WHERE `system_id` = ? AND `day` >= ? AND `day` <= ? ORDER BY `day`',
    [systemId, first, last],
  );
  return rows.map(({ day, from, until, changed, computed, at, report }) => ({
    ...{ day, from, until, at },
    isGood: changed === computed,
    report: report === null ? null : (JSON.parse(report) as DayReport),
  }));
}

const looked = [
  'id',
  'system_id',
  'uniqueid',
  'start',
  'end',
  'duration',
  'sequence',
  'channel',
  'dstchannel',
  'time_origin',
] as const;
const columns = [...looked, 'disposition', 'sources'].map((name) => `\`${name}\``).join(', ');

export interface Slice {
  rows: DayRow[];
  /** Where to go on, null at the end. */
  next: { start: Micros; id: number } | null;
}

/** Some records of a span in the order of their start; those of other systems are passed over. */
export async function sliceOf(
  sql: Sql,
  systemId: number,
  place: { start: Micros; id: number },
  until: Micros,
): Promise<Slice> {
  const rows = await sql.all<Row>(
    `SELECT ${columns} FROM \`cdr\` WHERE \`start\` >= ? AND \`start\` < ? AND (\`start\` > ? OR \`id\` > ?) ` +
      'ORDER BY `start`, `id` LIMIT ?',
    [place.start, until, place.start, place.id, sliceRows],
  );
  const last = rows.length < sliceRows ? undefined : rows.at(-1);
  return {
    rows: rows.filter((row) => row.system_id === systemId).map(toDayRow),
    next: last ? { start: last.start as number, id: last.id as number } : null,
  };
}

/** The last numbered record before an instant, for the numbers that go on from it. */
export async function lastBefore(sql: Sql, systemId: number, before: Micros): Promise<Numbered | undefined> {
  const [row] = await sql.all<Row>(
    `SELECT * FROM (SELECT ${columns} FROM \`cdr\` WHERE \`start\` < ? AND \`start\` >= ? ` +
      'ORDER BY `start` DESC, `id` DESC LIMIT ?) AS `latest` WHERE `system_id` = ? AND `sequence` IS NOT NULL ' +
      'ORDER BY `start` DESC, `sequence` DESC LIMIT 1',
    [before, before - beforeMax, beforeRows, systemId],
  );
  if (!row) return undefined;
  const { end, duration, sequence, ...rest } = toDayRow(row);
  return { ...rest, ended: end ?? rest.start + duration * 1e6, sequence: sequence! };
}

function toDayRow(row: Row): DayRow {
  return {
    id: row.id as number,
    uniqueid: row.uniqueid as string,
    start: row.start as number,
    end: row.end as number | null,
    duration: row.duration as number,
    sequence: row.sequence as number | null,
    channel: row.channel as string | null,
    dstchannel: row.dstchannel as string | null,
    disposition: row.disposition as DayRow['disposition'],
    timeOrigin: row.time_origin as DayRow['timeOrigin'],
    sights: sightsOf(row),
  };
}

/**
 * Lost counts when it was noticed, healed where the record began, a reject that was let go when it was first seen. Part of the
 * transaction of a batch. The column `rejected` counted sights: what is not understood is counted by its kept rejects now (refused.ts).
 */
export async function addSlips(sql: Sql, sourceId: number, at: Micros, gain: Partial<Slips>): Promise<void> {
  const { lost = 0, healed = 0, letGo = 0 } = gain;
  if (lost + healed + letGo === 0) return;
  const place: Value[] = [sourceId, quarterOf(at)];
  const touched = await sql.run(
    'UPDATE `slip` SET `lost` = `lost` + ?, `healed` = `healed` + ?, `let_go` = `let_go` + ? WHERE `source_id` = ? AND `quarter` = ?',
    [lost, healed, letGo, ...place],
  );
  if (touched > 0) return;
  await sql.run('INSERT INTO `slip` (`source_id`, `quarter`, `lost`, `healed`, `let_go`) VALUES (?, ?, ?, ?, ?)', [
    ...[...place, lost, healed, letGo],
  ]);
}

/** What slipped of these sources between two instants; zones differ from UTC by quarters of an hour. */
export async function slipsOf(sql: Sql, sourceIds: readonly number[], from: Micros, until: Micros): Promise<Slips> {
  const sum: Slips = { lost: 0, healed: 0, letGo: 0 };
  for (const id of sourceIds) {
    const [row] = await sql.all<Record<keyof Slips, string | number | null>>(
      'SELECT SUM(`lost`) AS `lost`, SUM(`healed`) AS `healed`, SUM(`let_go`) AS `letGo` FROM `slip` ' +
        'WHERE `source_id` = ? AND `quarter` >= ? AND `quarter` < ?',
      [id, quarterOf(from), quarterOf(until)],
    );
    // MariaDB sums whole numbers as decimals, which come as texts.
    for (const name of ['lost', 'healed', 'letGo'] as const) sum[name] += Number(row?.[name] ?? 0);
  }
  return sum;
}

/** What these sources let go counts no more, where it was first seen from `from` to `until` (excluded). Part of a discard. */
export async function forgetLetGo(
  sql: Sql,
  sourceIds: readonly number[],
  { from, until }: { from?: Micros; until?: Micros },
): Promise<void> {
  const span = [from ?? Number.MIN_SAFE_INTEGER, until ?? Number.MAX_SAFE_INTEGER].map(quarterOf);
  for (const some of chunks(sourceIds)) {
    await sql.run(
      `UPDATE \`slip\` SET \`let_go\` = 0 WHERE \`source_id\` IN ${placeholders(1, some.length)} AND \`quarter\` >= ? AND \`quarter\` < ? AND \`let_go\` > 0`,
      [...some, ...span],
    );
  }
}
