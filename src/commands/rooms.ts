// What commands may ask about rejects, scheduled work, companies and extensions: of the daemon, or of the store when none runs.
import type { Config } from '../config.ts';
import type { ImportAnswer, Directory } from '../http/imports.ts';
import type { ClassifyAnswer, ClassifyAsk } from '../ingest/classify.ts';
import type { RetrySum } from '../ingest/rejects.ts';
import type { JobState, Scheduler } from '../jobs/scheduler.ts';
import type { Log } from '../log.ts';
import { byCommand } from '../store/audit.ts';
import type { Company } from '../store/companies.ts';
import type { Extension } from '../store/extensions.ts';
import type { StoredReject } from '../store/rejects.ts';
import type { Retried } from '../store/retry.ts';
import type { RecountDone, RecountPlace } from '../store/recount.ts';
import type { Store } from '../store/store.ts';
import { thingColumns, type ThingKind, type Things } from '../store/things.ts';

/** As a query of the native API says it; `after` only for lists and retries. */
export interface Which {
  source?: string;
  system?: string;
  from?: string;
  to?: string;
  after?: number;
}

export interface RoomsDesk {
  rejects(limit: number, which?: Which): Promise<StoredReject[]>;
  reject(id: number): Promise<StoredReject | undefined>;
  /** undefined when there is none. */
  retryReject(id: number): Promise<Retried | undefined>;
  /** A bounded part; go on at `after`. */
  retryRejects(which: Which): Promise<RetrySum>;
  discardReject(id: number): Promise<boolean>;
  /** A bounded part, until `more` is false. */
  discardRejects(which: Which): Promise<{ discarded: number; more: boolean }>;
  jobs(): Promise<JobState[]>;
  /** See Scheduler.run; without a daemon it has ended when this resolves. */
  runJob(name: string): Promise<boolean | undefined>;
  listCompanies(after: number, limit: number): Promise<Company[]>;
  listExtensions(after: number, limit: number): Promise<Extension[]>;
  addCompany(company: Omit<Company, 'id' | 'listed'>): Promise<Company>;
  addExtension(extension: Omit<Extension, 'id' | 'listed'>): Promise<Extension>;
  listThings(kind: ThingKind, after: number, limit: number): Promise<Things[ThingKind][]>;
  addThing(kind: ThingKind, thing: Omit<Things[ThingKind], 'id'>): Promise<Things[ThingKind]>;
  /** One slice; see Classifier. */
  classify(ask: ClassifyAsk): Promise<ClassifyAnswer>;
  /** One step; see store/recount.ts. */
  recount(place: RecountPlace | null): Promise<RecountDone>;
  importFile(directory: Directory, bytes: Buffer, isDryRun: boolean): Promise<ImportAnswer>;
}

type Ask = (method: string, url: string, body: unknown) => Promise<unknown>;

export function remoteRooms(call: Ask): RoomsDesk {
  const ask = async <T>(method: string, url: string, body?: unknown) => (await call(method, url, body)) as T;
  const orNothing = async <T>(answer: Promise<T>) => {
    const { orNothing: wait } = await import('./daemon.ts');
    return wait(answer);
  };
  return {
    rejects: (limit, which) => ask('GET', `/rejects?${queryOf({ limit, ...which })}`),
    reject: (id) => orNothing(ask('GET', `/rejects/${id}`)),
    retryReject: (id) => orNothing(ask('POST', `/rejects/${id}/retry`)),
    retryRejects: (which) => ask('POST', `/rejects/retry?${queryOf(which)}`),
    discardReject: async (id) => (await orNothing(ask('DELETE', `/rejects/${id}`))) !== undefined,
    discardRejects: (which) => ask('DELETE', `/rejects?${queryOf(which)}`),
    jobs: () => ask('GET', '/jobs'),
    runJob: async (name) => {
      const url = `/jobs/${encodeURIComponent(name)}/run`;
      return (await ask<{ hasBegun: boolean | null }>('POST', url)).hasBegun ?? undefined;
    },
    listCompanies: (after, limit) => ask('GET', `/companies?${queryOf({ after, limit })}`),
    listExtensions: (after, limit) => ask('GET', `/extensions?${queryOf({ after, limit })}`),
    addCompany: (company) => ask('POST', '/companies', company),
    addExtension: (extension) => ask('POST', '/extensions', extension),
    listThings: (kind, after, limit) => ask('GET', `/${thingColumns[kind].plural}?${queryOf({ after, limit })}`),
    addThing: (kind, thing) => ask('POST', `/${thingColumns[kind].plural}`, thing),
    classify: (slice) => ask('POST', '/classify', slice),
    recount: (place) => ask('POST', '/recount', { place }),
    importFile: (directory, bytes, isDryRun) => ask('POST', `/${directory}/import?dry_run=${isDryRun ? 1 : 0}`, bytes),
  };
}

/** What is given, as a query string. */
export function queryOf(given: object): string {
  const known = Object.entries(given).filter(([, value]) => value !== undefined);
  return new URLSearchParams(known.map(([name, value]): [string, string] => [name, String(value)])).toString();
}

/** On a store that this command has opened; what it opens beside is closed with `close`. */
export function localRooms(config: Config, store: Store, log: Log): { desk: RoomsDesk; close: () => Promise<void> } {
  const closing: (() => Promise<void>)[] = [];
  const ingest = async () => {
    const [{ openIngest }, { Feed }] = await Promise.all([import('../openrooms.ts'), import('../feed/feed.ts')]);
    const feed = await Feed.open(store, log);
    closing.push(async () => feed.close());
    return openIngest(config, store, feed, log);
  };
  const scheduler = once(async (): Promise<Scheduler> => {
    const [{ openJobs }, { Retention, retentionRules }] = await Promise.all([
      import('../openrooms.ts'),
      import('../ingest/retention.ts'),
    ]);
    const retention = new Retention(store, { wake: () => undefined }, retentionRules(config.retention));
    const opened = await openJobs(config, store, log, retention);
    closing.push(() => opened.close());
    return opened;
  });
  const classifier = once(async () => {
    const [{ openClassifier }, { Feed }] = await Promise.all([import('../openrooms.ts'), import('../feed/feed.ts')]);
    const feed = await Feed.open(store, log);
    closing.push(async () => feed.close());
    return openClassifier(config, store, feed);
  });
  const filterOf = async (which: Which) => (await import('../http/rejectqueries.ts')).toRejectPage(which);
  const most = async () => (await import('../http/rejectqueries.ts')).rejectsMax;
  const now = () => Date.now() * 1000;
  const reader = once(ingest);
  const desk: RoomsDesk = {
    rejects: async (limit, which = {}) => store.rejects(limit, await filterOf(which)),
    reject: (id) => store.reject(id),
    retryReject: async (id) => {
      const reject = await store.reject(id);
      return reject && (await (await reader()).retry([reject], byCommand))[0];
    },
    retryRejects: async (which) => {
      const { retryRejects } = await import('../ingest/rejects.ts');
      return retryRejects(store, await reader(), await filterOf(which), await most(), byCommand);
    },
    discardReject: async (id) => (await store.discardRejects({ id }, byCommand, now())).length > 0,
    discardRejects: async (which) => {
      const { discardRejects } = await import('../ingest/rejects.ts');
      return discardRejects(store, await filterOf(which), await most(), byCommand);
    },
    jobs: async () => (await scheduler()).list(),
    runJob: async (name) => {
      const hasBegun = await (await scheduler()).run(name, byCommand);
      await (await scheduler()).idle();
      return hasBegun;
    },
    listCompanies: (after, limit) => store.companies(null, after, limit),
    listExtensions: (after, limit) => store.extensions(null, after, limit),
    addCompany: async (company) => {
      await demandBody('company', company);
      return store.addCompany(company, byCommand, now());
    },
    addExtension: async (extension) => {
      await demandBody('extension', extension);
      return store.addExtension(extension, byCommand, now());
    },
    listThings: (kind, after, limit) => store.things(kind, null, after, limit),
    addThing: async (kind, thing) => {
      await demandBody(kind, thing);
      return store.addThing(kind, thing, byCommand, now());
    },
    recount: (place) => store.recount(place),
    classify: async (ask) => (await classifier()).slice(ask, byCommand, now()),
    importFile: async (directory, bytes, isDryRun) => {
      const [{ importCsv }, { textOf }] = await Promise.all([import('../http/imports.ts'), import('../http/csv.ts')]);
      return importCsv(store, directory, textOf(bytes), { by: byCommand, isDryRun });
    },
  };
  return {
    desk,
    close: async () => {
      for (const one of closing.reverse()) await one();
    },
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** As the daemon's socket would. @throws ClientError 400 */
async function demandBody(kind: 'company' | 'extension' | ThingKind, body: unknown): Promise<void> {
  const [{ demandShape }, { NewCompany, NewExtension }, { newThing }] = await Promise.all([
    import('../http/validate.ts'),
    import('../http/bodies.ts'),
    import('../http/thingbodies.ts'),
  ]);
  demandShape({ company: NewCompany, extension: NewExtension, ...newThing }[kind], body);
}
