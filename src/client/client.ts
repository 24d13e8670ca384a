// The client of cdrd's own API, for Node and browsers: fetch and WebSocket, nothing else. `connect` is where one begins.
import type { Session } from '../http/dialects/native/people.ts';
import { Calls } from './calls.ts';
import { Holds } from './holds.ts';
import { Live, type LiveOptions } from './feed.ts';
import { Completeness, doctorOf, Jobs, Reconciles } from './proof.ts';
import { Cdrs } from './records.ts';
import { Rejects } from './rejects.ts';
import { Requests, type CallOptions, type ConnectOptions } from './request.ts';
import { statsOf, type Stats } from './stats.ts';
import {
  auditOf,
  Table,
  type Audit,
  type Companies,
  type Dids,
  type Endpoints,
  type Extensions,
  type Tokens,
  type Trunks,
  type Users,
} from './tables.ts';
import { Webhooks } from './webhooks.ts';

export { Calls, type CallPage, type CallQuery, type LiveCall } from './calls.ts';
export { Export, type ExportOptions } from './export.ts';
export { Holds } from './holds.ts';
export { Live, type LiveOptions, type LiveState } from './feed.ts';
export { Completeness, Jobs, Reconciles, type DaysQuery, type ReconcileQuery } from './proof.ts';
export type { FeedPlace, LiveEvent } from './queue.ts';
export { Cdrs, type CdrPatch, type CdrQuery, type CdrSearch, type ChangesQuery, type PageQuery } from './records.ts';
export { Rejects, type RejectFilter, type RejectQuery } from './rejects.ts';
export type { CallOptions, ConnectOptions } from './request.ts';
export type { RunningQuery, Stats, StatsQuery } from './stats.ts';
export { Table, type AuditQuery } from './tables.ts';
export { Webhooks, type DeliveryQuery } from './webhooks.ts';
export { ApiError, type ProblemDocument } from './trouble.ts';

export interface Client {
  cdrs: Cdrs;
  calls: Calls;
  companies: Companies;
  extensions: Extensions;
  dids: Dids;
  trunks: Trunks;
  endpoints: Endpoints;
  users: Users;
  tokens: Tokens;
  /** The newest first, or with `after` the oldest first. */
  audit: Audit;
  rejects: Rejects;
  jobs: Jobs;
  /** Whose records retention leaves alone. */
  holds: Holds;
  /** Where changes are posted to. */
  webhooks: Webhooks;
  /** Calls counted. */
  stats: Stats;
  completeness: Completeness;
  reconciles: Reconciles;
  /** Looks at Asterisk, its files, its table and at the daemon. */
  doctor: ReturnType<typeof doctorOf>;
  session: {
    /** Logs in; from now on the session counts, where there is no token. */
    login(name: string, password: string, call?: CallOptions): Promise<Session>;
    /** Who one is, and what one sees. */
    get(call?: CallOptions): Promise<Session>;
    logout(call?: CallOptions): Promise<void>;
    /** The own one; all other sessions end. @throws ApiError 403 when `current` is wrong */
    changePassword(current: string, next: string, call?: CallOptions): Promise<void>;
  };
  /** What changes, as it happens; goes on by itself after a cut. */
  live(options?: LiveOptions): Live;
}

/** Asks nothing yet: the first call does. */
export function connect(options: ConnectOptions): Client {
  const requests = new Requests(options);
  const session = '/api/v1/session';
  return {
    cdrs: new Cdrs(requests),
    calls: new Calls(requests),
    companies: new Table(requests, 'companies'),
    extensions: new Table(requests, 'extensions'),
    dids: new Table(requests, 'dids'),
    trunks: new Table(requests, 'trunks'),
    endpoints: new Table(requests, 'endpoints'),
    users: new Table(requests, 'users'),
    tokens: new Table(requests, 'tokens'),
    audit: auditOf(requests),
    rejects: new Rejects(requests),
    jobs: new Jobs(requests),
    holds: new Holds(requests),
    webhooks: new Webhooks(requests),
    stats: statsOf(requests),
    completeness: new Completeness(requests),
    reconciles: new Reconciles(requests),
    doctor: doctorOf(requests),
    session: {
      login: (name, password, call = {}) => requests.ask('POST', session, { ...call, body: { name, password } }),
      get: (call = {}) => requests.ask('GET', session, call),
      logout: (call = {}) => requests.ask('DELETE', session, call),
      changePassword: (current, next, call = {}) =>
        requests.ask('POST', `${session}/password`, { ...call, body: { current, new: next } }),
    },
    live: (live = {}) => new Live(requests, live),
  };
}
