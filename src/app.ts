// The composition root: opens the rooms in order, and closes them backwards.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Completeness } from './completeness/completeness.ts';
import { systemOf } from './completeness/systems.ts';
import { Closers } from './closers.ts';
import type { Config } from './config.ts';
import { pathText } from './configfile.ts';
import { rulebookOf, rulesOf } from './configrules.ts';
import { ClientError, Unavailable } from './errors.ts';
import { Doctor } from './doctor/desk.ts';
import { Feed } from './feed/feed.ts';
import { Auth } from './http/auth.ts';
import { openControl } from './http/control.ts';
import { ReportBuilder } from './http/dialects/telnyx/builder.ts';
import { Exports } from './http/export/exports.ts';
import { Health } from './http/health.ts';
import { Live } from './http/live.ts';
import { watchDaemon } from './http/daemonmetrics.ts';
import { watchRetention } from './http/retentionmetrics.ts';
import { openMetrics, watchAuth, watchCompleteness, watchJobs, watchSources } from './http/metrics.ts';
import { watchBoard } from './http/livemetrics.ts';
import { watchReports } from './http/reportmetrics.ts';
import { watchReconciles } from './http/reconcilemetrics.ts';
import { openHttp } from './http/server.ts';
import { fillCalls } from './ingest/callfill.ts';
import type { Chores } from './ingest/chores.ts';
import { Classifier } from './ingest/classify.ts';
import { Ingest } from './ingest/ingest.ts';
import { Retention, retentionRules } from './ingest/retention.ts';
import { LiveBoard, type Ear } from './live/board.ts';
import { jobsOf } from './jobs/index.ts';
import { reconcileJob } from './jobs/reconcile.ts';
import { Scheduler } from './jobs/scheduler.ts';
import type { Log } from './log.ts';
import { openSources } from './sources/index.ts';
import { holdFolder, holdStore, makeDataFolder } from './store/lock.ts';
import { openStore, type Store } from './store/store.ts';
import { newSecret } from './store/tokens.ts';
import { publicUrl } from './store/url.ts';

export interface App {
  urls: string[];
  /** The admin token made at this start, null when there was one before. */
  firstToken: { secret: string; file: string } | null;
  /** Rejects when something of ours is broken; the daemon must not go on then. */
  broken: Promise<never>;
  close(): Promise<void>;
}

export interface AppOptions {
  config: Config;
  log: Log;
  version: string;
  /** CDRD_ADMIN_TOKEN */
  adminToken: string | undefined;
  /** Where the configuration is from; absent: from no file. */
  configFile?: string;
}

/** @throws ConfigError, Unavailable; whatever was opened by then is closed. */
export async function openApp({ config, log, version, adminToken, configFile }: AppOptions): Promise<App> {
  const closers = new Closers(log);
  try {
    const folder = makeDataFolder(config.store.data_dir);
    const release = holdFolder(folder);
    if (!release) throw new Unavailable(`another cdrd is running on the data folder ${folder}`);
    closers.add('lock', 1000, release);
    const releaseStore = holdStore(config.store.url);
    if (!releaseStore) {
      throw new Unavailable(
        `another cdrd has the store ${publicUrl(config.store.url)} open, with another data folder than ${folder}`,
      );
    }
    closers.add('store lock', 1000, releaseStore);

    const store = await openStore(config.store, log);
    closers.add('store', 10_000, () => store.close());
    const firstToken = adminToken || config.auth.first_token === 'none' ? null : await makeFirstToken(store, folder);

    const feed = await Feed.open(store, log);
    closers.add('feed', 1000, () => feed.close());
    const metrics = openMetrics(version);
    const ingest = openIngest(config, store, feed, log, (seconds) => metrics.commit.observe(seconds));
    closers.add('ingest', 10_000, () => ingest.close());
    const board = openBoard(config, store, feed, log);
    closers.add('live calls', 1000, () => board.close());
    const opened = config.systems.map((system) => openSources(system, log, store, earOf(board, system)));
    const sources = opened.flatMap((of) => of.sources);
    const chores = opened.map((of) => of.chores).filter((of) => of !== null);
    for (const source of sources) await ingest.open(source);

    const auth = new Auth(store, adminToken, config.auth, log, Date.now, config.limits);
    closers.add('auth', 5000, () => auth.close());
    const isTableUp = (system: string) =>
      ingest.reports().some(({ name, state }) => name === `${system}/table` && state === 'up');
    const asked = { config: config.completeness, systems: config.systems.map(systemOf), isTableUp };
    const completeness = new Completeness({ store, log, ...asked });
    closers.add('completeness', 5000, () => completeness.close());
    const health = new Health(store, ingest, () => completeness.summaries);
    watchCompleteness(metrics, () => completeness.summaries);
    for (const { reconcile } of chores) await reconcile.remember();
    watchReconciles(metrics, () => chores.map(({ reconcile }) => reconcile.summary()));
    const retention = new Retention(store, feed, retentionRules(config.retention));
    watchRetention(metrics, retention);
    const jobs = await openJobs(config, store, log, retention, chores);
    const live = new Live({
      store,
      feed,
      auth,
      limits: config.limits,
      log,
      loginSeconds: config.auth.login_seconds,
      board,
    });
    watchSources(metrics, () => ingest.reports(), live.stats);
    watchAuth(metrics, auth);
    watchBoard(metrics, board);
    watchJobs(metrics, () => jobs.known);
    const zones = new Map(config.systems.map(({ name, timezone }) => [name, timezone]));
    const { limits } = config;
    const exports = new Exports({ store, limits, log });
    const trustedProxies = config.auth.trusted_proxies;
    watchDaemon(metrics, { health, ingest, exports, systems: zones, folder, url: config.store.url });
    const reports = new ReportBuilder({ store, thread: exports.thread, log, config: config.dialects.telnyx });
    watchReports(metrics, reports);
    const word = async () => ({ ...(await health.report()), rejects: (await store.rejects(1)).length > 0 });
    const doctor = new Doctor(config, configFile ?? null, log, word);
    const rooms = { store, feed, live, board, ingest, jobs, auth, exports, reports, completeness, doctor };
    const context = { ...rooms, limits, dialects: config.dialects, trustedProxies, log, version, systems: zones };
    const http = await openHttp(config.listeners, context, health, metrics);
    closers.add('http', 5000, () => http.close());
    closers.add('exports', limits.drain_seconds * 1000 + 3000, () => exports.close());
    closers.add('reports', 5000, () => reports.close());
    closers.add('live', 3000, () => live.close());
    closers.add(
      'control',
      1000,
      await openControl(folder, {
        ...{ ...context, chores, word, retention },
        classifier: openClassifier(config, store, feed),
      }),
    );
    closers.add('jobs', 10_000, () => jobs.close());

    const stop = new AbortController();
    jobs.start();
    reports.start();
    const running = [
      ...sources.map((source) => ingest.run(source, stop.signal)),
      fillCalls({ store, log, signal: stop.signal }),
    ];
    const broken = new Promise<never>((_, reject) => {
      for (const run of [...running, completeness.start()]) run.catch(reject);
    });
    // Heard by whoever runs the daemon; nobody listens any more once it closes.
    broken.catch(() => undefined);
    closers.add('sources', config.limits.drain_seconds * 1000, async () => {
      health.stopping();
      exports.drain(limits.drain_seconds * 1000);
      stop.abort();
      await Promise.allSettled(running);
    });
    return { urls: http.urls, firstToken, broken, close: () => closers.close() };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

/** Also for a command that writes while no daemon runs. */
export function openIngest(config: Config, store: Store, feed: Feed, log: Log, onCommit?: (seconds: number) => void) {
  const systems = rulesOf(config);
  const zones = new Map(
    config.systems.flatMap(({ name, timezone, table }): [string, string][] => [
      [`${name}/ami`, timezone],
      [`${name}/table`, table?.timezone ?? timezone],
    ]),
  );
  const zoneOf = (source: string) => zones.get(source) ?? 'UTC';
  const heard = onCommit ? { onCommit } : {};
  return new Ingest({ store, feed, systems, zoneOf, rejectsMax: config.rejects.keep, log, ...heard });
}

/** Live calls hear of each record that is stored, whoever told it. */
function openBoard(config: Config, store: Store, feed: Feed, log: Log): LiveBoard {
  const board = new LiveBoard({ rules: rulesOf(config), tables: () => store.tables(), log });
  if (config.systems.some(({ ami }) => ami?.events === 'calls')) feed.subscribe(({ cdr }) => board.settle(cdr));
  return board;
}

function earOf(board: LiveBoard, { name, ami }: Config['systems'][number]): Ear | undefined {
  return ami?.events === 'calls' ? board.ear(name) : undefined;
}

/** The rules of this configuration, or others that are asked for, applied to history. */
export function openClassifier(config: Config, store: Store, feed: Feed): Classifier {
  return new Classifier(store, feed, rulesOf(config), (given) => {
    const { systems, complaints } = rulebookOf(given);
    const [first] = complaints;
    if (first) throw new ClientError(422, `${pathText(first[0])}: ${first[1]}`);
    return systems;
  });
}

/** Known to the store and not started. */
export async function openJobs(
  { jobs: given, rejects, auth, dialects }: Config,
  store: Store,
  log: Log,
  retention: Retention,
  chores: readonly Chores[] = [],
): Promise<Scheduler> {
  const sessions = { idle: auth.session_idle_seconds * 1e6, most: auth.session_max_seconds * 1e6 };
  const own = jobsOf({
    config: given,
    store,
    sessions,
    rejectDays: rejects.keep_days,
    reportDays: dialects.telnyx.report_days,
    retention,
  });
  const jobs = [...own, ...chores.map(({ system, reconcile }) => reconcileJob(system, reconcile))];
  const scheduler = new Scheduler({ jobs, timezone: given.timezone, store, log });
  await scheduler.open();
  return scheduler;
}

/** A store without a living admin token gets one, left where only this user can read it. */
async function makeFirstToken(store: Store, folder: string): Promise<App['firstToken']> {
  const tokens = await store.listTokens();
  if (tokens.some(({ scope, revoked }) => scope === 'admin' && revoked === null)) return null;
  const secret = newSecret();
  const file = join(folder, 'admin.token');
  // The file first: a crash in between leaves a dead secret in it, and the next start makes another.
  rmSync(file, { force: true });
  writeFileSync(file, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  await store.createToken({ name: 'first start', scope: 'admin', companies: null }, Date.now() * 1000, secret);
  return { secret, file };
}
