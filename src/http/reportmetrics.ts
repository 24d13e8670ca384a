// What was made of the reports that clients order, as numbers for Prometheus.
import { Counter } from 'prom-client';
import type { ReportBuilder } from './dialects/telnyx/builder.ts';
import type { Metrics } from './metrics.ts';

export function watchReports({ registry }: Metrics, { counts }: Pick<ReportBuilder, 'counts'>): void {
  new Counter({
    name: 'cdrd_reports_total',
    help: 'Reports that were made to their end, or failed',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset();
      this.inc({ outcome: 'complete' }, counts.complete);
      this.inc({ outcome: 'failed' }, counts.failed);
    },
  });
  new Counter({
    name: 'cdrd_report_lines_total',
    help: 'Lines written into reports; rises while one is made',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(counts.lines);
    },
  });
}
