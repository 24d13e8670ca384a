// The store: one object with everything the rest may do with our database. The only SQL of ours is in this folder.
import { randomBytes, randomUUID } from 'node:crypto';
import { Type, type Static } from 'typebox';
import type { Micros, StoredCdr } from '../cdr/cdr.ts';
import type { Patch } from '../cdr/overlay.ts';
import type { CdrQuery, Within } from '../cdr/query.ts';
import { messageOf, Unavailable } from '../errors.ts';
import type { Log } from '../log.ts';
import { append, type Append, type Outcome } from './append.ts';
import { byCommand, type By } from './audit.ts';
import { connect } from './connect.ts';
import { editCdr, editsOf, hideCdr, type Edit, type Editing } from './edit.ts';
import { expire, raiseHorizon } from './expiry.ts';
import { allot, Names } from './names.ts';
import { principalsOn, type Principals } from './principals.ts';
import { Reader, type Change } from './read.ts';
import { listReconciles, listSeen, saveReconcile, type Reconcile, type Seen, type SeenSpan } from './reconciles.ts';
import { listRejects, type StoredReject } from './rejects.ts';
import { migrate } from './schema.ts';
import { sourceOf, type SourceRow } from './sources.ts';
import { isDataFault, isPassing, type Database } from './sql.ts';
import { publicUrl } from './url.ts';
import { createToken, findToken, listTokens, revokeToken, type Token } from './tokens.ts';

export const StoreConfig = Type.Object(
  {
    url: Type.String({
      default: 'sqlite:var/cdrd.db',
      minLength: 1,
      description: 'sqlite:FILE or mysql://USER:PASSWORD@HOST:PORT/DATABASE',
    }),
    data_dir: Type.String({
      default: 'var',
      minLength: 1,
      description: 'folder of lock, control socket and admin token',
    }),
  },
  { additionalProperties: false, default: {} },
);

export interface Store extends Principals {
  /** Random name of this store's history; part of every cursor, new after a restore. */
  generation: string;
  dialect: Database['dialect'];
  /** One batch in one transaction; see append.ts. null when this very batch was stored before. */
  append(work: Omit<Append, 'batch'>, batch: string): Promise<Outcome[] | null>;
  /** What `append` would make of it; nothing is written. */
  trial(work: Omit<Append, 'batch'>): Promise<Outcome[]>;
  source(name: string): Promise<SourceRow>;
  list(query: CdrQuery): Promise<StoredCdr[]>;
  one(id: number, within: Within, raw?: boolean): Promise<StoredCdr | undefined>;
  /** The record as it is then, undefined when there is none behind the wall; see edit.ts. @throws ClientError 422 */
  edit(editing: Editing, patch: Patch): Promise<StoredCdr | undefined>;
  /** Resolves to false when there is none behind the wall. */
  hide(editing: Editing): Promise<boolean>;
  /** Edits of a record after this one, oldest first. */
  edits(id: number, after: number, limit: number): Promise<Edit[]>;
  /** Takes records away for good; what shows them again is `expired`. Resolves to how many there were. */
  expire(ids: readonly number[], now: Micros): Promise<number>;
  /** Records of this system that began before are `expired` from now on. */
  raiseHorizon(system: string, horizon: Micros): Promise<void>;
  head(): Promise<number>;
  changes(after: number, upTo: number, limit: number): Promise<Change[]>;
  rejects(limit: number): Promise<StoredReject[]>;
  /** Keeps a report and numbers it. */
  saveReconcile(report: Omit<Reconcile, 'id'>): Promise<Reconcile>;
  /** Newest first, below `before`. */
  reconciles(before: number, limit: number): Promise<Reconcile[]>;
  /** Records of a system by start, and who has shown them; see reconciles.ts. */
  seen(system: string, span: SeenSpan, limit: number): Promise<Seen[]>;
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

/** Thrown out of a write so that nothing of it stays. */
class Undo extends Error {
  outcomes: Outcome[] = [];
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
    return await storeOn(database);
  } catch (error) {
    await database.close();
    if (!isPassing(error) || error instanceof Unavailable) throw error;
    throw new Unavailable(`the store ${publicUrl(config.url)} cannot be written: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** `cdrd migrate`: the schema only. */
export async function migrateStore(config: Pick<Static<typeof StoreConfig>, 'url'>, log: Log) {
  const database = await connect(config.url, log);
  try {
    return await migrate(database);
  } finally {
    await database.close();
  }
}

async function storeOn(database: Database): Promise<Store> {
  const systems = new Names('system');
  const companies = new Names('company');
  const reader = new Reader(systems, companies);
  const generation = await database.write(async (sql) => {
    // Taking the lock first: two daemons opening one new store must not each name its generation.
    await allot(sql, 'source', 0);
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
    append: async (work, batch) => {
      const done = await database.write((sql) => append(sql, systems, companies, reader, { ...work, batch }));
      done?.keep();
      return done?.outcomes ?? null;
    },
    trial: async (work) => {
      const undo = new Undo();
      try {
        return await database.write(async (sql) => {
          undo.outcomes = (await append(sql, systems, companies, reader, { ...work, batch: newBatch() }))!.outcomes;
          throw undo;
        });
      } catch (error) {
        if (error === undo) return undo.outcomes;
        throw error;
      }
    },
    source: (name) => database.write((sql) => sourceOf(sql, name)),
    list: (query) => database.read((sql) => reader.list(sql, query)),
    one: (id, within, raw) => database.read((sql) => reader.one(sql, id, within, raw)),
    edit: async (editing, patch) => {
      const done = await database.write((sql) => editCdr(sql, { reader, companies }, editing, patch));
      done?.keep();
      return done ? database.read((sql) => reader.one(sql, editing.id, editing.within)) : undefined;
    },
    hide: (editing) => database.write((sql) => hideCdr(sql, reader, editing)),
    edits: (id, after, limit) => database.read((sql) => editsOf(sql, id, after, limit)),
    expire: (ids, now) => database.write((sql) => expire(sql, reader, ids, now)),
    raiseHorizon: (system, horizon) => database.write((sql) => raiseHorizon(sql, system, horizon)),
    head: () => database.read((sql) => reader.head(sql)),
    changes: (after, upTo, limit) => database.read((sql) => reader.changes(sql, after, upTo, limit)),
    rejects: (limit) => database.read((sql) => listRejects(sql, limit)),
    saveReconcile: (report) => database.write((sql) => saveReconcile(sql, report)),
    reconciles: (before, limit) => database.read((sql) => listReconciles(sql, before, limit)),
    seen: (system, span, limit) => database.read((sql) => listSeen(sql, system, span, limit)),
    ...principalsOn(database),
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
