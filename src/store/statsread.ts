// One layer of the kept counts (cdr/statsplan.ts) in one statement, so that what is moved is of the same moment as what it is moved from.
import type { Micros } from '../cdr/cdr.ts';
import { directionCode, outcomeCode, sumNames, times, type Dimension, type Sums } from '../cdr/stats.ts';
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
import type { RowColumn, SumsRead } from './statsfold.ts';

/** What rows by time are counted in. */
export function unitOf(by: readonly Dimension[]): Micros {
  if (by.includes('quarter')) return quarterMicros;
  return by.includes('hour') ? hourMicros : dayMicros;
}

const answered = `CASE WHEN \`outcome\` = ${outcomeCode('answered')} THEN \`calls\` ELSE 0 END`;
const termOf = (name: keyof Sums) => (name === 'answered' ? answered : `\`${name}\``);
const named = (name: string) => `\`${name}\``;

export async function sumsIn(
  sql: Sql,
  set: RollupSet,
  layer: Layer,
  query: StatsQuery,
  viewers: readonly number[],
): Promise<SumsRead> {
  const { by, direction, outcome } = query;
  const sides: RowColumn[] = [
    ...(by.includes('company') ? (['viewer'] as const) : []),
    ...(by.includes('extension') || by.includes('trunk') ? (['name'] as const) : []),
    ...(['direction', 'outcome'] as const).filter((side) => by.includes(side)),
  ];
  // Summed up in the order of the table, where that order can be had.
  const isOrdered = !by.includes('outcome');
  const order = ['viewer', 'bucket', ...sides.filter((side) => side !== 'viewer')].map(named);
  const sums = sumNames.filter((name) => name !== 'answered' || isOrdered);
  const terms = sums.map((name) => `${isOrdered ? `SUM(${termOf(name)})` : termOf(name)} AS ${named(name)}`);
  const values: Value[] = [];
  const armOf = (arm: Arm) => {
    values.push(...viewers, ...arm.values);
    return (
      `SELECT ${[...arm.faces, ...sides.map(named), ...terms].join(', ')} FROM \`rollup\` ` +
      `WHERE \`kind\` = ${kindOf(set, arm.tier)} AND \`viewer\` IN (${listOf(viewers)}) AND ${arm.where}` +
      (direction === undefined ? '' : ` AND \`direction\` = ${directionCode(direction)}`) +
      (outcome === undefined ? '' : ` AND \`outcome\` = ${outcomeCode(outcome)}`) +
      (isOrdered ? groupBy(order) : '')
    );
  };
  const arms = armsOf(layer, query, sql.dialect);
  const alike: RowColumn[] = [...arms[0]!.faces.map((_, at) => faceNames[at]!), ...sides];
  const cells = arms.map(armOf).join(' UNION ALL ');
  const text =
    sql.dialect === 'sqlite'
      ? cells
      : // What comes over a line is summed up before; SQLite would sort all of it for that, which takes longer than to add it here.
        `SELECT ${[...alike.map(named), ...sums.map((name) => `SUM(\`${name}\`)`)].join(', ')} FROM (${cells}) AS \`cells\`` +
        groupBy(alike.map(named));
  return { rows: await sql.lists(text, values), columns: [...alike, ...sums] };
}

const faceNames = ['shown', 'was'] as const;

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
    [shown, ...(moved.length > 0 ? [was] : [])].map((one, at) => `${one ?? 'NULL'} AS ${named(faceNames[at]!)}`);
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

/** The number that the clock shows, by its minutes since the beginning of 1970. */
export function shownIn(by: readonly Dimension[], minutes: number): number {
  const unit = unitOf(by) / minuteMicros;
  const number = Math.floor(minutes / unit);
  const turn = ((by.includes('weekday') ? 7 : 1) * dayMinutes) / unit;
  return by.includes('day') ? number : ((number % turn) + turn) % turn;
}

const dayMinutes = 1440;
/** Full weeks, so that no number is below 0: both databases divide towards it. */
const beforeDays = 7 * 28_000;

/** The same at a stretch, in SQL. */
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
