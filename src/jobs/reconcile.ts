// The job that compares the table of one PBX with the store; its schedule stands beside the table in the configuration.
import { Unavailable } from '../errors.ts';
import type { Reconciler } from '../ingest/chores.ts';
import type { Reconcile } from '../store/reconciles.ts';
import type { Job, JobEnding } from './job.ts';

/** However it was begun. */
function endingOf({ started, ended, state, detail, read, missing, changed, gone }: Reconcile): JobEnding {
  const report = { read, missing, changed, gone, ...(detail === null ? {} : { reason: detail }) };
  return { started, ended, outcome: state, report };
}

export function reconcileJob(system: string, reconcile: Reconciler): Job {
  return {
    name: `reconcile-${system}`,
    cron: reconcile.cron,
    isBusy: () => reconcile.progress().state === 'running',
    apart: () => {
      const latest = reconcile.latest();
      return latest && endingOf(latest);
    },
    run: async (signal, report) => {
      const stopped = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
      // Heard by the races below, if there is one.
      stopped.catch(() => undefined);
      const { state, detail, read, missing, changed, gone } = await Promise.race([
        reconcile.start({ older: true }),
        stopped,
      ]);
      report({ read, missing, changed, gone });
      // The daemon stops its sources first: then this is owed still, and done at the next start.
      if (state === 'stopped') await stopped;
      if (state === 'failed') throw new Unavailable(detail ?? 'the table could not be compared');
    },
  };
}
