// Rooms as the configuration wants them: for the daemon, and for commands that write while none runs.
import type { Config } from './config.ts';
import { pathText } from './configfile.ts';
import { rulebookOf, rulesOf } from './configrules.ts';
import { ClientError } from './errors.ts';
import type { Feed } from './feed/feed.ts';
import type { Chores } from './ingest/chores.ts';
import { Classifier } from './ingest/classify.ts';
import { Ingest } from './ingest/ingest.ts';
import type { Retention } from './ingest/retention.ts';
import { jobsOf } from './jobs/index.ts';
import { reconcileJob } from './jobs/reconcile.ts';
import { Scheduler } from './jobs/scheduler.ts';
import { LiveBoard } from './live/board.ts';
import type { Ear } from './live/heard.ts';
import type { Log } from './log.ts';
import type { Store } from './store/store.ts';

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
export function openBoard(config: Config, store: Store, feed: Feed, log: Log): LiveBoard {
  const board = new LiveBoard({ rules: rulesOf(config), tables: () => store.tables(), log });
  if (config.systems.some(({ ami }) => ami?.events === 'calls')) feed.subscribe(({ cdr }) => board.settle(cdr));
  return board;
}

export function earOf(board: LiveBoard, { name, ami }: Config['systems'][number]): Ear | undefined {
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
