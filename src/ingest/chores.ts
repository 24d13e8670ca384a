// What a person may ask of the sources of one system beside listening: the history of its table, and a comparison with it.
// Answered at once; the work goes on in the source's own time.
import type { Micros } from '../cdr/cdr.ts';
import type { Reconcile } from '../store/reconciles.ts';

export interface Chores {
  system: string;
  backfill: Backfill;
  reconcile: Reconciler;
}

/** `none`: the table was read from its beginning; `waiting`: the table was not looked at yet. */
export type BackfillState = 'none' | 'waiting' | 'running' | 'paused' | 'down' | 'done';

export interface BackfillReport {
  system: string;
  state: BackfillState;
  /** One sentence for a person. */
  detail: string;
  /** Rows handed over since it began, over restarts. */
  rows: number;
  /** About how many there are in all, null when nobody knows. */
  total: number | null;
  /** Rows per second since it went on last, and at most. */
  rate: number;
  limit: number;
  secondsLeft: number | null;
  /** How far it has come, as the table writes it: an id or a time. */
  reached: string | null;
}

export interface BackfillAsk {
  /** Not further back than this: a date or time in the table's zone, or RFC 3339. */
  from?: string;
  /** Until the daemon restarts. */
  rowsPerSecond?: number;
  /** A pause outlasts restarts. */
  action?: 'pause' | 'resume';
}

export interface Backfill {
  report(): BackfillReport;
  /** @throws ClientError for a date that is none, or when there is nothing to ask of. */
  ask(ask: BackfillAsk): BackfillReport;
}

export interface ReconcileAsk {
  /** As in BackfillAsk; absent: `table.reconcile.days` ago. */
  from?: string;
  /** Excluded; absent: now. */
  to?: string;
  /** Older days are counted too, and those whose count has changed are compared. */
  older?: boolean;
  /** Compares and reports, and brings nothing. */
  isDryRun?: boolean;
}

export interface ReconcileProgress {
  system: string;
  state: 'idle' | 'running';
  /** Of the one that runs. */
  rows: number;
  /** The start of the last row compared, as the table writes it. */
  reached: string | null;
  started: Micros | null;
}

export interface ReconcileSummary {
  system: string;
  /** Rows that were brought or mended, since this daemon started. */
  healed: number;
  /** The last one that came to its end and was no dry run, whichever daemon did it; null: none is known. */
  last: Pick<Reconcile, 'ended' | 'missing' | 'changed' | 'gone'> | null;
}

export interface Reconciler {
  progress(): ReconcileProgress;
  /** When the schedule wants one: `table.reconcile.cron`. */
  cron: string;
  /** Resolves when it is over, however it ended. @throws ClientError for a bad window, or when one runs already. */
  start(ask: ReconcileAsk): Promise<Reconcile>;
  /** The last one, as far as this daemon has run one. */
  last(): Reconcile | null;
  /** The last one that was no dry run, whoever asked for it and however it ended, also of a daemon before. */
  latest(): Reconcile | null;
  /** For the metrics. */
  summary(): ReconcileSummary;
  /** Looks up what an earlier daemon has done, before the first summary. @throws Unavailable */
  remember(): Promise<void>;
}
