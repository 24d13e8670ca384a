// A whole daemon without sources: a real store in a temporary folder, ingest, feed, the HTTP routes and /live on a real socket.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { Value } from 'typebox/value';
import { rulesOf } from '../../src/configrules.ts';
import { Completeness } from '../../src/completeness/completeness.ts';
import { CompletenessConfig } from '../../src/completeness/config.ts';
import { Closers } from '../../src/closers.ts';
import type { RawRow, RawValue } from '../../src/cdr/normalise.ts';
import { Doctor } from '../../src/doctor/desk.ts';
import { Feed } from '../../src/feed/feed.ts';
import { Auth } from '../../src/http/auth.ts';
import { AuthConfig, LimitsConfig } from '../../src/http/config.ts';
import { ListenerConfig, type CorsConfig } from '../../src/http/listenerconfig.ts';
import type { HttpContext } from '../../src/http/context.ts';
import { DialectsConfig } from '../../src/http/dialects/config.ts';
import { ReportBuilder } from '../../src/http/dialects/telnyx/builder.ts';
import { Exports } from '../../src/http/export/exports.ts';
import { Health } from '../../src/http/health.ts';
import { Live } from '../../src/http/live.ts';
import { openMetrics, watchAuth, watchCompleteness, watchJobs, watchSources } from '../../src/http/metrics.ts';
import { watchBoard } from '../../src/http/livemetrics.ts';
import { watchReports } from '../../src/http/reportmetrics.ts';
import { watchReconciles } from '../../src/http/reconcilemetrics.ts';
import { watchDaemon } from '../../src/http/daemonmetrics.ts';
import { watchRetention } from '../../src/http/retentionmetrics.ts';
import { watchWebhooks } from '../../src/http/webhookmetrics.ts';
import { buildApp, openHttp } from '../../src/http/server.ts';
import type { ReconcileSummary } from '../../src/ingest/chores.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import { openLog } from '../../src/log.ts';
import { LiveBoard } from '../../src/live/board.ts';
import { jobsOf } from '../../src/jobs/index.ts';
import { JobsConfig } from '../../src/jobs/config.ts';
import { Scheduler } from '../../src/jobs/scheduler.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import type { Scope } from '../../src/store/tokens.ts';
import { WebhookConfig } from '../../src/webhooks/config.ts';
import { Webhooks } from '../../src/webhooks/webhooks.ts';
import './documented.ts';

export const adminToken = 'the-admin-of-these-tests';
/** No record is from a channel that tells a company here: companies come from account codes and `custom`. */
const rules = rulesOf({ systems: [{ name: 'pbx1', preset: 'plain', extension_pattern: '^\\d{2,5}$' }] }).get('pbx1')!;

export interface House {
  store: Store;
  feed: Feed;
  ingest: Ingest;
  health: Health;
  live: Live;
  completeness: Completeness;
  context: HttpContext;
  /** The routes without a socket. */
  app: FastifyInstance;
  /** `http://127.0.0.1:PORT`, of the first listener. */
  url: string;
  urls: string[];
  /** What was logged, as JSON lines. */
  log: string[];
  token(scope?: Scope, companies?: string[] | null): Promise<string>;
  /** Stores records as their PBX would bring them; ids in their order. */
  put(records: readonly Record<string, RawValue>[], system?: string): Promise<void>;
  close(): Promise<void>;
}

export interface HouseOptions {
  limits?: Partial<LimitsConfig>;
  loginSeconds?: number;
  systems?: string[];
  /** Where the store is; it stays there. Absent: a folder of its own that goes with the house. */
  folder?: string;
  store?: (store: Store) => Store;
  /** Absent: what is logged is kept in `log`. */
  log?: 'unheard';
  auth?: Partial<AuthConfig>;
  /** Settings of single dialects. */
  dialects?: { [Name in keyof DialectsConfig]?: Partial<DialectsConfig[Name]> };
  cors?: CorsConfig;
  /** Entries of `listeners`; all of them are one server to `app`. */
  listeners?: readonly Partial<ListenerConfig>[];
  /** What comparisons of tables have found; there is no table here. */
  reconciles?: readonly ReconcileSummary[];
  /** Where changes are posted to; what is left out is at its default. */
  webhooks?: readonly Partial<WebhookConfig>[];
  /** Of everything that asks who is asking; milliseconds. */
  now?: () => number;
}

export async function openHouse({
  limits,
  loginSeconds = 5,
  systems = ['pbx1'],
  folder: kept,
  store: wrap,
  ...given
}: HouseOptions = {}): Promise<House> {
  const folder = kept ?? mkdtempSync(join(tmpdir(), 'cdrd-http-'));
  const lines: string[] = [];
  const to = { write: (line: string) => void (given.log ?? lines.push(line)) } as unknown as NodeJS.WritableStream;
  const log = openLog({ level: 'debug', format: 'json' }, to);
  const closers = new Closers(log);
  if (!kept) closers.add('folder', 1000, () => rmSync(folder, { recursive: true, force: true }));
  const opened = await openStore({ url: `sqlite:${join(folder, 'cdrd.db')}` }, log);
  closers.add('store', 5000, () => opened.close());
  const store = wrap?.(opened) ?? opened;
  const feed = await Feed.open(store, log);
  closers.add('feed', 1000, () => feed.close());
  const version = '0.0.0-test';
  const metrics = openMetrics(version);
  const onCommit = (seconds: number) => metrics.commit.observe(seconds);
  const ingest = new Ingest({ store, feed, systems: new Map(systems.map((name) => [name, rules])), log, onCommit });
  closers.add('ingest', 5000, () => ingest.close());
  const authConfig = { ...(Value.Default(AuthConfig, {}) as AuthConfig), ...given.auth };
  const config = Value.Parse(LimitsConfig, { ...(Value.Default(LimitsConfig, {}) as LimitsConfig), ...limits });
  const auth = new Auth(store, adminToken, authConfig, log, given.now, config);
  closers.add('auth', 5000, () => auth.close());
  const completeness = new Completeness({
    ...{ store, log, storedUpTo: () => Date.now() * 1000 },
    systems: systems.map((name) => ({ name, timezone: 'UTC', ami: true, table: true, pollSeconds: 5 })),
    config: Value.Default(CompletenessConfig, {}) as CompletenessConfig,
    ...(given.now ? { now: () => given.now!() * 1000 } : {}),
  });
  closers.add('completeness', 5000, () => completeness.close());
  const health = new Health(store, ingest, () => completeness.summaries);
  const zones = new Map(systems.map((name) => [name, 'UTC']));
  const board = new LiveBoard({
    rules: new Map(systems.map((name) => [name, rules])),
    tables: () => store.tables(),
    log,
  });
  closers.add('live calls', 1000, () => board.close());
  const live = new Live({ store, feed, auth, limits: config, log, loginSeconds, board });
  const trustedProxies = authConfig.trusted_proxies;
  const sessions = { idle: authConfig.session_idle_seconds * 1e6, most: authConfig.session_max_seconds * 1e6 };
  const jobsConfig = Value.Default(JobsConfig, {}) as JobsConfig;
  const defined = jobsOf({
    config: jobsConfig,
    store,
    sessions,
    rejectDays: 365,
    reportDays: 30,
    retention: { run: () => Promise.resolve() },
  });
  const jobs = new Scheduler({ jobs: defined, timezone: 'UTC', store, log });
  await jobs.open();
  closers.add('jobs', 5000, () => jobs.close());
  const exports = new Exports({ store, limits: config, log });
  const dialects = Value.Parse(DialectsConfig, Value.Default(DialectsConfig, given.dialects ?? {}));
  const builder = { store, thread: exports.thread, log, config: dialects.telnyx };
  const reports = new ReportBuilder({ ...builder, now: () => auth.now() });
  const housed = { systems: [], store: { url: `sqlite:${join(folder, 'cdrd.db')}`, data_dir: folder }, listeners: [] };
  const word = async () => ({ ...(await health.report()), rejects: (await store.rejects(1)).length > 0 });
  const doctor = new Doctor(housed, null, log, word);
  const hooks = (given.webhooks ?? []).map((hook) => Value.Default(WebhookConfig, hook) as WebhookConfig);
  const webhooks = new Webhooks({
    config: hooks,
    store,
    sending: { feed, log, version, isLive: (call) => board.isLive(call) },
  });
  closers.add('webhooks', 5000, () => webhooks.close());
  const context: HttpContext = {
    ...{ store, feed, live, board, ingest, jobs, auth, exports, reports, completeness, doctor, webhooks, log },
    ...{ limits: config, dialects, trustedProxies, version, systems: zones },
  };
  watchSources(metrics, () => ingest.reports(), live.stats);
  watchDaemon(metrics, { health, ingest, exports, systems: zones, folder, url: housed.store.url });
  watchCompleteness(metrics, () => completeness.summaries);
  watchReconciles(metrics, () => given.reconciles ?? []);
  watchRetention(metrics, { counts: { removed: 0, anonymised: 0, held: 0 } });
  watchJobs(metrics, () => jobs.known);
  watchAuth(metrics, auth);
  watchBoard(metrics, board);
  watchReports(metrics, reports);
  watchWebhooks(metrics, webhooks);
  webhooks.start();
  const { cors = { origins: [], credentials: 'deny' as const }, listeners = [{}] } = given;
  const entries = listeners.map(
    (entry) => Value.Default(ListenerConfig, { port: 0, cors, ...entry }) as ListenerConfig,
  );
  const http = await openHttp(entries, context, health, metrics);
  closers.add('http', 5000, () => http.close());
  closers.add('exports', 5000, () => exports.close());
  closers.add('reports', 5000, () => reports.close());
  closers.add('live', 5000, () => live.close());
  const app = await buildApp(context, health, metrics, entries);
  closers.add('app', 5000, () => app.close());
  return {
    ...{ store, feed, ingest, health, live, completeness, context, app, log: lines },
    url: http.urls[0]!,
    urls: http.urls,
    token: async (scope = 'read', companies = null) =>
      (await store.createToken({ name: 'test', scope, companies }, Date.now() * 1000)).secret,
    put: async (records, system = systems[0]!) => {
      const rows = records.map((fields): RawRow => ({ kind: 'api', timezone: 'UTC', fields }));
      for (const outcome of await ingest.post(system, rows, null)) {
        if (outcome.outcome === 'rejected')
          throw new Error(`a record of this test is no record: ${outcome.reject.reason}`);
      }
    },
    close: () => closers.close(),
  };
}

let calls = 0;

/** Answer and end of a record that starts then: nobody is answered before he calls. */
function timesAfter(start: RawValue | undefined): { answer: string; end: string } {
  const began = typeof start === 'string' ? Date.parse(start) : NaN;
  const at = Number.isNaN(began) ? Date.parse('2026-11-22T03:15:29Z') : began;
  const after = (seconds: number) => new Date(at + seconds * 1000).toISOString();
  return { answer: after(2), end: after(45) };
}

/** A record like any other, with a uniqueid and a channel of party B of its own: else all were one call. */
export function record(more: Record<string, RawValue> = {}): Record<string, RawValue> {
  calls += 1;
  return {
    uniqueid: `1795314479.${calls}`,
    sequence: calls,
    linkedid: `1795314479.${calls}`,
    start: '2026-11-22T03:15:29Z',
    ...timesAfter(more['start']),
    duration: 45,
    billsec: 43,
    disposition: 'ANSWERED',
    amaflags: 3,
    clid: '"Bob" <100>',
    src: '100',
    dst: '442079460000',
    dcontext: 'office',
    channel: 'PJSIP/100-00000001',
    dstchannel: `PJSIP/trunk-${calls.toString(16).padStart(8, '0')}`,
    lastapp: 'Dial',
    lastdata: 'PJSIP/442079460000@trunk',
    accountcode: '',
    ...more,
  };
}

export function records(count: number, more: Record<string, RawValue> = {}): Record<string, RawValue>[] {
  return Array.from({ length: count }, () => record(more));
}

export interface Answer<Body> {
  status: number;
  headers: Record<string, unknown>;
  body: Body;
}

/** One request to the routes, as JSON both ways; a text body goes as it is. */
export async function ask<Body>(
  { app }: House,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS',
  url: string,
  { token, body, headers = {} }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer<Body>> {
  const isText = typeof body === 'string';
  const request: InjectOptions = { method, url, headers: { ...headers } };
  if (token !== undefined) request.headers = { ...request.headers, authorization: `Bearer ${token}` };
  if (body !== undefined) {
    request.payload = isText ? body : JSON.stringify(body);
    request.headers = { 'content-type': 'application/json', ...request.headers };
  }
  const { statusCode, headers: answered, payload } = await app.inject(request);
  const isJson = /^application\/(problem\+)?json/.test(String(answered['content-type'])) && payload !== '';
  return { status: statusCode, headers: answered, body: (isJson ? JSON.parse(payload) : payload) as Body };
}

/** Asks again and again until `holds`; the test's own limit ends it. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Does it until it is over; a client that is never cut fails here, and does not fill the disk. */
export async function flood(isOver: () => boolean, put: () => Promise<void>): Promise<void> {
  for (let times = 0; !isOver(); times++) {
    if (times === 500) throw new Error('500 times did not end it');
    await put();
  }
}
