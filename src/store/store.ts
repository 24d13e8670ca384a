// The store: one object with everything the rest may do with our database. The only SQL of ours is in this folder.
import { randomBytes, randomUUID } from 'node:crypto';
import type { Static } from 'typebox';
import type { Micros, StoredCdr } from '../cdr/cdr.ts';
import type { Patch } from '../cdr/overlay.ts';
import type { CdrQuery, Within } from '../cdr/query.ts';
import { messageOf, Unavailable } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Tables } from '../rules/tables.ts';
import { isDataFault, isDiskFull, isPassing, storeFault } from './fault.ts';
import { inodeAt, type Whereabouts } from './aside.ts';
import { append, tryAppend, type Append } from './append.ts';
import { byCommand, type By } from './audit.ts';
import { allChanges, type Change } from './changelist.ts';
import { callsOn, type Calls } from './calllist.ts';
import { callPagesOn, type CallPages } from './callpages.ts';
import { classifySlice, type ClassifyDone, type ClassifySlice } from './classify.ts';
import type { StoreConfig } from './config.ts';
import { connect } from './connect.ts';
import { keepOn, type Keep } from './keep.ts';
import { proofOn, type Proof } from './proof.ts';
import { editCdr, editsOf, hideCdr, type Edit, type Editing } from './edit.ts';
import { expire, raiseHorizon } from './expiry.ts';
import { claimJob, endJob, keepJob, keepJobAlive, listJobs, noteJob, type JobStore } from './jobs.ts';
import type { Outcome } from './meet.ts';
import { allot, Names } from './names.ts';
import { principalsOn, type Principals } from './principals.ts';
import { numberedOn, type Numbered } from './numbered.ts';
import { ratesOn, type RateBook } from './rates.ts';
import { Pages } from './pages.ts';
import { endRecount } from './recount.ts';
import { Reader } from './read.ts';
import { Searches } from './searches.ts';
import { reconcilesOn, type Reconciles } from './reconciles.ts';
import {
  discardRejects,
  listRejects,
  rejectOf,
  type RejectFilter,
  type RejectPage,
  type StoredReject,
} from './rejects.ts';
import { reportsOn, type Reports } from './reports.ts';
import { retry, type Retried, type Retry } from './retry.ts';
import { migrate } from './schema.ts';
import type { SessionLimits } from './sessions.ts';
import { statsOn, type Stats } from './stats.ts';
import { sourceOf, type SourceRow } from './sources.ts';
import type { Database } from './sql.ts';
import { KnownStaff } from './staff.ts';
import { optimize, purgeSessions } from './upkeep.ts';
import { publicUrl } from './url.ts';
import { userTokensOn, type UserTokens } from './usertokens.ts';
import { webhooksOn, type Webhooks } from './webhooks.ts';
import { createToken, findToken, listTokens, revokeToken, type Token } from './tokens.ts';

export interface Store
  extends
    Principals,
    JobStore,
    Proof,
    Reconciles,
    Calls,
    CallPages,
    Stats,
    RateBook,
    Numbered,
    UserTokens,
    Reports,
    Keep,
    Webhooks {
  /** Random name of this store's history; part of every cursor, new after a restore. */
  generation: string;
  dialect: Database['dialect'];
  /** For long reads beside it (aside.ts). */
  whereabouts: Whereabouts;
  /** One batch in one transaction; see append.ts. null when this very batch was stored before. */
  append(work: Omit<Append, 'batch'>, batch: string): Promise<Outcome[] | null>;
  /** What `append` would make of it; nothing is written. */
  trial(work: Omit<Append, 'batch'>): Promise<Outcome[]>;
  source(name: string, now?: Micros): Promise<SourceRow>;
  list(query: CdrQuery): Promise<StoredCdr[]>;
  one(id: number, within: Within, raw?: boolean): Promise<StoredCdr | undefined>;
  /** The record as it is then, undefined when there is none behind the wall; see edit.ts. @throws ClientError 422, 403 */
  edit(editing: Editing, patch: Patch): Promise<StoredCdr | undefined>;
  /** Resolves to false when there is none behind the wall; `hidden` false brings it back. @throws ClientError 403 */
  hide(editing: Editing, hidden?: boolean): Promise<boolean>;
  /** Edits of a record after this one, oldest first. */
  edits(id: number, after: number, limit: number, within: Within): Promise<Edit[]>;
  /** Takes records away for good; what shows them again is `expired`. Resolves to how many there were. */
  expire(ids: readonly number[], now: Micros): Promise<number>;
  /** Records of this system that began before are `expired` from now on. */
  raiseHorizon(system: string, horizon: Micros): Promise<void>;
  /** The rules of now applied to a slice of what is stored; see classify.ts. */
  classify(slice: ClassifySlice): Promise<ClassifyDone>;
  /** What rules look things up in, as it is now. */
  tables(): Promise<Tables>;
  head(): Promise<number>;
  /** Without those of calls, which `allChanges` has. */
  changes(after: number, upTo: number, limit: number): Promise<Change[]>;
  allChanges(after: number, upTo: number, limit: number): Promise<Change[]>;
  rejects(limit: number, page?: RejectPage): Promise<StoredReject[]>;
  reject(id: number): Promise<StoredReject | undefined>;
  /** Rejects handed over again as a batch, in one transaction; see retry.ts. */
  retry(work: Omit<Append, 'batch'>, which: Retry): Promise<Retried[]>;
  /** One transaction's worth, at most `most`: the ids that are gone now; see rejects.ts. */
  discardRejects(filter: RejectFilter & { id?: number }, by: By, now: Micros, most?: number): Promise<number[]>;
  /** One transaction's worth of sessions that are over; resolves to how many went. */
  purgeSessions(limits: SessionLimits, now: Micros): Promise<number>;
  /** Lets the database renew the statistics by which it chooses indexes. */
  optimize(): Promise<void>;
  /** `secret`: only for a caller that must keep it somewhere before it becomes valid. */
  createToken(
    token: Pick<Token, 'name' | 'scope' | 'companies'>,
    now: Micros,
    secret?: string,
    by?: By,
  ): Promise<{ token: Token; secret: string }>;
  listTokens(): Promise<Token[]>;
  findToken(hash: string): Promise<Token | undefined>;
  revokeToken(id: number, now: Micros, by?: By): Promise<boolean>;
  /** Resolves when the database answers a read and would take a write; rejects with why not. */
  probe(): Promise<void>;
  /** Whether waiting may mend this fault of the database. */
  isPassing(error: unknown): boolean;
  /** Whether the database refused a value and would do so for ever. */
  isDataFault(error: unknown): boolean;
  close(): Promise<void>;
}

export function newBatch(): string {
  return randomUUID();
}

/** Brings the schema up to date, saying so when it does. @throws ConfigError, Unavailable */
export async function openStore(config: Pick<Static<typeof StoreConfig>, 'url'>, log: Log): Promise<Store> {
  const database = await connect(config.url, log);
  try {
    const { from, to, applied } = await migrate(database);
    if (applied.length > 0) log.info({ from, to }, 'store schema brought up to date');
    return await storeOn(database, config.url);
  } catch (error) {
    await database.close();
    if (!isPassing(error) || error instanceof Unavailable) throw error;
    throw new Unavailable(
      `the store ${publicUrl(config.url)} cannot be written: ${isDiskFull(error) ? storeFault(error) : messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

async function storeOn(database: Database, url: string): Promise<Store> {
  const systems = new Names('system');
  const companies = new Names('company');
  const reader = new Reader(systems, companies);
  const rooms = { systems, companies, read: reader };
  const searches = new Searches(database);
  const pages = new Pages(database, rooms, searches);
  const desk = { ...rooms, staff: new KnownStaff() };
  const generation = await database.write(async (sql) => {
    // Taking the lock first: two daemons opening one new store must not each name its generation.
    await allot(sql, 'source', 0);
    // Whoever was at it is gone.
    await endRecount(sql);
    const [row] = await sql.all<{ value: string }>("SELECT `value` FROM `meta` WHERE `name` = 'generation'");
    if (row) return row.value;
    const value = randomBytes(8).toString('hex');
    await sql.run("INSERT INTO `meta` (`name`, `value`) VALUES ('generation', ?)", [value]);
    return value;
  });
  await database.read(async (sql) => {
    await systems.load(sql);
    await companies.load(sql);
  });
  return {
    generation,
    dialect: database.dialect,
    whereabouts: { url, generation, inode: inodeAt(url) },
    append: async (work, batch) => {
      const done = await database.write((sql) => append(sql, desk, { ...work, batch }));
      done?.keep();
      return done?.outcomes ?? null;
    },
    trial: (work) => tryAppend(database, desk, { ...work, batch: newBatch() }),
    source: (name, now = Date.now() * 1000) => database.write((sql) => sourceOf(sql, name, now)),
    list: (query) => pages.list(query),
    one: (id, within, raw) => database.read((sql) => reader.one(sql, id, within, raw)),
    edit: async (editing, patch) => {
      const done = await database.write((sql) => editCdr(sql, rooms, editing, patch));
      done?.keep();
      return done ? database.read((sql) => reader.one(sql, editing.id, editing.within)) : undefined;
    },
    hide: (editing, hidden = true) => database.write((sql) => hideCdr(sql, rooms, editing, hidden)),
    edits: (id, after, limit, within) => database.read((sql) => editsOf(sql, id, after, limit, within)),
    expire: (ids, now) => database.write((sql) => expire(sql, rooms, ids, now)),
    raiseHorizon: (system, horizon) => database.write((sql) => raiseHorizon(sql, system, horizon)),
    classify: (slice) => classifySlice(database, desk, slice),
    tables: () => database.read((sql) => reader.tables(sql)),
    head: () => database.read((sql) => reader.head(sql)),
    changes: (after, upTo, limit) => database.read((sql) => reader.changes(sql, after, upTo, limit)),
    allChanges: (after, upTo, limit) => database.read((sql) => allChanges(sql, reader, after, upTo, limit)),
    ...callsOn(database, rooms, searches),
    ...callPagesOn(database, rooms),
    ...statsOn(database, rooms),
    rejects: (limit, page) => database.read((sql) => listRejects(sql, limit, page)),
    reject: (id) => database.read((sql) => rejectOf(sql, id)),
    retry: async (work, which) => {
      const batch = newBatch();
      const done = await database.write((sql) => retry(sql, desk, { ...work, batch }, which));
      done.keep();
      return done.retried;
    },
    discardRejects: (filter, by, now, most) => database.write((sql) => discardRejects(sql, filter, by, now, most)),
    jobs: () => database.read((sql) => listJobs(sql)),
    keepJob: (...job) => database.write((sql) => keepJob(sql, ...job)),
    claimJob: (claim) => database.write((sql) => claimJob(sql, claim)),
    keepJobAlive: (...sign) => database.write((sql) => keepJobAlive(sql, ...sign)),
    endJob: (end) => database.write((sql) => endJob(sql, end)),
    noteJob: (note) => database.write((sql) => noteJob(sql, note)),
    purgeSessions: (limits, now) => database.write((sql) => purgeSessions(sql, limits, now)),
    optimize: () => optimize(database),
    ...keepOn(database, desk),
    ...reconcilesOn(database),
    ...principalsOn(database, () => desk.staff.clear()),
    ...ratesOn(database),
    ...numberedOn(database, rooms),
    ...userTokensOn(database),
    ...reportsOn(database),
    ...webhooksOn(database),
    ...proofOn(database, reader, systems),
    createToken: (token, now, secret, by = byCommand) =>
      database.write((sql) => createToken(sql, token, now, by, secret)),
    listTokens: () => database.read((sql) => listTokens(sql)),
    findToken: (hash) => database.read((sql) => findToken(sql, hash)),
    revokeToken: (id, now, by = byCommand) => database.write((sql) => revokeToken(sql, id, now, by)),
    probe: async () => {
      await database.read((sql) => sql.all('SELECT 1'));
    },
    isPassing,
    isDataFault,
    close: () => database.close(),
  };
}
