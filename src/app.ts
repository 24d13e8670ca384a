// The composition root: opens the rooms in order, and closes them backwards.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Completeness, type StoredUpTo } from './completeness/completeness.ts';
import { tellStrays } from './completeness/strays.ts';
import { systemOf } from './completeness/systems.ts';
import { Closers } from './closers.ts';
import type { Config } from './config.ts';
import { Unavailable } from './errors.ts';
import { Doctor } from './doctor/desk.ts';
import { Feed } from './feed/feed.ts';
import { Auth } from './http/auth.ts';
import { isListening, openControl } from './http/control.ts';
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
import { watchWebhooks } from './http/webhookmetrics.ts';
import { fillCalls } from './ingest/callfill.ts';
import { Retention, retentionRules } from './ingest/retention.ts';
import type { Log } from './log.ts';
import { earOf, openBoard, openClassifier, openIngest, openJobs } from './openrooms.ts';
import { giveBackMemory } from './memory.ts';
import { openSources } from './sources/index.ts';
import { claimSystems } from './store/claim.ts';
import { holdFolder, holdStore, makeDataFolder } from './store/lock.ts';
import { openStore, type Store } from './store/store.ts';
import { newSecret } from './store/tokens.ts';
import { publicUrl } from './store/url.ts';
import { Webhooks } from './webhooks/webhooks.ts';

export interface App {
  urls: string[];
  /** The admin token made at this start, null when there was one before. */
  firstToken: { secret: string; file: string } | null;
  /** Rejects when something of ours is broken; the daemon must not go on then. */
  broken: Promise<never>;
  /** Resolves when the writer of records has come round; a daemon that hangs does not. */
  beat(): Promise<void>;
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
  closers.add('memory', 1000, giveBackMemory());
  try {
    const folder = makeDataFolder(config.store.data_dir);
    const release = holdFolder(folder);
    if (!release) {
      throw new Unavailable(
        (await isListening(folder))
          ? `another cdrd is running on the data folder ${folder}`
          : `another cdrd holds the data folder ${folder} and does not listen: a command at work, such as "cdrd import", or a daemon that starts or ends`,
      );
    }
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
    const names = config.systems.map(({ name }) => name);
    const claim = await claimSystems(config.store.url, names, log);
    closers.add('claim', 2000, () => claim.close());
    await tellStrays(store, names, log);
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
    const storedUpTo: StoredUpTo = (system, kind) =>
      sources.find(({ name }) => name === `${system}/${kind}`)?.storedUpTo?.() ?? null;
    const asked = { config: config.completeness, systems: config.systems.map(systemOf), storedUpTo };
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
    const webhooks = new Webhooks({
      config: config.webhooks,
      store,
      sending: { feed, log, version, isLive: (call) => board.isLive(call) },
    });
    const word = async () => ({
      ...(await health.report()),
      ...{ rejects: (await store.rejects(1)).length > 0, webhooks: await webhooks.list() },
    });
    const doctor = new Doctor(config, configFile ?? null, log, word);
    closers.add('webhooks', 5000, () => webhooks.close());
    watchWebhooks(metrics, webhooks);
    const rooms = { store, feed, live, board, ingest, jobs, auth, exports, reports, completeness, doctor, webhooks };
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
    webhooks.start();
    const running = [
      ...sources.map((source) => ingest.run(source, stop.signal)),
      fillCalls({ store, log, signal: stop.signal }),
    ];
    const broken = new Promise<never>((_, reject) => {
      for (const run of [...running, completeness.start(), claim.lost]) run.catch(reject);
    });
    // Heard by whoever runs the daemon; nobody listens any more once it closes.
    broken.catch(() => undefined);
    closers.add('sources', config.limits.drain_seconds * 1000, async () => {
      health.stopping();
      exports.drain(limits.drain_seconds * 1000);
      stop.abort();
      await Promise.allSettled(running);
    });
    return { urls: http.urls, firstToken, broken, beat: () => ingest.beat(), close: () => closers.close() };
  } catch (error) {
    await closers.close();
    throw error;
  }
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
