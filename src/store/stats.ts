// Statistics out of the kept counts (rollups.ts): short reads with a turn of the loop between them, folded by the clock of a zone.
import { setImmediate } from 'node:timers/promises';
import {
  addTo,
  directionCode,
  directionOfCode,
  noSums,
  outcomeCode,
  outcomeOfCode,
  sumNames,
  times,
  type Sums,
} from '../cdr/stats.ts';
import { shownAt, type StatsClock } from '../cdr/statsclock.ts';
import { Fold, timeKey, type StatsKey, type StatsQuery } from '../cdr/statsquery.ts';
import { minutesOf, runsOf, tiers, type Run, type Tier } from '../cdr/tiers.ts';
import { companiesWithin, companyKey } from '../cdr/wall.ts';
import type { Micros } from '../cdr/cdr.ts';
import type { Names } from './names.ts';
import type { Rooms } from './callgather.ts';
import { recountStep, sweepRecount, type RecountDone, type RecountPlace } from './recount.ts';
import { runningOf, type Step } from './running.ts';
import type { StatsAnswer } from './statscan.ts';
import { everyone, kindOf, noCompany, sets, type RollupSet } from './cells.ts';
import { chunks, type Database, type Sql, type Value } from './sql.ts';

/** Stretches that one statement sums up: some milliseconds of the loop at a busy PBX. */
const sliceOf: Record<RollupSet, Record<Tier, number>> = {
  company: { minute: 0, quarter: 192, half: 192, hour: 192, day: 31, month: 12 },
  extension: { minute: 0, quarter: 96, half: 0, hour: 0, day: 4, month: 4 },
  trunk: { minute: 0, quarter: 192, half: 0, hour: 0, day: 31, month: 12 },
};
/** Stretches that one statement names, each of which the database seeks. */
const listMax = 100;

/** `query` is one that `scanReason` has nothing against. The rows and the total are sums of commits that may lie between. */
async function statsOf(database: Database, companies: Names, query: StatsQuery, clock: StatsClock): Promise<Fold> {
  const fold = new Fold();
  const viewers = await database.read((sql) => viewersOf(sql, companies, query));
  const set: RollupSet = has(query, 'extension') ? 'extension' : has(query, 'trunk') ? 'trunk' : 'company';
  const { by, from, until } = query;
  const widest = clock.widest(by);
  const usable = usableOf(sets[set], widest);
  for (const { offset, ...piece } of isTimed(query) ? clock.pieces(from, until) : [{ from, until, offset: 0 }]) {
    for (const run of runsOf(piece.from, piece.until, usable)) {
      const face = faceOf(query, run.tier, offset, database.dialect);
      for (const { where, values } of slicesOf(set, run, query)) {
        for (const some of chunks([...viewers.keys()])) {
          const rows = await database.read((sql) =>
            sumsIn(sql, kindOf(set, run.tier), face, query, where, values, some),
          );
          for (const row of rows) fold.add(keyOf(row, face, query, viewers), sumsOf(row));
          await setImmediate();
        }
      }
    }
  }
  return fold;
}

/** Hours from half past lie in nothing wider, so they are used alone or not at all. */
function usableOf(kept: readonly Tier[], widest: Tier): Tier[] {
  const isNarrow = (tier: Tier) => tiers.indexOf(tier) <= tiers.indexOf(widest);
  return kept.filter((tier) => isNarrow(tier) && (tier !== 'half' || widest === 'half'));
}

type Row = Sums & { viewer: number; shown: number; name: string; direction: number; outcome: number };

/** What the clock shows at a stretch, as a number by which the database groups: quarters, hours or days on it, of all time or of a week or day. */
interface Face {
  sql: string;
  unitMicros: Micros;
  offset: number;
}

const dayMinutes = 1440;
/** Full weeks, so that no number is below 0: both databases divide towards it. */
const beforeDays = 7 * 28_000;

function faceOf({ by }: StatsQuery, tier: Tier, offset: number, dialect: Database['dialect']): Face | null {
  if (!isTimed({ by }) || tier === 'month') return null;
  const unit = by.includes('quarter') ? 15 : by.includes('hour') ? 60 : dayMinutes;
  const { width, shift } = minutesOf(tier);
  const wall = `\`bucket\` * ${width} + ${offset - shift + beforeDays * dayMinutes}`;
  const number = `(${wall}) ${dialect === 'mysql' ? 'DIV' : '/'} ${unit}`;
  const unitMicros = unit * 60_000_000;
  if (by.includes('day')) return { sql: `${number} - ${(beforeDays * dayMinutes) / unit}`, unitMicros, offset };
  const cycleDays = by.includes('weekday') ? 7 : 1;
  return { sql: `(${number}) % ${(cycleDays * dayMinutes) / unit}`, unitMicros, offset };
}

function isTimed({ by }: Pick<StatsQuery, 'by'>): boolean {
  return times.some((name) => by.includes(name));
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

interface Slice {
  where: string;
  values: Value[];
}

/** A name is sought stretch by stretch: all others of a stretch lie between it and the next. */
function* slicesOf(set: RollupSet, { tier, from, until }: Run, query: StatsQuery): Generator<Slice> {
  const name = query.extension ?? query.trunk;
  const size = name === undefined ? sliceOf[set][tier] : listMax;
  for (let first = from; first < until; first += size) {
    const last = Math.min(first + size, until);
    if (name === undefined) yield { where: '`bucket` >= ? AND `bucket` < ?', values: [first, last] };
    else {
      const buckets = Array.from({ length: last - first }, (_, at) => first + at);
      yield {
        where: `\`bucket\` IN (${buckets.map(() => '?').join(', ')}) AND \`name\` = ?`,
        values: [...buckets, name],
      };
    }
  }
}

const answered = outcomeCode('answered');
const summed =
  'SUM(`calls`) AS `calls`, SUM(`records`) AS `records`, SUM(`talk`) AS `talk`, SUM(`ring`) AS `ring`, SUM(`rung`) AS `rung`, ' +
  `SUM(CASE WHEN \`outcome\` = ${answered} THEN \`calls\` ELSE 0 END) AS \`answered\``;
const summedAgain = sumNames.map((name) => `SUM(\`${name}\`) AS \`${name}\``).join(', ');

function groupBy(names: readonly string[]): string {
  return names.length > 0 ? ` GROUP BY ${names.join(', ')}` : '';
}

async function sumsIn(
  sql: Sql,
  kind: number,
  face: Face | null,
  { by, direction, outcome }: StatsQuery,
  where: string,
  values: readonly Value[],
  viewers: readonly number[],
): Promise<Row[]> {
  const named = by.includes('extension') || by.includes('trunk');
  const grouped = [
    ...(by.includes('company') ? ['`viewer`'] : []),
    ...(named ? ['`name`'] : []),
    ...(by.includes('direction') ? ['`direction`'] : []),
    ...(by.includes('outcome') ? ['`outcome`'] : []),
  ];
  const inner = face ? ['`viewer`', '`bucket`', ...grouped.filter((name) => name !== '`viewer`')] : grouped;
  const cells =
    `SELECT ${[...inner, summed].join(', ')} FROM \`rollup\` ` +
    `WHERE \`kind\` = ${kind} AND \`viewer\` IN (${viewers.map(() => '?').join(', ')}) AND ${where}` +
    (direction === undefined ? '' : ` AND \`direction\` = ${directionCode(direction)}`) +
    (outcome === undefined ? '' : ` AND \`outcome\` = ${outcomeCode(outcome)}`) +
    groupBy(inner);
  // In the order of the table first: to put each cell in its place by the clock takes longer than to read it.
  const text = face
    ? `SELECT ${[`${face.sql} AS \`shown\``, ...grouped, summedAgain].join(', ')} FROM (${cells}) AS \`cells\`` +
      groupBy(['`shown`', ...grouped])
    : cells;
  const rows = await sql.all<Row>(text, [...viewers, ...values]);
  return rows.filter(({ calls }) => calls !== null && Number(calls) !== 0);
}

/** MariaDB gives sums as texts. */
function sumsOf(row: Row): Sums {
  const sums = { ...noSums };
  for (const name of sumNames) sums[name] = Number(row[name]);
  return sums;
}

function keyOf(row: Row, face: Face | null, { by }: StatsQuery, viewers: ReadonlyMap<number, string | null>): StatsKey {
  const key: StatsKey = face ? timeKey(by, shownAt(row.shown * face.unitMicros, face.offset)) : {};
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
      const total =
        query.by.length === 0 ? sumOf(fold) : sumOf(await statsOf(database, companies, { ...query, by: [] }, clock));
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
