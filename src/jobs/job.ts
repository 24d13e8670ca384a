// What a job is to the rest of the daemon: a name, a schedule, and work that may be done twice.
import type { Micros } from '../cdr/cdr.ts';
import type { JobOutcome, JobReport, JobRow } from '../store/jobs.ts';

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
  /** Whether there is so much to do that it should not wait for its time; asked each minute, unless it is `off` or has just been done. */
  isOwed?(): Promise<boolean>;
  /** Whether somebody has begun it another way and it goes on: then it is begun no second time, and what is due waits. */
  isBusy?(): boolean;
  /** The last run that somebody began another way, null when there was none. */
  apart?(): JobEnding | null;
}

/** A run that is over. */
export type JobEnding = Pick<JobRow, 'report'> & { started: Micros; ended: Micros; outcome: JobOutcome };

/** Says what was done so far; the last word on each count stands. */
export type Report = (counts: JobReport) => void;
