// How many calls ran at once: the kept comings and goings of each minute (rollups.ts), summed up from the beginning of time.
import { setImmediate } from 'node:timers/promises';
import type { Micros } from '../cdr/cdr.ts';
import { beginOf, bucketOf } from '../cdr/tiers.ts';
import { kindOf } from './rollups.ts';
import type { Database, Sql } from './sql.ts';

/** Minutes that one statement reads. */
const sliceMinutes = 5 * 1440;

/** One stretch of the curve: from the step's begin to the next one's. */
export interface Step {
  /** Calls at the first full minute of the step. */
  calls: number;
  /** Most calls at any full minute of it. */
  peak: number;
}

/** A call runs at a full minute when it began before it and did not end before it. `begins`: of each step, rising, at full minutes. */
export async function runningOf(
  database: Database,
  viewer: number,
  begins: readonly Micros[],
  until: Micros,
): Promise<Step[]> {
  let running = await database.read((sql) => runningAt(sql, viewer, begins[0]!));
  const steps: Step[] = [];
  const next = () => begins[steps.length]!;
  const enter = (upTo: Micros) => {
    while (steps.length < begins.length && next() <= upTo) steps.push({ calls: running, peak: running });
  };
  const [first, last] = [bucketOf(begins[0]!, 'minute'), bucketOf(until, 'minute')];
  for (let from = first; from < last; from += sliceMinutes) {
    const rows = await database.read((sql) => flowIn(sql, viewer, from, Math.min(from + sliceMinutes, last)));
    for (const { bucket, calls } of rows) {
      // What comes and goes within a minute counts at the next full one.
      const at = beginOf(bucket + 1, 'minute');
      enter(at - 1);
      running += calls;
      enter(at);
      const step = steps.at(-1)!;
      if (at < until) step.peak = Math.max(step.peak, running);
    }
    await setImmediate();
  }
  enter(until);
  return steps;
}

async function flowIn(sql: Sql, viewer: number, from: number, until: number) {
  return sql.all<{ bucket: number; calls: number }>(
    `SELECT \`bucket\`, \`calls\` FROM \`rollup\` WHERE \`kind\` = ${kindOf('flow', 'minute')} AND \`viewer\` = ? ` +
      'AND `bucket` >= ? AND `bucket` < ? ORDER BY `bucket`',
    [viewer, from, until],
  );
}

async function runningAt(sql: Sql, viewer: number, at: Micros): Promise<number> {
  const day = bucketOf(at, 'day');
  const sum = async (kind: number, from: number, until: number) => {
    const [row] = await sql.all<{ calls: number | string | null }>(
      'SELECT SUM(`calls`) AS `calls` FROM `rollup` WHERE `kind` = ? AND `viewer` = ? AND `bucket` >= ? AND `bucket` < ?',
      [kind, viewer, from, until],
    );
    return Number(row?.calls ?? 0);
  };
  const before = await sum(kindOf('flow', 'day'), Number.MIN_SAFE_INTEGER, day);
  const ofDay = [bucketOf(beginOf(day, 'day'), 'minute'), bucketOf(at, 'minute')] as const;
  return before + (await sum(kindOf('flow', 'minute'), ...ofDay));
}
