// What a source is to the rest of the daemon. It hands over raw rows and waits; it decides nothing about records.
import type { Repeats } from '../cdr/identity.ts';
import type { Micros } from '../cdr/cdr.ts';
import type { RawRow } from '../cdr/normalise.ts';
import type { RowName } from '../cdr/rowname.ts';
import type { Outcome } from '../store/meet.ts';

/** Rows that belong together: they, the rejects among them, the counts and the cursor commit in one transaction. */
export interface Batch {
  rows: RawRow[];
  /** "Read up to here", opaque to everyone but the source; undefined leaves the stored one. */
  cursor?: string;
  /** Rows the source had to drop since the last batch (full AMI buffer). */
  lost?: number;
  /** The keys of those of these rows that the source has no more; absent: nobody can tell. */
  gone?: (rows: readonly RowName[]) => Promise<ReadonlySet<string>>;
}

/** `idle`: there is nothing for it to do at present. */
export type SourceState = 'connecting' | 'up' | 'down' | 'refused' | 'idle' | 'stopped';

/** How far a source has come that has an end. */
export interface Progress {
  rows: number;
  /** About how many in all; null when nobody knows. */
  total: number | null;
  /** Rows per second. */
  rate: number;
  secondsLeft: number | null;
}

/** What a source says about itself to /readyz and the metrics. */
export interface SourceStatus {
  state: SourceState;
  /** One sentence for a person when the state is not `up`, or when it is and nothing good comes of it. */
  detail?: string;
  progress?: Progress;
}

export interface SourceContext {
  /** Commits a batch. Resolves when it is stored; this wait is the only back-pressure. Rejects only when aborted. */
  emit(batch: Batch): Promise<void>;
  /** As emit, and tells what became of each row; a trial commits nothing and tells what would have become. */
  weigh(batch: Batch, how: 'commit' | 'trial'): Promise<readonly Outcome[]>;
  /** The cursor of the last committed batch, null on the first start. */
  cursor: string | null;
  /** Reports a change of state; the same state twice is fine. */
  status(status: SourceStatus): void;
  /** Aborted when the daemon stops: finish the page in hand, emit it, return. */
  signal: AbortSignal;
}

/**
 * One way in. `run` returns when the signal is aborted and everything it held is emitted. It mends its own faults
 * (connection, refusal, missing right) by waiting and trying again; it throws only when something of ours is broken.
 */
export interface Source {
  /** `SYSTEM/ami`, `SYSTEM/table`: the name in the store, the log and the metrics. */
  name: string;
  system: string;
  kind: SourceKind;
  /** Whose rows it hands over, when they are not its own: what a backfill or a reconcile shows, the table has shown. */
  shows?: string;
  run(context: SourceContext): Promise<void>;
  /**
   * Micros since 1970: what it could be shown by then is stored, what came since may wait for the store.
   * null: not known yet; absent: it is not heard all the time.
   */
  storedUpTo?(): Micros | null;
  /** Asks for a look at once (the table, after AMI was away). */
  poke?(): void;
}

/** Heard all the time: `ami`, `table`. Now and then: `api` (HTTP writes), `import`, `backfill`, `reconcile`. */
export type SourceKind = 'ami' | 'table' | 'api' | 'import' | 'backfill' | 'reconcile';

/** Whether it shows calls of now, so that it can be late; the others bring the past. */
export function isOfNow(kind: SourceKind): boolean {
  return isListening(kind) || kind === 'api';
}

/** Whether it is meant to be up all the time. */
export function isListening(kind: SourceKind): boolean {
  return kind === 'ami' || kind === 'table';
}

/** AMI says a record once; a table is read again, and hands over whole families (sources/table/content.ts). */
export const repeatsOf: Record<SourceKind, Repeats> = {
  ...{ ami: 'never', table: 'whole', backfill: 'whole', reconcile: 'whole' },
  ...{ api: 'again', import: 'again' },
};
