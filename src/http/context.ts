// What a dialect may use.
import type { FastifyInstance } from 'fastify';
import type { Feed } from '../feed/feed.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import type { Auth } from './auth.ts';
import type { LimitsConfig } from './config.ts';
import type { Live } from './live.ts';

export interface HttpContext {
  store: Store;
  feed: Feed;
  live: Live;
  ingest: Ingest;
  auth: Auth;
  limits: LimitsConfig;
  /** Addresses and networks of reverse proxies that are believed. */
  trustedProxies?: readonly string[];
  log: Log;
  /** Of cdrd itself, for the documents. */
  version: string;
  /** The configured systems: name → zone of local times. */
  systems: ReadonlyMap<string, string>;
}

/** One vendor's API (or ours) over the same store: routes, errors and shapes of its own, registered encapsulated. */
export interface Dialect {
  name: string;
  register(app: FastifyInstance, context: HttpContext): void;
}

/** What the feed uses of it. */
export type LiveContext = Pick<HttpContext, 'auth' | 'store' | 'feed' | 'limits' | 'log'> & { loginSeconds: number };

/** Numbers of the feed for the metrics. */
export interface LiveStats {
  clients: number;
  frames: number;
  bytes: number;
  cuts: number;
}
