// How commands reach the store: through the running daemon's socket, or by opening the store themselves when none holds it.
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { Completeness, type DaysQuery, type ZoneWarning } from '../completeness/completeness.ts';
import { dayTold, type DayTold } from '../completeness/shape.ts';
import { systemsIn } from '../completeness/systems.ts';
import type { Config } from '../config.ts';
import { ClientError, codeOf, Unavailable, type Fault } from '../errors.ts';
import { rulebookOf } from '../configrules.ts';
import { tracer } from '../ingest/trace.ts';
import { toAuditQuery, type AuditAsk } from '../http/bodies.ts';
import { controlPath } from '../http/control.ts';
import type { Log } from '../log.ts';
import { holdBoth, holdFolder } from '../store/lock.ts';
import { sqliteFile } from '../store/url.ts';
import { byCommand, type StoredAudit } from '../store/audit.ts';
import { findOut, type Found } from '../store/proof.ts';
import { openStore, type Store } from '../store/store.ts';
import type { Stray } from '../store/strays.ts';
import type { Token } from '../store/tokens.ts';
import type { NewUser, User, UserChange } from '../store/users.ts';
import { localHooks, remoteHooks, type HookDesk } from './hookdesk.ts';
import { localKeep, remoteKeep, type KeepDesk } from './keepdesk.ts';
import { localRooms, queryOf, remoteRooms, type RoomsDesk } from './rooms.ts';

/** What a command may ask for, wherever it is answered. */
export type Desk = RoomsDesk &
  KeepDesk &
  Pick<Store, 'listTokens' | 'listUsers'> & {
    hooks: HookDesk;
    listAudit(ask: AuditAsk): Promise<StoredAudit[]>;
    createToken(token: Pick<Token, 'name' | 'scope' | 'companies'>): Promise<{ token: Token; secret: string }>;
    revokeToken(id: number): Promise<boolean>;
    addUser(user: NewUser): Promise<User>;
    changeUser(id: number, change: UserChange): Promise<User | undefined>;
    removeUser(id: number): Promise<boolean>;
    /** By a record's number or a uniqueid. */
    findOut(what: string): Promise<Found>;
    days(query: DaysQuery): Promise<DayTold[]>;
    zoneWarnings(system?: string): Promise<ZoneWarning[]>;
    /** Systems that have records and are not configured. */
    strays(): Promise<Stray[]>;
  };

const answerMs = 30_000;

/**
 * @param store - `existing`: a command that only looks must not make a store where none is.
 * @throws Unavailable when there is none, or the folder is held by a daemon that does not answer.
 */
export async function atDesk<T>(
  config: Config,
  log: Log,
  work: (desk: Desk) => Promise<T>,
  store: 'existing' | 'new' = 'new',
): Promise<T> {
  const file = sqliteFile(config.store.url);
  if (store === 'existing' && file !== undefined && !existsSync(file)) {
    throw new Unavailable(
      `there is no store at ${file}; was the daemon started in another folder, or with another configuration?`,
    );
  }
  const release = holdBoth(config.store);
  if (!release) return work(remoteDesk(controlPath(config.store.data_dir)));
  try {
    const opened = await openStore(config.store, log);
    try {
      const rooms = localRooms(config, opened, log);
      const desk = { ...localDesk(opened, config, log), ...rooms.desk, ...localKeep(config, opened) };
      return await work(desk).finally(() => rooms.close());
    } finally {
      await opened.close();
    }
  } finally {
    release();
  }
}

/**
 * For work that only a running daemon does.
 * @throws Unavailable when there is none, ClientError for what it refuses.
 */
export async function askDaemon<T>(config: Config, method: string, path: string, body?: unknown): Promise<T> {
  const release = holdFolder(config.store.data_dir);
  if (release) {
    release();
    throw new Unavailable(`no daemon runs on the data folder ${config.store.data_dir}: start one with "cdrd run"`);
  }
  return (await call(controlPath(config.store.data_dir), method, path, body)) as T;
}

function localDesk(store: Store, config: Config, log: Log): Omit<Desk, keyof RoomsDesk | keyof KeepDesk> {
  const completeness = () => {
    // Nobody reads the table now: what is not there yet is not missing.
    const asked = { config: config.completeness, systems: systemsIn(config.systems), storedUpTo: () => null };
    return new Completeness({ store, log, ...asked });
  };
  return {
    hooks: localHooks(config, store),
    listTokens: () => store.listTokens(),
    createToken: (token) => store.createToken(token, Date.now() * 1000),
    revokeToken: (id) => store.revokeToken(id, Date.now() * 1000),
    listUsers: (after, limit) => store.listUsers(after, limit),
    addUser: (user) => store.addUser(user, byCommand, Date.now() * 1000),
    changeUser: (id, change) => store.changeUser(id, change, byCommand, Date.now() * 1000),
    removeUser: (id) => store.removeUser(id, byCommand, Date.now() * 1000),
    listAudit: (ask) => store.listAudit(toAuditQuery(ask)),
    findOut: (what) => findOut(store, what, tracer(rulebookOf(config).systems, store)),
    days: async (query) => (await completeness().days(query)).map((day) => dayTold(day)),
    zoneWarnings: (system) => completeness().zoneWarnings(system),
    strays: () => completeness().strays(),
  };
}

function remoteDesk(path: string): Desk {
  const ask = async <T>(method: string, url: string, body?: unknown) => (await call(path, method, url, body)) as T;
  return {
    ...remoteRooms((...asked) => call(path, ...asked)),
    ...remoteKeep(ask, orNothing),
    hooks: remoteHooks(ask, orNothing),
    listTokens: () => ask<Token[]>('GET', '/tokens'),
    createToken: (token) => ask<{ token: Token; secret: string }>('POST', '/tokens', token),
    revokeToken: async (id) => (await orNothing(ask('DELETE', `/tokens/${id}`))) !== undefined,
    listUsers: (after, limit) => ask<User[]>('GET', `/users?after=${after}&limit=${limit}`),
    addUser: (user) => ask<User>('POST', '/users', user),
    changeUser: (id, change) => orNothing(ask<User>('PATCH', `/users/${id}`, change)),
    removeUser: async (id) => (await orNothing(ask('DELETE', `/users/${id}`))) !== undefined,
    listAudit: (asked) => ask<StoredAudit[]>('GET', `/audit?${queryOf(asked)}`),
    findOut: (what) => ask<Found>('GET', `/explain?what=${encodeURIComponent(what)}`),
    days: ({ first, last, system }) => {
      const query = new URLSearchParams({ first, last, ...(system === undefined ? {} : { system }) });
      return ask<DayTold[]>('GET', `/completeness?${query.toString()}`);
    },
    strays: () => ask<Stray[]>('GET', '/completeness/strays'),
    zoneWarnings: (system) => {
      const query = new URLSearchParams(system === undefined ? {} : { system });
      return ask<ZoneWarning[]>('GET', `/completeness/zones?${query.toString()}`);
    },
  };
}

/** The answer, undefined when there is no such thing. */
export async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ClientError && error.status === 404) return undefined;
    throw error;
  }
}

/** The answer. @throws Unavailable when another is at it: who asks then has said nothing wrong. */
export async function unlessBusy<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ClientError && error.status === 409) throw new Unavailable(error.message, { cause: error });
    throw error;
  }
}

/** Asks the daemon. @throws ClientError with its answer, Unavailable when it gives none or is not able to. */
export function call(socketPath: string, method: string, path: string, body: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const isFile = Buffer.isBuffer(body);
    const text = isFile ? body : body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const type = isFile ? 'text/csv' : 'application/json';
    const headers = text === undefined ? {} : { 'content-type': type, 'content-length': text.length };
    const failed = (error: Error) => {
      const isGone = ['ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '');
      const hint = isGone
        ? 'the daemon went away while it was asked: what it has done stays, its log says why'
        : `another cdrd command or daemon holds the data folder, and its socket ${socketPath} cannot be used: ${codeOf(error) ?? error.message}`;
      reject(error instanceof Unavailable ? error : new Unavailable(hint, { cause: error }));
    };
    const asked = request({ socketPath, method, path, headers, timeout: answerMs }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', failed);
      response.on('end', () => {
        const answer = JSON.parse(Buffer.concat(parts).toString('utf8')) as { detail?: string; errors?: Fault[] };
        const status = response.statusCode ?? 500;
        const detail = answer.detail ?? `the daemon answered ${status}`;
        if (status < 400) resolve(answer);
        else reject(refusal(status, detail, answer.errors));
      });
    });
    asked.on('timeout', () => asked.destroy(new Unavailable(`the daemon does not answer on ${socketPath}`)));
    asked.on('error', failed);
    asked.end(text);
  });
}

function refusal(status: number, detail: string, faults?: Fault[]): Error {
  return status === 503 ? new Unavailable(detail) : new ClientError(status, detail, faults);
}
