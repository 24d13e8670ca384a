// One layer of the kept counts (cdr/statsplan.ts) in one statement, so that what is moved is of the same moment as what it is moved from.
import type { Micros } from '../cdr/cdr.ts';
import { directionCode, noSums, outcomeCode, sumNames, times, type Dimension, type Sums } from '../cdr/stats.ts';
import type { Moved, Stretches } from '../cdr/statsmoved.ts';
import type { Layer } from '../cdr/statsplan.ts';
import type { StatsQuery } from '../cdr/statsquery.ts';
import {
  dayMicros,
  hourMicros,
  isCycle,
  minuteMicros,
  minutesOf,
  quarterMicros,
  turns,
  type CellTier,
} from '../cdr/tiers.ts';
import { kindOf, type RollupSet } from './cells.ts';
import type { Sql, Value } from './sql.ts';

/** Sums that count at `shown`, and no more at `was`: quarters, hours or days on the clock (`unitOf`), of all time or of a week or day. */
export interface SumsRow {
  /** null: at no time that is asked for. */
  shown: number | null;
  /** null: they were not moved. */
  was: number | null;
  viewer: number;
  name: string;
  direction: number;
  outcome: number;
  sums: Sums;
}

/** What rows by time are counted in. */
export function unitOf(by: readonly Dimension[]): Micros {
  if (by.includes('quarter')) return quarterMicros;
  return by.includes('hour') ? hourMicros : dayMicros;
}

const answered = `CASE WHEN \`outcome\` = ${outcomeCode('answered')} THEN \`calls\` ELSE 0 END`;
const termOf = (name: keyof Sums) => (name === 'answered' ? answered : `\`${name}\``);
const plain = sumNames.map((name) => `${termOf(name)} AS \`${name}\``);
const summed = sumNames.map((name) => `SUM(${termOf(name)}) AS \`${name}\``);
const summedAgain = sumNames.map((name) => `SUM(\`${name}\`) AS \`${name}\``);

export async function sumsIn(
  sql: Sql,
  set: RollupSet,
  layer: Layer,
  query: StatsQuery,
  viewers: readonly number[],
): Promise<SumsRow[]> {
  const { by, direction, outcome } = query;
  const named = by.includes('extension') || by.includes('trunk');
  const sides = [
    ...(by.includes('company') ? ['`viewer`'] : []),
    ...(named ? ['`name`'] : []),
    ...(by.includes('direction') ? ['`direction`'] : []),
    ...(by.includes('outcome') ? ['`outcome`'] : []),
  ];
  // Summed up in the order of the table first, where that order can be had: to put each cell in its place by the clock takes longer.
  const isOrdered = !by.includes('outcome');
  const order = ['`viewer`', '`bucket`', ...sides.filter((side) => side !== '`viewer`')];
  const values: Value[] = [];
  const armOf = (arm: Arm) => {
    values.push(...viewers, ...arm.values);
    return (
      `SELECT ${[...arm.faces, ...sides, ...(isOrdered ? summed : plain)].join(', ')} FROM \`rollup\` ` +
      `WHERE \`kind\` = ${kindOf(set, arm.tier)} AND \`viewer\` IN (${listOf(viewers)}) AND ${arm.where}` +
      (direction === undefined ? '' : ` AND \`direction\` = ${directionCode(direction)}`) +
      (outcome === undefined ? '' : ` AND \`outcome\` = ${outcomeCode(outcome)}`) +
      (isOrdered ? groupBy(order) : '')
    );
  };
  const arms = armsOf(layer, query, sql.dialect);
  const grouped = [...arms[0]!.faces.map((_, at) => faceNames[at]!), ...sides];
  const rows = await sql.all<Row>(
    `SELECT ${[...grouped, ...summedAgain].join(', ')} FROM (${arms.map(armOf).join(' UNION ALL ')}) AS \`cells\`` +
      groupBy(grouped),
    values,
  );
  return rows.filter(({ calls }) => calls !== null).map(toSumsRow);
}

const faceNames = ['`shown`', '`was`'];

/** Cells of one tier, and what the clock shows at them. */
interface Arm {
  tier: CellTier;
  /** None, `shown`, or `shown` and `was`. */
  faces: string[];
  where: string;
  values: Value[];
}

function armsOf({ tier, runs, offset, moved }: Layer, query: StatsQuery, dialect: Sql['dialect']): Arm[] {
  const name = query.extension ?? query.trunk;
  const face = (of: CellTier, minutes: number) => faceOf(query.by, of, minutes, dialect);
  const facesOf = (shown: string | null, was: string | null) =>
    [shown, ...(moved.length > 0 ? [was] : [])].map((one, at) => `${one ?? 'NULL'} AS ${faceNames[at]}`);
  const isTimed = times.some((time) => query.by.includes(time));
  const faces = isTimed ? facesOf(face(tier, offset), null) : [];
  const alike = Map.groupBy(moved, (one) => `${one.tier} ${one.was} ${one.offset}`);
  return [
    ...within(runs, name).map((where) => ({ tier, faces, ...where })),
    ...[...alike.values()].flatMap((some) => {
      const [{ tier: finer, was, offset: then }] = some as [Moved];
      const were = facesOf(then === null ? null : face(finer, then), face(finer, was));
      return within(some, name).map((where) => ({ tier: finer, faces: were, ...where }));
    }),
  ];
}

/** Each run for itself. But a name is sought stretch by stretch, all together: its others lie between one and the next. */
function within(runs: readonly Stretches[], name: string | undefined): Pick<Arm, 'where' | 'values'>[] {
  if (name === undefined)
    return runs.map(({ from, until }) => ({ where: '`bucket` >= ? AND `bucket` < ?', values: [from, until] }));
  const buckets = runs.flatMap(({ from, until }) => Array.from({ length: until - from }, (_, at) => from + at));
  return [{ where: `\`bucket\` IN (${listOf(buckets)}) AND \`name\` = ?`, values: [...buckets, name] }];
}

const dayMinutes = 1440;
/** Full weeks, so that no number is below 0: both databases divide towards it. */
const beforeDays = 7 * 28_000;

/** What the clock shows at a stretch, as a number. */
function faceOf(by: readonly Dimension[], tier: CellTier, offset: number, dialect: Sql['dialect']): string {
  const unit = unitOf(by) / minuteMicros;
  const { width, shift } = minutesOf(tier);
  const place = isCycle(tier) ? `(\`bucket\` % ${turns[tier]})` : '`bucket`';
  const wall = `${place} * ${width} + ${offset - shift + beforeDays * dayMinutes}`;
  const number = `(${wall}) ${dialect === 'mysql' ? 'DIV' : '/'} ${unit}`;
  if (by.includes('day')) return `${number} - ${(beforeDays * dayMinutes) / unit}`;
  return `(${number}) % ${((by.includes('weekday') ? 7 : 1) * dayMinutes) / unit}`;
}

const listOf = (values: readonly unknown[]): string => values.map(() => '?').join(', ');

function groupBy(names: readonly string[]): string {
  return names.length > 0 ? ` GROUP BY ${names.join(', ')}` : '';
}

/** As the database gives it: a face that was not asked for is not there, and MariaDB gives sums as texts. */
type Row = Omit<SumsRow, 'sums' | 'shown' | 'was'> &
  Partial<Pick<SumsRow, 'shown' | 'was'>> &
  Record<keyof Sums, number | string | null>;

function toSumsRow(row: Row): SumsRow {
  const { viewer, name, direction, outcome, shown = null, was = null } = row;
  const sums = { ...noSums };
  for (const one of sumNames) sums[one] = Number(row[one]);
  return { viewer, name, direction, outcome, sums, shown: numberOf(shown), was: numberOf(was) };
}

const numberOf = (value: number | null): number | null => (value === null ? null : Number(value));
