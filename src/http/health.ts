// Is it alive, is it ready: for systemd, load balancers, monitoring. Public, and says nothing of records.
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { Type, type TSchema } from 'typebox';
import type { Summary } from '../completeness/completeness.ts';
import { isoOf } from '../cdr/time.ts';
import { messageOf } from '../errors.ts';
import type { Ingest, SourceReport } from '../ingest/ingest.ts';
import { isListening, type Progress } from '../ingest/source.ts';
import type { Store } from '../store/store.ts';
import { json, type Operation } from './documents/operation.ts';
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
        not_understood: summary.notUnderstood,
        waiting: summary.waiting,
        holes_unexplained: summary.holesUnexplained,
        zone_warning: summary.zones?.text ?? null,
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

const closed = { additionalProperties: false };
const total = (description: string) => Type.Integer({ minimum: 0, description });
const orNull = <Schema extends TSchema>(schema: Schema, description: string) =>
  Type.Union([schema, Type.Null()], { description });

const Alive = Type.Object({ status: Type.Literal('ok') }, { ...closed, title: 'Alive' });
const SourceStatus = Type.Object(
  {
    name: Type.String({ description: 'system/kind' }),
    state: Type.Enum(['connecting', 'up', 'down', 'refused', 'idle', 'stopped'], { description: 'of the connection' }),
    detail: orNull(Type.String(), 'why it is not up, or why no records come of it although it is'),
    last_record: orNull(Type.String({ format: 'date-time' }), 'end of the newest record it has shown'),
    lag_seconds: orNull(
      Type.Number(),
      'from the end of the last record to its commit; null of what ended before AMI or the table was first read',
    ),
    received: total('rows it handed over: stored + duplicate + rejected + expired'),
    stored: total('rows that became new records'),
    duplicate: total('rows that were a further sight of a known record'),
    rejected: total('rows that could not be understood'),
    expired: total('rows of records that retention had already taken'),
    lost: total('rows dropped because a buffer was full'),
    progress: Type.Optional(
      Type.Object(
        {
          rows: total('rows read so far'),
          total: orNull(total('rows'), 'about how many in all; null: nobody knows'),
          rows_per_second: total('how fast'),
          seconds_left: orNull(Type.Number(), 'about how long it will take; null: nobody knows'),
        },
        { ...closed, description: 'of the reading of a long history' },
      ),
    ),
  },
  { ...closed, title: 'SourceStatus' },
);
const CompletenessStatus = Type.Object(
  {
    system: Type.String({ description: 'the Asterisk' }),
    at: Type.String({ format: 'date-time', description: 'when its last days were looked at' }),
    compared: Type.Boolean({ description: 'false where only one source is configured' }),
    missing_in_table: total('records that only AMI has shown and the table should have'),
    missing_in_ami: total('records that only the table has shown and AMI should have'),
    not_understood: total('rows that could not be understood and are kept as rejects: their records are not here'),
    waiting: total('records that the other source may still show'),
    holes_unexplained: total('numbers that no record has, and nothing explains'),
    zone_warning: orNull(
      Type.String(),
      'a zone of the configuration is probably wrong: AMI and the table tell times whole quarters of an hour apart',
    ),
  },
  { ...closed, title: 'CompletenessStatus', description: 'The last days of a system, all together.' },
);
const Readiness = Type.Object(
  {
    status: Type.Enum(['ready', 'not ready', 'stopping']),
    store: Type.Object({ state: Type.Enum(['up', 'down']), detail: orNull(Type.String(), 'what is wrong') }, closed),
    sources: Type.Array(SourceStatus),
    completeness: Type.Array(CompletenessStatus),
  },
  { ...closed, title: 'Readiness' },
);

const open = { tag: 'daemon', needs: 'nobody', faults: 'none' } as const;
const healthy: Operation = {
  ...{ id: 'healthz', summary: 'Is it alive', ...open },
  answers: { 200: json(Alive, 'It answers.') },
};
const ready: Operation = {
  ...{ id: 'readyz', summary: 'Is it ready: the store takes records, and every system is heard', ...open },
  answers: { 200: json(Readiness, 'Ready.'), 503: json(Readiness, 'Not ready, or stopping.') },
};
const numbers: Operation = {
  ...{ id: 'metrics', summary: 'Numbers for Prometheus', ...open },
  answers: { 200: { description: 'The Prometheus text format.', content: { 'text/plain': Type.String() } } },
};

export function registerHealth(app: FastifyInstance, health: Health, metrics: Metrics): void {
  app.get('/healthz', { config: { operation: healthy } }, async () => ({ status: 'ok' }));
  app.get('/readyz', { config: { operation: ready } }, async (_request, reply) => {
    const report = await health.report();
    return reply.code(report.status === 'ready' ? 200 : 503).send(report);
  });
  app.get('/metrics', { config: { operation: numbers } }, async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  for (const url of ['/healthz', '/readyz', '/metrics']) closeOtherMethods(app, url, ['GET']);
}
