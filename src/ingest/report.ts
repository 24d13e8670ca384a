// What is known of a source while it is heard: its state, its counts, its newest record.
import type { Cdr, Micros } from '../cdr/cdr.ts';
import type { Outcome } from '../store/meet.ts';
import type { Reject } from '../store/rejects.ts';
import type { Counts } from '../store/sources.ts';
import { isListening, isOfNow, type Progress, type SourceKind, type SourceState } from './source.ts';

/** What /readyz and the metrics say of one source. */
export interface SourceReport extends Counts {
  name: string;
  kind: SourceKind;
  state: SourceState;
  detail: string | null;
  /** End of the newest record it has shown. */
  lastRecord: Micros | null;
  /** Seconds from the end of the last record to its commit here; null where all have ended before the source was first opened. */
  lagSeconds: number | null;
  /** Of a reading that has an end, while it goes on. */
  progress: Progress | null;
}

export interface Line {
  id: number;
  kind: SourceKind;
  system: string;
  /** In whose name records are seen. */
  shows: string;
  /** As it was at the start. */
  cursor: string | null;
  /** When it was first opened, 0 where that is not known: what ended before is history to who listens, and not late. */
  opened: Micros;
  report: SourceReport;
}

export function countsOf({ received, stored, duplicate, rejected, expired, lost }: Counts): Counts {
  return { received, stored, duplicate, rejected, expired, lost };
}

export function countIn(report: SourceReport, outcomes: readonly Outcome[], lost: number): void {
  report.received += outcomes.length;
  report.lost += lost;
  for (const { outcome } of outcomes) report[outcome === 'created' ? 'stored' : outcome] += 1;
}

export function noteNewest({ report, opened }: Line, rows: readonly (Cdr | Reject)[]): void {
  const ends = rows.map((row) => ('reason' in row ? 0 : (row.end ?? row.start + row.duration * 1e6)));
  const newest = ends.reduce((last, end) => Math.max(last, end), 0);
  if (newest === 0) return;
  report.lastRecord = Math.max(report.lastRecord ?? 0, newest);
  const isHistory = isListening(report.kind) && newest < opened;
  if (isOfNow(report.kind) && !isHistory) report.lagSeconds = Math.max(0, Date.now() / 1000 - newest / 1e6);
}

/** A reading of the past that has never had anything to do is not told of. */
export function isWorthTelling({ kind, state, received }: SourceReport): boolean {
  return isOfNow(kind) || received > 0 || !['connecting', 'idle', 'stopped'].includes(state);
}
