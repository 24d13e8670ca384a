// Statistics out of the kept counts (rollups.ts): short reads with a turn of the loop between them, folded by the clock of a zone.
import { setImmediate } from 'node:timers/promises';
import type { Micros } from '../cdr/cdr.ts';
import { addTo, directionOfCode, lessOf, noSums, outcomeOfCode, type Sums } from '../cdr/stats.ts';
import { shownAt, type StatsClock } from '../cdr/statsclock.ts';
import { layersOf, type Layer } from '../cdr/statsplan.ts';
import { Fold, timeKey, type StatsKey, type StatsQuery } from '../cdr/statsquery.ts';
import type { CellTier } from '../cdr/tiers.ts';
import { companiesWithin, companyKey } from '../cdr/wall.ts';
import type { Rooms } from './callgather.ts';
import { everyone, noCompany, sets, type RollupSet } from './cells.ts';
import type { Names } from './names.ts';
import { recountStep, sweepRecount, type RecountDone, type RecountPlace } from './recount.ts';
import { runningOf, type Step } from './running.ts';
import { chunks, type Database, type Sql } from './sql.ts';
import type { StatsAnswer } from './statscan.ts';
import { sumsIn, unitOf, type SumsRow } from './statsread.ts';

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

/** `query` is one that `scanReason` has nothing against. The rows and the total are sums of commits that may lie between. */
async function statsOf(database: Database, companies: Names, query: StatsQuery, clock: StatsClock): Promise<Fold> {
  const fold = new Fold();
  const viewers = await database.read((sql) => viewersOf(sql, companies, query));
  const set: RollupSet = has(query, 'extension') ? 'extension' : has(query, 'trunk') ? 'trunk' : 'company';
  const isNamed = (query.extension ?? query.trunk) !== undefined;
  let pace = 1;
  const sizeOf = (tier: CellTier) => pace * (isNamed ? (namedSizes[tier] ?? namedSize) : sizes[set][tier]!);
  for (const layer of layersOf(clock, query.by, query, { tiers: sets[set], sizeOf })) {
    for (const some of chunks([...viewers.keys()])) {
      // Without the wait for the connection: that another has it says nothing of how much a layer is.
      const tookMs = await database.read(async (sql) => {
        const began = performance.now();
        addRows(fold, await sumsIn(sql, set, layer, query, some), layer, query, viewers);
        return performance.now() - began;
      });
      if (tookMs > longMs) pace = Math.max(1, pace / 2);
      else if (tookMs < shortMs) pace = Math.min(paceMax, pace * 2);
      await setImmediate();
      if (fold.isOver) return fold;
    }
  }
  return fold;
}

function addRows(
  fold: Fold,
  rows: readonly SumsRow[],
  layer: Layer,
  query: StatsQuery,
  viewers: ReadonlyMap<number, string | null>,
): void {
  // For itself: rows of it that are moved away whole are no rows of the answer.
  const own = layer.moved.length === 0 ? fold : new Fold(Infinity);
  const isTwice = query.by.includes('day') && query.by.includes('hour');
  const isOfAnyHour = query.by.includes('quarter') && !query.by.includes('hour');
  for (const row of rows) {
    const { viewer, direction, outcome, name, sums } = row;
    const [shown, was] = isOfAnyHour ? [inFirstHour(row.shown), inFirstHour(row.was)] : [row.shown, row.was];
    const ofSide = `${isTwice ? layer.offset : 0} ${viewer} ${direction} ${outcome} ${name}`;
    if (shown !== null || was === null)
      own.add(`${shown} ${ofSide}`, () => keyOf(row, shown, layer, query, viewers), sums);
    if (was !== null) own.add(`${was} ${ofSide}`, () => keyOf(row, was, layer, query, viewers), lessOf(sums));
  }
  if (own !== fold) fold.addAll(own);
}

/** The same quarter of the first hour of its day: rows by the quarter, and not by the hour, are of all hours. */
function inFirstHour(quarter: number | null): number | null {
  if (quarter === null) return null;
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
  row: SumsRow,
  shown: number | null,
  { offset }: Layer,
  { by }: StatsQuery,
  viewers: ReadonlyMap<number, string | null>,
): StatsKey {
  const key: StatsKey = shown === null ? {} : timeKey(by, shownAt(shown * unitOf(by), offset));
  if (by.includes('company')) key.company = viewers.get(row.viewer) ?? null;
  if (by.includes('direction')) key.direction = directionOfCode(row.direction);
  if (by.includes('outcome')) key.outcome = outcomeOfCode(row.outcome);
  for (const side of ['extension', 'trunk'] as const) if (by.includes(side)) key[side] = row.name;
  return key;
}

export interface Stats {
  /** A step of counting all calls anew, see recount.ts; null begins. */
  recount(place: RecountPlace | null): Promise<RecountDone>;
  /** Ends a recount that was cut, and clears some of what it left; to be asked again while true. */
  sweepRecount(now: Micros): Promise<boolean>;
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
