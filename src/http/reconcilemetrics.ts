// What comparisons of the tables with the store have found, as numbers for Prometheus.
import { Counter, Gauge } from 'prom-client';
import type { ReconcileSummary } from '../ingest/chores.ts';
import type { Metrics } from './metrics.ts';

type Last = NonNullable<ReconcileSummary['last']>;

/** Of the last run in earnest of each system; absent before there is one. */
export function watchReconciles({ registry }: Metrics, summaries: () => readonly ReconcileSummary[]): void {
  const ofLast = (name: string, help: string, value: (last: Last) => number) =>
    new Gauge({
      name: `cdrd_reconcile_${name}`,
      help,
      labelNames: ['system'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { system, last } of summaries()) if (last) this.set({ system }, value(last));
      },
    });
  ofLast(
    'last_run_timestamp_seconds',
    'When the table was last compared to its end and healed',
    ({ ended }) => ended / 1e6,
  );
  ofLast('missing', 'Rows that the last comparison did not find in the store, and brought', ({ missing }) => missing);
  ofLast('changed', 'Rows that the last comparison found changed in the table, and followed', ({ changed }) => changed);
  ofLast('gone', 'Records that the last comparison did not find in the table any more', ({ gone }) => gone);
  new Counter({
    name: 'cdrd_reconcile_healed_total',
    help: 'Rows that comparisons have brought or followed since the start',
    labelNames: ['system'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { system, healed } of summaries()) this.inc({ system }, healed);
    },
  });
}
