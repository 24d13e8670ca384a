// Numbers for Prometheus. Counts are read from where they live at the moment of the scrape; nothing is counted twice.
import type { FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Summary } from '../completeness/completeness.ts';
import type { SourceReport } from '../ingest/ingest.ts';
import type { Auth } from './auth.ts';
import type { JobRow } from '../store/jobs.ts';
import type { LiveStats } from './context.ts';
import { methods } from './problem.ts';

export interface Metrics {
  registry: Registry;
  /** Seconds from a batch in hand to its commit. */
  commit: Histogram;
  /** Milliseconds to the answer of a request; of one that goes on (event stream, WebSocket) to its beginning. Counts each request once. */
  observe(request: FastifyRequest, status: number, elapsedMs: number): void;
}

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Metrics;
  }
}

/** Gauges of the library with the ending of counters; the same without `_total` are there for each type. */
const misnamed = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`);

export function openMetrics(version: string): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
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
    observe: observerOn(registry),
  };
}

function observerOn(registry: Registry): Metrics['observe'] {
  const histogram = new Histogram({
    name: 'cdrd_http_request_seconds',
    help: 'Time to answer HTTP requests by route; a long poll (changes) counts with its wait',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    registers: [registry],
  });
  const known = new Set<string>(methods);
  const seen = new WeakSet<FastifyRequest>();
  return (request, status, elapsedMs) => {
    if (seen.has(request)) return;
    seen.add(request);
    // Routes and methods as we know them, never as a client made them up: the labels are bounded.
    const method = known.has(request.method) ? request.method : 'other';
    const route = request.routeOptions.url ?? 'unknown';
    histogram.observe({ method, route, status: String(status) }, elapsedMs / 1000);
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
export function watchSources({ registry }: Metrics, reports: () => SourceReport[], live: LiveStats): void {
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
  perSource('history_rows_left', 'About how many rows of a long history are still to be read', ({ progress }) =>
    Math.max(0, (progress?.total ?? 0) - (progress?.rows ?? 0)),
  );
  perSource('history_seconds_left', 'About how long the reading of a long history will take', ({ progress }) =>
    Math.round(progress?.secondsLeft ?? 0),
  );
  perSource(
    'lag_seconds',
    'From the end of the last record to its commit; of history that AMI or the table first shows there is none',
    ({ lagSeconds }) => lagSeconds,
  );
  perSource('last_record_timestamp_seconds', 'End of the newest record seen', ({ lastRecord }) =>
    lastRecord === null ? null : lastRecord / 1e6,
  );
  new Gauge({
    name: 'cdrd_live_clients',
    help: 'Clients of the feed connected: WebSockets, event streams, waiting requests',
    registers: [registry],
    collect() {
      this.set(live.clients);
    },
  });
  const counter = (name: string, help: string, value: () => number) => watchCount(registry, name, help, value);
  counter('cdrd_live_frames_total', 'Messages sent to clients of the feed', () => live.frames);
  counter('cdrd_live_bytes_total', 'Payload bytes sent to clients of the feed', () => live.bytes);
  counter('cdrd_live_cuts_total', 'Clients of the feed cut because they were too slow', () => live.cuts);
  counter('cdrd_live_replays_total', 'Subscriptions to the feed that began in the past', () => live.replays);
}

/** Who was let in by a password, who was not, and who asked too often. */
export function watchAuth({ registry }: Metrics, { logins, rates, refusals }: Auth): void {
  const perLabel = (name: string, help: string, label: string, counts: Record<string, number>) =>
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset();
        for (const [key, count] of Object.entries(counts)) this.inc({ [label]: key }, count);
      },
    });
  perLabel('cdrd_logins_total', 'Names and passwords checked: ok, wrong, throttled', 'outcome', logins);
  perLabel('cdrd_rate_limited_total', 'Requests over the rate limit of their token or user', 'kind', rates.limited);
  const help = 'Requests and messages without leave: no good token, too small a scope, too many tries';
  watchCount(registry, 'cdrd_refusals_total', help, () => refusals.count);
}

function watchCount(registry: Registry, name: string, help: string, value: () => number): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(value());
    },
  });
}

/** Registers what is asked of the jobs at each scrape; nothing of a job that never ran. */
/** Not by the label `job`: that is Prometheus' own name of the scrape, and ours would come as `exported_job`. */
export function watchJobs({ registry }: Metrics, jobs: () => readonly JobRow[]): void {
  const perJob = (name: string, help: string, value: (job: JobRow) => number | null) =>
    new Gauge({
      name: `cdrd_job_${name}`,
      help,
      labelNames: ['name'],
      registers: [registry],
      collect() {
        this.reset();
        for (const job of jobs()) {
          const number = value(job);
          if (number !== null) this.set({ name: job.name }, number);
        }
      },
    });
  const seconds = (micros: number | null) => (micros === null ? null : micros / 1e6);
  perJob('last_success_timestamp_seconds', 'When a run last ended well', ({ succeeded }) => seconds(succeeded));
  perJob('due_timestamp_seconds', 'When the job is due', ({ due }) => seconds(due));
  perJob('duration_seconds', 'How long the last run took', ({ took }) => seconds(took));
  for (const [count, help] of [
    ['runs', 'Runs that ended, well or not'],
    ['failures', 'Runs that failed'],
  ] as const) {
    new Counter({
      name: `cdrd_job_${count}_total`,
      help,
      labelNames: ['name'],
      registers: [registry],
      collect() {
        this.reset();
        for (const job of jobs()) this.inc({ name: job.name }, job[count]);
      },
    });
  }
}

/** Of the days that are watched (completeness.watch_days); absent before the first look. */
export function watchCompleteness({ registry }: Metrics, summaries: () => Summary[]): void {
  const perSystem = (name: string, help: string, value: (summary: Summary) => number) =>
    new Gauge({
      name: `cdrd_completeness_${name}`,
      help,
      labelNames: ['system'],
      registers: [registry],
      collect() {
        this.reset();
        for (const summary of summaries()) this.set({ system: summary.system }, value(summary));
      },
    });
  perSystem(
    'missing_in_table',
    'Records of the last days that AMI told and the table does not have',
    ({ missingInTable }) => missingInTable,
  );
  perSystem(
    'missing_in_ami',
    'Records of the last days that the table has and AMI did not tell',
    ({ missingInAmi }) => missingInAmi,
  );
  perSystem(
    'not_understood',
    'Rows of the last days that could not be understood and are kept as rejects: their records are not here',
    ({ notUnderstood }) => notUnderstood,
  );
  perSystem(
    'waiting',
    'Records of the last days that one source told and the other may still tell',
    ({ waiting }) => waiting,
  );
  perSystem(
    'holes_unexplained',
    'Numbers in sequence of the last days that no record has and nothing explains',
    ({ holesUnexplained }) => holesUnexplained,
  );
  perSystem('checked_timestamp_seconds', 'When the last days were last looked at', ({ at }) => at / 1e6);
}
