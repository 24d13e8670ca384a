// How many calls ran at once: the kept comings and goings of each minute (rollups.ts), summed up from the beginning of time.
import { setImmediate } from 'node:timers/promises';
import type { Micros } from '../cdr/cdr.ts';
import { beginOf, bucketOf } from '../cdr/tiers.ts';
import { kindOf } from './cells.ts';
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

/** Comings less goings of one minute. */
interface Flow {
  bucket: number;
  calls: number;
}

/** The curve as it grows: flows in the order of their minutes, none before the first step. */
class Curve {
  readonly #begins: readonly Micros[];
  readonly #until: Micros;
  readonly #steps: Step[] = [];
  #running: number;

  constructor(begins: readonly Micros[], until: Micros, running: number) {
    this.#begins = begins;
    this.#until = until;
    this.#running = running;
  }

  take(flows: Iterable<Flow>): void {
    for (const { bucket, calls } of flows) {
      // What comes and goes within a minute counts at the next full one.
      const at = beginOf(bucket + 1, 'minute');
      this.#enter(at - 1);
      this.#running += calls;
      this.#enter(at);
      const step = this.#steps.at(-1)!;
      if (at < this.#until) step.peak = Math.max(step.peak, this.#running);
    }
  }

  end(): Step[] {
    this.#enter(this.#until);
    return this.#steps;
  }

  #enter(upTo: Micros): void {
    const running = this.#running;
    while (this.#steps.length < this.#begins.length && this.#begins[this.#steps.length]! <= upTo)
      this.#steps.push({ calls: running, peak: running });
  }
}

/** The same of calls that were looked at one by one. */
export class CurveScan {
  readonly #flows = new Map<number, number>();

  count({ start, end }: { start: Micros; end: Micros }): void {
    this.#add(bucketOf(start, 'minute'), 1);
    this.#add(bucketOf(end, 'minute'), -1);
  }

  #add(bucket: number, calls: number): void {
    this.#flows.set(bucket, (this.#flows.get(bucket) ?? 0) + calls);
  }

  steps({ begins, until }: CurveAsk): Step[] {
    const [first, last] = [bucketOf(begins[0]!, 'minute'), bucketOf(until, 'minute')];
    const flows = [...this.#flows].map(([bucket, calls]) => ({ bucket, calls })).sort((a, b) => a.bucket - b.bucket);
    const before = flows.filter(({ bucket }) => bucket < first).reduce((sum, { calls }) => sum + calls, 0);
    const curve = new Curve(begins, until, before);
    curve.take(flows.filter(({ bucket, calls }) => bucket >= first && bucket < last && calls !== 0));
    return curve.end();
  }
}

/** `begins`: of each step, rising, at full minutes. */
export interface CurveAsk {
  begins: readonly Micros[];
  until: Micros;
}

/** A call runs at a full minute when it began before it and did not end before it. `begins`: of each step, rising, at full minutes. */
export async function runningOf(
  database: Database,
  viewer: number,
  begins: readonly Micros[],
  until: Micros,
): Promise<Step[]> {
  const curve = new Curve(begins, until, await database.read((sql) => runningAt(sql, viewer, begins[0]!)));
  const [first, last] = [bucketOf(begins[0]!, 'minute'), bucketOf(until, 'minute')];
  for (let from = first; from < last; from += sliceMinutes) {
    curve.take(await database.read((sql) => flowIn(sql, viewer, from, Math.min(from + sliceMinutes, last))));
    await setImmediate();
  }
  return curve.end();
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
