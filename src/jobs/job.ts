// What a job is to the rest of the daemon: a name, a schedule, and work that may be done twice.
import type { JobReport } from '../store/jobs.ts';

/**
 * Scheduled work. `run` may be cut off at any line and is then done again, so doing it twice must do no harm. It works in short
 * transactions, and between two of them calls `signal.throwIfAborted()`: the daemon stops. What it throws else is why it failed.
 */
export interface Job {
  /** A word; its key in the section `jobs` of the configuration. */
  name: string;
  /** Five fields of cron, or `off`: only when somebody asks. */
  cron: string;
  run(signal: AbortSignal, report: Report): Promise<void>;
}

/** Says what was done so far; the last word on each count stands. */
export type Report = (counts: JobReport) => void;
