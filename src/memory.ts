// Memory that a start or a flood of records took is given back when there is little to do. V8 lets the young generation grow with the work
// and shrinks it only in a full collection, which an idle daemon gives it no reason to begin.
import { performance } from 'node:perf_hooks';
import { getHeapSpaceStatistics } from 'node:v8';

/** The pages of what shrinks go back to the system by a collection of the last resort only. */
const { gc } = globalThis;
const usual = {
  /** Some 120 ms. undefined where Node was started without `--expose-gc` (cdrd.cjs): then nothing is given back. */
  collect: gc && (() => gc({ type: 'major', flavor: 'last-resort' })),
  lookMs: 10_000,
  /** Between two collections. */
  restMs: 5 * 60_000,
  /** A young generation that is larger has grown by work; V8 begins with one or two MB. */
  youngMax: 4 * 2 ** 20,
  /** The loop is idle when it was busy for no more of the time between two looks. */
  idleShare: 0.05,
};

/** Looks now and then, until what it returns is called. */
export function giveBackMemory(given: Partial<typeof usual> = {}): () => void {
  const { collect, lookMs, restMs, youngMax, idleShare } = { ...usual, ...given };
  if (!collect) return () => undefined;
  let last = performance.eventLoopUtilization();
  /** When memory was given back; null: not since the start, which leaves much behind. */
  let collected: number | null = null;
  const look = () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    if (utilization > idleShare) return;
    if (collected !== null && (performance.now() < collected + restMs || youngBytes() <= youngMax)) return;
    collect();
    collected = performance.now();
  };
  const timer = setInterval(look, lookMs).unref();
  return () => clearInterval(timer);
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')!.space_size;
}
