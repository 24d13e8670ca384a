// All that reads one table: the live reading, its history, the comparison; they share its pace.
import type { Chores } from '../../ingest/chores.ts';
import type { Source } from '../../ingest/source.ts';
import { BackfillSource } from './backfill.ts';
import { ReconcileSource, type Ledger } from './reconcile.ts';
import { siteOf, type TableOptions } from './site.ts';
import { TableSource } from './table.ts';

export type { Ledger };

/** @throws ConfigError for a URL or zone that can never work. */
export function openTableSources(
  options: TableOptions,
  ledger: Ledger,
): { live: TableSource; sources: Source[]; chores: Chores } {
  const site = siteOf(options);
  const live = new TableSource(site);
  const backfill = new BackfillSource(site, live);
  const reconcile = new ReconcileSource(site, live, backfill, ledger);
  return { live, sources: [live, backfill, reconcile], chores: { system: options.system, backfill, reconcile } };
}
