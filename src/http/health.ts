// Is it alive, is it ready: for systemd, load balancers, monitoring. Public, and says nothing of records.
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Summary } from '../completeness/completeness.ts';
import { isoOf } from '../cdr/time.ts';
import { messageOf } from '../errors.ts';
import type { Ingest, SourceReport } from '../ingest/ingest.ts';
import { isListening, type Progress } from '../ingest/source.ts';
import type { Store } from '../store/store.ts';
import { closeOtherMethods } from './methods.ts';
import type { Metrics } from './metrics.ts';

/** Whoever asks wants to know now; a store that takes longer is not ready. */
const probeMs = 2000;

export class Health {
  readonly #store: Store;
  readonly #ingest: Ingest;
  readonly #summaries: () => Summary[];
  #isStopping = false;
  #probing: Promise<string | null> | undefined;

  /** `summaries` of the last days by system: told, and of no weight for being ready. */
  constructor(store: Store, ingest: Ingest, summaries: () => Summary[] = () => []) {
    this.#store = store;
    this.#ingest = ingest;
    this.#summaries = summaries;
  }

  /** From now on /readyz answers 503: whoever balances load looks elsewhere. */
  stopping(): void {
    this.#isStopping = true;
  }

  /** Ready: the store takes records and every system can be heard one way or the other. */
  async report() {
    const store = this.#ingest.storeFault ?? (await this.#probe());
    const sources = this.#ingest.reports();
    const deaf = deafSystems(sources);
    const status = this.#isStopping ? 'stopping' : store !== null || deaf.length > 0 ? 'not ready' : 'ready';
    return {
      status,
      store: { state: store === null ? 'up' : 'down', detail: store },
      sources: sources.map(({ name, state, detail, lastRecord, lagSeconds, progress, ...counts }) => ({
        name,
        state,
        detail,
        last_record: lastRecord === null ? null : isoOf(lastRecord),
        lag_seconds: lagSeconds === null ? null : Number(lagSeconds.toFixed(3)),
        received: counts.received,
        stored: counts.stored,
        duplicate: counts.duplicate,
        rejected: counts.rejected,
        expired: counts.expired,
        lost: counts.lost,
        ...(progress === null ? {} : { progress: progressText(progress) }),
      })),
      completeness: this.#summaries().map((summary) => ({
        system: summary.system,
        at: isoOf(summary.at),
        compared: summary.isCompared,
        missing_in_table: summary.missingInTable,
        missing_in_ami: summary.missingInAmi,
        waiting: summary.waiting,
        holes_unexplained: summary.holesUnexplained,
      })),
    };
  }

  /** What is wrong with the store, null when it answers. Many who ask at once ask it once. */
  async #probe(): Promise<string | null> {
    this.#probing ??= this.#store
      .probe()
      .then(() => null, messageOf)
      .finally(() => (this.#probing = undefined));
    const limit = new AbortController();
    const late = delay(probeMs, `the store did not answer within ${probeMs / 1000} s`, { signal: limit.signal });
    try {
      return await Promise.race([this.#probing, late.catch(() => null)]);
    } finally {
      limit.abort();
    }
  }

  get isReady(): boolean {
    return !this.#isStopping && this.#ingest.storeFault === null && deafSystems(this.#ingest.reports()).length === 0;
  }
}

function progressText({ rows, total, rate, secondsLeft }: Progress) {
  const left = secondsLeft === null ? null : Math.round(secondsLeft);
  return { rows, total, rows_per_second: Math.round(rate), seconds_left: left };
}

/** Systems of which no source is up. */
function deafSystems(sources: readonly SourceReport[]): string[] {
  const listening = sources.filter(({ kind }) => isListening(kind));
  const bySystem = Object.groupBy(listening, ({ name }) => name.slice(0, name.lastIndexOf('/')));
  return Object.entries(bySystem)
    .filter(([, of]) => of!.every(({ state }) => state !== 'up'))
    .map(([system]) => system);
}

export function registerHealth(app: FastifyInstance, health: Health, metrics: Metrics): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const report = await health.report();
    return reply.code(report.status === 'ready' ? 200 : 503).send(report);
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  for (const url of ['/healthz', '/readyz', '/metrics']) closeOtherMethods(app, url, ['GET']);
}
