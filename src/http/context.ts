// What a dialect may use.
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Completeness } from '../completeness/completeness.ts';
import type { Feed } from '../feed/feed.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { LiveBoard } from '../live/board.ts';
import type { Log } from '../log.ts';
import type { By } from '../store/audit.ts';
import type { JobRow } from '../store/jobs.ts';
import type { Store } from '../store/store.ts';
import type { Auth, Principal } from './auth.ts';
import type { LimitsConfig } from './config.ts';
import type { DialectsConfig } from './dialects/config.ts';
import type { DoctorReport } from './dialects/native/doctor.ts';
import type { ReportBuilder } from './dialects/telnyx/builder.ts';
import type { VendorDocument } from './documents/vendors.ts';
import type { Exports } from './export/exports.ts';
import type { Live } from './live.ts';
import type { Problem } from './problem.ts';
import type { WebhookDesk } from './webhookdesk.ts';

export interface HttpContext {
  store: Store;
  feed: Feed;
  live: Live;
  /** The calls that go on now. */
  board: LiveBoard;
  ingest: Ingest;
  jobs: JobDesk;
  auth: Auth;
  exports: Exports;
  /** Makes the reports that clients order. */
  reports: ReportBuilder;
  limits: LimitsConfig;
  /** What each dialect may be told. */
  dialects: DialectsConfig;
  /** Addresses and networks of reverse proxies that are believed. */
  trustedProxies?: readonly string[];
  log: Log;
  /** Of cdrd itself, for the documents. */
  version: string;
  /** The configured systems: name → zone of local times. */
  systems: ReadonlyMap<string, string>;
  completeness: Completeness;
  doctor: DoctorDesk;
  webhooks: WebhookDesk;
}

/** Looks at Asterisk, its files and tables, and at the daemon. */
export interface DoctorDesk {
  report(): Promise<DoctorReport>;
}

/** Scheduled work, to look at and to ask for. */
export interface JobDesk {
  /** The zone of the schedules. */
  timezone: string;
  list(): Promise<(JobRow & { cron: string; isRunning: boolean })[]>;
  /** Resolves when it has begun: false when it runs already, undefined when there is no such job. */
  run(name: string, by: By): Promise<boolean | undefined>;
}

/** One vendor's API (or ours) over the same store, registered encapsulated; what it owns stands in dialects/names.ts. */
export interface Dialect {
  /** Its routes, without the prefix of the listener. Errors that they throw go to `refuse`. */
  register(app: FastifyInstance, context: HttpContext): void;
  /**
   * Its envelope: any fault as its clients know it, also of addresses it does not have, methods, bodies that are no JSON.
   * The header Retry-After is set by then.
   */
  refuse: (reply: FastifyReply, problem: Problem) => FastifyReply;
  /** What it grants to pages of any origin, as the vendor does; absent: what the listener's `cors` says. */
  cors?: { methods: readonly string[]; headers: readonly string[] };
  /** Headers beside everybody's that pages of other origins need, where they are let in: what clients send, what answers tell. */
  headers?: { sent: readonly string[]; told: readonly string[] };
  /** Whether its routes stand in /openapi.json; a vendor's API is described by the vendor, and held by golden pairs here. */
  isDocumented: boolean;
  /** What /openapi.json?dialect=NAME says of a dialect that does not stand in /openapi.json; absent: there is no such document. */
  document?: VendorDocument;
}

/** What the feed uses of it. */
export type LiveContext = Pick<HttpContext, 'auth' | 'store' | 'feed' | 'limits' | 'log'> & {
  loginSeconds: number;
  board?: LiveBoard;
};

/** Who listens to the feed, as far as it is known when it begins. */
export interface LiveCaller {
  /** null: not known yet; it will show a token in its first message. */
  principal: Principal | null;
  secret: string | null;
  address: string;
  /** Names the request in each line. */
  log: Log;
}

/** Numbers of the feed for the metrics. */
export interface LiveStats {
  clients: number;
  frames: number;
  bytes: number;
  cuts: number;
  /** Subscriptions that began in the past. */
  replays: number;
}
