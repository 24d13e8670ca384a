// The client of cdrd's own API, for Node and browsers: fetch and WebSocket, nothing else. `connect` is where one begins.
import type { Session } from '../http/dialects/native/people.ts';
import { Live, type LiveOptions } from './feed.ts';
import {
  Cdrs,
  Table,
  type Audit,
  type Companies,
  type Dids,
  type Endpoints,
  type Extensions,
  type Trunks,
  type Tokens,
  type Users,
} from './records.ts';
import { Requests, type CallOptions, type ConnectOptions } from './request.ts';

export { Live, type LiveOptions, type LiveState } from './feed.ts';
export type { FeedPlace, LiveEvent } from './queue.ts';
export {
  Cdrs,
  Table,
  type CdrPatch,
  type CdrQuery,
  type CdrSearch,
  type ChangesQuery,
  type PageQuery,
} from './records.ts';
export type { CallOptions, ConnectOptions } from './request.ts';
export { ApiError, type ProblemDocument } from './trouble.ts';

export interface Client {
  cdrs: Cdrs;
  companies: Companies;
  extensions: Extensions;
  dids: Dids;
  trunks: Trunks;
  endpoints: Endpoints;
  users: Users;
  tokens: Tokens;
  /** The newest first, or with `after` the oldest first. */
  audit: Audit;
  session: {
    /** Logs in; from now on the session counts, where there is no token. */
    login(name: string, password: string, call?: CallOptions): Promise<Session>;
    /** Who one is, and what one sees. */
    get(call?: CallOptions): Promise<Session>;
    logout(call?: CallOptions): Promise<void>;
  };
  /** What changes, as it happens; goes on by itself after a cut. */
  live(options?: LiveOptions): Live;
}

/** Asks nothing yet: the first call does. */
export function connect(options: ConnectOptions): Client {
  const requests = new Requests(options);
  return {
    cdrs: new Cdrs(requests),
    companies: new Table(requests, 'companies'),
    extensions: new Table(requests, 'extensions'),
    dids: new Table(requests, 'dids'),
    trunks: new Table(requests, 'trunks'),
    endpoints: new Table(requests, 'endpoints'),
    users: new Table(requests, 'users'),
    tokens: new Table(requests, 'tokens'),
    audit: (query = {}, call = {}) => requests.ask('GET', '/api/v1/audit', { ...call, query: { ...query } }),
    session: {
      login: (name, password, call = {}) =>
        requests.ask('POST', '/api/v1/session', { ...call, body: { name, password } }),
      get: (call = {}) => requests.ask('GET', '/api/v1/session', call),
      logout: (call = {}) => requests.ask('DELETE', '/api/v1/session', call),
    },
    live: (live = {}) => new Live(requests, live),
  };
}
