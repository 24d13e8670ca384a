// What can be set for the way out: who may ask, how much at once. Where it listens is in listenerconfig.ts.
import { Type, type Static } from 'typebox';

export const AuthConfig = Type.Object(
  {
    first_token: Type.Union([Type.Literal('create'), Type.Literal('none')], {
      default: 'create',
      description: 'create: the first start makes an admin token and leaves it in data_dir/admin.token (mode 0600)',
    }),
    login_seconds: Type.Number({
      exclusiveMinimum: 0,
      maximum: 600,
      default: 5,
      description: 'how long a WebSocket client may take to show its token',
    }),
    session_idle_seconds: Type.Integer({
      minimum: 60,
      maximum: 31_536_000,
      default: 43_200,
      description: 'a session ends after so long without a request; listening to the feed counts as one',
    }),
    session_max_seconds: Type.Integer({
      minimum: 60,
      maximum: 31_536_000,
      default: 604_800,
      description: 'a session ends after so long in any case',
    }),
    login_tries: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 5,
      description:
        'wrong passwords for one name from one address within the window; 4 times as many per address, 20 times per name',
    }),
    login_window_seconds: Type.Integer({
      minimum: 1,
      maximum: 86_400,
      default: 300,
      description: 'window of login_tries',
    }),
    trusted_proxies: Type.Array(Type.String({ description: 'address or network of a reverse proxy' }), {
      default: [],
      maxItems: 100,
      description: 'reverse proxies whose X-Forwarded-For, -Host and -Proto are believed',
    }),
  },
  { additionalProperties: false, default: {} },
);

export const LimitsConfig = Type.Object(
  {
    body_bytes: Type.Integer({
      minimum: 1024,
      maximum: 268435456,
      default: 16777216,
      description: 'largest request body; the default holds 1000 records with every field at its longest',
    }),
    page_rows: Type.Integer({
      minimum: 1,
      maximum: 10000,
      default: 1000,
      description: 'most records in one answer of the native API',
    }),
    post_rows: Type.Integer({ minimum: 1, maximum: 1000, default: 1000, description: 'most records in one POST' }),
    reads_per_minute: Type.Integer({
      minimum: 0,
      maximum: 1e9,
      default: 0,
      description: 'most requests of one token or user that read; 0: no limit',
    }),
    writes_per_minute: Type.Integer({
      minimum: 0,
      maximum: 1e9,
      default: 0,
      description: 'most requests of one token or user that write; 0: no limit',
    }),
    exports: Type.Integer({ minimum: 1, maximum: 100, default: 4, description: 'most exports at once' }),
    export_rows: Type.Integer({
      minimum: 1,
      maximum: 1_000_000_000,
      default: 10_000_000,
      description: 'largest "limit" of an export; without a limit it has all there is',
    }),
    export_stall_seconds: Type.Number({
      exclusiveMinimum: 0,
      maximum: 3600,
      default: 30,
      description: 'how long the client of an export may take nothing before it is cut',
    }),
    stats_scan_seconds: Type.Number({
      exclusiveMinimum: 0,
      maximum: 3600,
      default: 30,
      description: 'longest look at every call, for statistics of which no counts are kept; it counts as an export',
    }),
    live_clients: Type.Integer({
      minimum: 1,
      maximum: 100000,
      default: 2000,
      description: 'most clients of the feed at once: WebSockets, event streams and waiting GET changes',
    }),
    live_clients_per_principal: Type.Integer({
      minimum: 1,
      maximum: 100000,
      default: 500,
      description: 'most of them of one token or user',
    }),
    live_subscriptions: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 16,
      description: 'most subscriptions of one WebSocket client',
    }),
    live_buffer_bytes: Type.Integer({
      minimum: 65536,
      maximum: 1073741824,
      default: 1048576,
      description: 'most unsent bytes per client of the feed before it is cut (close code 1013)',
    }),
    live_ping_seconds: Type.Number({
      exclusiveMinimum: 0,
      maximum: 3600,
      default: 30,
      description: 'heartbeat of the feed; a client that misses one is cut',
    }),
    live_check_seconds: Type.Number({
      exclusiveMinimum: 0,
      maximum: 3600,
      default: 5,
      description: 'a client of the feed whose token is revoked or whose session is over is shown out within so long',
    }),
    live_progress_seconds: Type.Number({
      exclusiveMinimum: 0,
      maximum: 3600,
      default: 15,
      description: 'how often a client of the feed whose filter rarely matches is told how far it has come',
    }),
    live_wait_seconds: Type.Integer({
      minimum: 0,
      maximum: 100,
      default: 60,
      description: 'longest wait of GET changes; connections that are silent for 120 s are closed',
    }),
    live_stall_seconds: Type.Number({
      exclusiveMinimum: 0,
      maximum: 3600,
      default: 30,
      description: 'how long a client may take nothing during replay',
    }),
    drain_seconds: Type.Number({
      minimum: 0,
      maximum: 600,
      default: 10,
      description: 'how long the sources may take to hand over what they hold at shutdown',
    }),
  },
  { additionalProperties: false, default: {} },
);

export type AuthConfig = Static<typeof AuthConfig>;
export type LimitsConfig = Static<typeof LimitsConfig>;
