// Numbers for Prometheus. Counts are read from where they live at the moment of the scrape; nothing is counted twice.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { SourceReport } from '../ingest/ingest.ts';
import type { LiveStats } from './context.ts';

export interface Metrics {
  registry: Registry;
  /** Seconds from a batch in hand to its commit. */
  commit: Histogram;
  request: Histogram<'method' | 'route' | 'status'>;
}

export function openMetrics(version: string): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({ name: 'cdrd_info', help: 'Version of cdrd', labelNames: ['version'], registers: [registry] }).set(
    { version },
    1,
  );
  return {
    registry,
    commit: new Histogram({
      name: 'cdrd_commit_seconds',
      help: 'Time from a batch in hand to its commit',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    }),
    request: new Histogram({
      name: 'cdrd_http_request_seconds',
      help: 'Time to answer HTTP requests by route',
      labelNames: ['method', 'route', 'status'] as const,
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
      registers: [registry],
    }),
  };
}

const counts = {
  received: 'Rows the source handed over',
  stored: 'Rows that became new records',
  duplicate: 'Rows that were a further sight of a known record',
  rejected: 'Rows that could not be understood, kept as rejects',
  expired: 'Rows of records that retention had already taken',
  lost: 'Rows dropped because a buffer was full',
} as const;

/** Registers what is asked for at each scrape. */
export function watchSources(
  { registry }: Metrics,
  reports: () => SourceReport[],
  live: LiveStats,
  isReady: () => boolean,
): void {
  for (const [count, help] of Object.entries(counts) as [keyof typeof counts, string][]) {
    new Counter({
      name: `cdrd_source_${count}_total`,
      help,
      labelNames: ['source'],
      registers: [registry],
      collect() {
        this.reset();
        for (const report of reports()) this.inc({ source: report.name }, report[count]);
      },
    });
  }
  const perSource = (name: string, help: string, value: (report: SourceReport) => number | null) =>
    new Gauge({
      name: `cdrd_source_${name}`,
      help,
      labelNames: ['source'],
      registers: [registry],
      collect() {
        this.reset();
        for (const report of reports()) {
          const number = value(report);
          if (number !== null) this.set({ source: report.name }, number);
        }
      },
    });
  perSource('up', '1 while the source is connected', ({ state }) => (state === 'idle' ? null : state === 'up' ? 1 : 0));
  perSource('progress_rows', 'Rows read of a reading that has an end', ({ progress }) => progress?.rows ?? null);
  perSource('progress_total_rows', 'About how many rows it will read', ({ progress }) => progress?.total ?? null);
  perSource('progress_seconds_left', 'About how long it will take', ({ progress }) => progress?.secondsLeft ?? null);
  perSource('lag_seconds', 'From the end of the last record to its commit', ({ lagSeconds }) => lagSeconds);
  perSource('last_record_timestamp_seconds', 'End of the newest record seen', ({ lastRecord }) =>
    lastRecord === null ? null : lastRecord / 1e6,
  );
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  gauge('cdrd_ready', '1 while /readyz answers 200', () => (isReady() ? 1 : 0));
  gauge(
    'cdrd_live_clients',
    'Clients of the feed connected: WebSockets, event streams, waiting requests',
    () => live.clients,
  );
  const counter = (name: string, help: string, value: () => number) =>
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  counter('cdrd_live_frames_total', 'Messages sent to clients of the feed', () => live.frames);
  counter('cdrd_live_bytes_total', 'Payload bytes sent to clients of the feed', () => live.bytes);
  counter('cdrd_live_cuts_total', 'Clients of the feed cut because they were too slow', () => live.cuts);
}
