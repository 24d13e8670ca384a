// Statistics out of the kept counts (rollups.ts): short reads with a turn of the loop between them, folded by the clock of a zone.
import { setImmediate } from 'node:timers/promises';
import type { Micros } from '../cdr/cdr.ts';
import { addTo, directionOfCode, noSums, outcomeOfCode, type Sums } from '../cdr/stats.ts';
import { shownAt, type StatsClock } from '../cdr/statsclock.ts';
import { layersOf } from '../cdr/statsplan.ts';
import { Fold, timeKey, type StatsKey, type StatsQuery } from '../cdr/statsquery.ts';
import { dayMicros, type CellTier } from '../cdr/tiers.ts';
import type { Span } from '../cdr/statsmoved.ts';
import { companiesWithin, companyKey } from '../cdr/wall.ts';
import type { Rooms } from './callgather.ts';
import { everyone, noCompany, sets, type RollupSet } from './cells.ts';
import type { Names } from './names.ts';
import { isPackingOwed, packNext } from './packs.ts';
import { recountStep, sweepRecount, type RecountDone, type RecountPlace } from './recount.ts';
import { runningOf, type Step } from './running.ts';
import { chunks, type Database, type Sql } from './sql.ts';
import type { StatsAnswer } from './statscan.ts';
import { groupsIn, type Group } from './statsfold.ts';
import { arePacked, daysOf, isForPacks, PackSums, packsIn } from './statspacks.ts';
import { sumsIn, unitOf } from './statsread.ts';

const weeks = { week: 84, weekhalf: 84, weekquarter: 84 };
/** Stretches that a layer has, or quarters that are moved in it, where there are many cells: some milliseconds of the loop. */
const sizes: Record<RollupSet, Partial<Record<CellTier, number>>> = {
  company: { quarter: 192, hour: 192, day: 8, noon: 8, ...{ clock: 48, clockhalf: 48, clockquarter: 48 }, ...weeks },
  extension: {
    ...{ quarter: 48, day: 16, noon: 16, clock: 6, clockhalf: 6, clockquarter: 6 },
    ...{ week: 6, weekhalf: 6, weekquarter: 6 },
  },
  trunk: { quarter: 192, day: 8, noon: 8, ...{ clock: 48, clockhalf: 48, clockquarter: 48 }, ...weeks },
};
/** The same where a name is sought, stretch by stretch. */
const namedSizes: Partial<Record<CellTier, number>> = { day: 8, noon: 8 };
const namedSize = 100;
/** A layer may be so many times as large, where there are fewer: it grows where one takes less than the first of these, and shrinks again. */
const paceMax = 4;
const [shortMs, longMs] = [3, 8];

/** How many packed days the first statement reads, and how many one may read. */
const [daysFirst, daysMost] = [8, 64];

/** An answer in the making. */
interface Reading {
  database: Database;
  query: StatsQuery;
  clock: StatsClock;
  /** Whose counts are summed up: ids and handles. */
  viewers: ReadonlyMap<number, string | null>;
  fold: Fold;
}

/** `query` is one that `scanReason` has nothing against. The rows and the total are sums of commits that may lie between. */
async function statsOf(database: Database, companies: Names, query: StatsQuery, clock: StatsClock): Promise<Fold> {
  const viewers = await database.read((sql) => viewersOf(sql, companies, query));
  const reading = { database, query, clock, viewers, fold: new Fold() };
  const isPacked = isForPacks(query, clock) && (await database.read((sql) => arePacked(sql, query)));
  if (isPacked) await addPacks(reading);
  else await addCells(reading, query, [...viewers.keys()]);
  return reading.fold;
}

async function addCells(reading: Reading, span: Span, viewers: readonly number[]): Promise<void> {
  const { database, query, clock, fold } = reading;
  const set: RollupSet = has(query, 'extension') ? 'extension' : has(query, 'trunk') ? 'trunk' : 'company';
  const isNamed = (query.extension ?? query.trunk) !== undefined;
  let pace = 1;
  const sizeOf = (tier: CellTier) => pace * (isNamed ? (namedSizes[tier] ?? namedSize) : sizes[set][tier]!);
  for (const layer of layersOf(clock, query.by, span, { tiers: sets[set], sizeOf })) {
    for (const some of chunks(viewers)) {
      const tookMs = await timed(database, async (sql) => {
        const read = await sumsIn(sql, set, layer, query, some);
        // Each layer for itself: rows of it that are moved away whole are no rows of the answer.
        for (const group of groupsIn(read, timeIn(query))) addGroup(reading, group, layer.offset);
      });
      pace = paced(pace, tookMs, paceMax);
      await setImmediate();
      if (fold.isOver) return;
    }
  }
}

/** Packed days, and the cells of those between them that are not. */
async function addPacks(reading: Reading): Promise<void> {
  const { database, query, clock, fold } = reading;
  const sums = new PackSums(query, clock, timeIn(query));
  const days = daysOf(query);
  let pace = 1;
  for (let from = days.from, until; from < days.until; from = until) {
    until = Math.min(from + daysFirst * pace, days.until);
    for (const viewers of chunks([...reading.viewers.keys()])) {
      const packed = new Set<number>();
      const tookMs = await timed(database, async (sql) => {
        for (const [day, ofDay] of await packsIn(sql, viewers, from, until)) {
          packed.add(day);
          for (const [viewer, pack] of ofDay) sums.add(day, viewer, pack);
        }
      });
      pace = paced(pace, tookMs, daysMost / daysFirst);
      await setImmediate();
      for (let day = from; day < until; day++) {
        const span = {
          from: Math.max(query.from, day * dayMicros),
          until: Math.min(query.until, (day + 1) * dayMicros),
        };
        if (!packed.has(day)) await addCells(reading, span, viewers);
      }
      fold.isOver ||= sums.isOver;
      if (fold.isOver) return;
    }
  }
  for (const group of sums.groups()) addGroup(reading, group, group.offset);
}

/** Reads, and resolves to its milliseconds without the wait for the connection: that another has it says nothing of how much is read. */
function timed(database: Pick<Database, 'read'>, work: (sql: Sql) => Promise<void>): Promise<number> {
  return database.read(async (sql) => {
    const began = performance.now();
    await work(sql);
    return performance.now() - began;
  });
}

/** How much is read at once, as multiples of the least. */
function paced(pace: number, tookMs: number, most: number): number {
  if (tookMs > longMs) return Math.max(1, pace / 2);
  return tookMs < shortMs ? Math.min(most, pace * 2) : pace;
}

/** `offset`: minutes east of UTC at which the clock stood. */
function addGroup({ fold, query, viewers }: Reading, group: Group, offset: number): void {
  const { shown, viewer, direction, outcome, name, sums } = group;
  if (sums.calls === 0) return;
  const isTwice = query.by.includes('day') && query.by.includes('hour');
  const key = `${shown} ${isTwice ? offset : 0} ${viewer} ${direction} ${outcome} ${name}`;
  fold.add(key, () => keyOf(group, offset, query, viewers), sums);
}

/** Which of the times rows are told apart by. */
function timeIn({ by }: StatsQuery): (time: number) => number {
  return by.includes('quarter') && !by.includes('hour') ? inFirstHour : (time) => time;
}

/** The same quarter of the first hour of its day: rows by the quarter, and not by the hour, are of all hours. */
function inFirstHour(quarter: number): number {
  const [aDay, anHour] = [96, 4];
  const day = Math.floor(quarter / aDay);
  return day * aDay + ((quarter - day * aDay) % anHour);
}

function has(query: StatsQuery, side: 'extension' | 'trunk'): boolean {
  return query.by.includes(side) || query[side] !== undefined;
}

/** Whose counts are summed up: ids and handles. */
async function viewersOf(sql: Sql, companies: Names, query: StatsQuery): Promise<Map<number, string | null>> {
  const { by, company } = query;
  const bound = companiesWithin(query.within)?.map(companyKey) ?? null;
  const meant = company === undefined ? bound : [companyKey(company)].filter((key) => bound?.includes(key) ?? true);
  if (meant === null && !by.includes('company')) return new Map([[everyone, null]]);
  const viewers = new Map<number, string | null>();
  if (meant === null) {
    viewers.set(noCompany, null);
    const all = await sql.all<{ id: number; handle: string }>('SELECT `id`, `handle` FROM `company`');
    for (const { id, handle } of all) viewers.set(id, handle);
    return viewers;
  }
  for (const key of meant) {
    const id = await companies.findId(sql, key);
    if (id !== undefined) viewers.set(id, await companies.nameOf(sql, id));
  }
  return viewers;
}

function keyOf(
  { shown, viewer, direction, outcome, name }: Group,
  offset: number,
  { by }: StatsQuery,
  viewers: ReadonlyMap<number, string | null>,
): StatsKey {
  const key: StatsKey = shown === null ? {} : timeKey(by, shownAt(shown * unitOf(by), offset));
  if (by.includes('company')) key.company = viewers.get(viewer) ?? null;
  if (by.includes('direction')) key.direction = directionOfCode(direction);
  if (by.includes('outcome')) key.outcome = outcomeOfCode(outcome);
  for (const side of ['extension', 'trunk'] as const) if (by.includes(side)) key[side] = name;
  return key;
}

export interface Stats {
  /** A step of counting all calls anew, see recount.ts; null begins. */
  recount(place: RecountPlace | null): Promise<RecountDone>;
  /** Ends a recount that was cut, and clears some of what it left; to be asked again while true. */
  sweepRecount(now: Micros): Promise<boolean>;
  /** Packs the latest day that is over and not packed, see packs.ts; false when there is none. To be asked again while true. */
  packDay(now: Micros): Promise<boolean>;
  /** Whether so many days are not packed that the next night is late for it. */
  isPackingOwed(now: Micros): Promise<boolean>;
  /** By the kept counts; `query` is one that `scanReason` has nothing against. */
  stats(query: StatsQuery, clock: StatsClock): Promise<StatsAnswer>;
  /** Calls that run at once, by steps that begin at `begins`; of one company as it sees them, or of all. */
  running(company: string | null, begins: readonly Micros[], until: Micros): Promise<Step[]>;
}

export function statsOn(database: Database, rooms: Rooms): Stats {
  const { companies } = rooms;
  return {
    recount: (place) => recountStep(database, rooms, place, Date.now() * 1000),
    sweepRecount: (now) => sweepRecount(database, now),
    packDay: (now) => packNext(database, now),
    isPackingOwed: (now) => database.read((sql) => isPackingOwed(sql, now)),
    stats: async (query, clock) => {
      const fold = await statsOf(database, companies, query, clock);
      const { isOver } = fold;
      const isWhole = query.by.length === 0 || isOver;
      const total = isWhole ? sumOf(fold) : sumOf(await statsOf(database, companies, { ...query, by: [] }, clock));
      return { rows: fold.sorted(query.by), total, isOver };
    },
    running: async (company, begins, until) => {
      const viewer = company === null ? everyone : await database.read((sql) => companies.findId(sql, company));
      return runningOf(database, viewer ?? nobody, begins, until);
    },
  };
}

/** A viewer who has no counts. */
const nobody = -2;

/** Each call once: rows may be by something that a call has several of, so theirs is another sum. */
function sumOf({ rows }: Fold): Sums {
  const total = { ...noSums };
  for (const row of rows.values()) addTo(total, row);
  return total;
}
