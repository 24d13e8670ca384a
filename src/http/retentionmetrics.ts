// What retention has taken, as numbers for Prometheus.
import { Counter, Gauge } from 'prom-client';
import type { Retention } from '../ingest/retention.ts';
import type { Metrics } from './metrics.ts';

export function watchRetention({ registry }: Metrics, { counts }: Pick<Retention, 'counts'>): void {
  const count = (name: string, help: string, value: () => number) =>
    new Counter({
      name: `cdrd_retention_${name}_total`,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  count('removed', 'Records that retention has removed since the start', () => counts.removed);
  count('anonymised', 'Records that were anonymised, by age or number, since the start', () => counts.anonymised);
  new Gauge({
    name: 'cdrd_retention_held',
    help: 'Records whose time was over at the last run, and which a hold keeps',
    registers: [registry],
    collect() {
      this.set(counts.held);
    },
  });
}
