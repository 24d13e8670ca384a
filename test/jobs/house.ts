// Jobs whose work a test holds in its hand, on a real store and a clock that stands still.
import { Scheduler } from '../../src/jobs/scheduler.ts';
import type { Job, Report } from '../../src/jobs/job.ts';
import type { JobStore } from '../../src/store/jobs.ts';
import { silent } from '../support/store.ts';

export interface Run {
  signal: AbortSignal;
  report: Report;
  end: () => void;
  fail: (error: Error) => void;
}

/** A job that runs until the test ends it; it obeys its signal. */
export function heldJob(name: string, cron: string): { job: Job; runs: Run[] } {
  const runs: Run[] = [];
  const job: Job = {
    name,
    cron,
    run: (signal, report) =>
      new Promise((resolve, reject) => {
        runs.push({ signal, report, end: resolve, fail: reject });
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  };
  return { job, runs };
}

/** A job that is done at once; how often it was. */
export function quickJob(name: string, cron: string): { job: Job; count: () => number } {
  let count = 0;
  return { job: { name, cron, run: async (_signal, report) => report({ count: ++count }) }, count: () => count };
}

export async function openScheduler(store: JobStore, jobs: readonly Job[], timezone = 'UTC'): Promise<Scheduler> {
  const scheduler = new Scheduler({ jobs, timezone, store, log: silent });
  await scheduler.open();
  return scheduler;
}
