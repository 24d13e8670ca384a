// All who listen to the feed, however they came: how many may, who is still there, whose token still counts, and the goodbye.
import { ClientError } from '../errors.ts';
import { isSession, sessionOver, type Principal } from './auth.ts';
import type { LiveCaller, LiveContext, LiveStats } from './context.ts';
import { cutMs } from './livesession.ts';
import { principalKey } from './rates.ts';

/** A client as the room sees it. */
export interface LiveClient {
  /** The token it has shown, null when it came in another way or not yet. */
  readonly secret: string | null;
  /** null: it has not shown who it is yet. */
  readonly principal: Principal | null;
  /** Once per heartbeat. */
  ping(): void;
  /** Tells it how far it has come, where it cannot know. */
  progress(): void;
  /** Resolves when it is gone, at the latest after `limitMs`. The code and the reason are for those whose protocol has room for them. */
  end(code: number, reason: string, limitMs: number): Promise<void>;
}

const closingMs = 500;
/** Most sockets that have not shown a token yet: whoever has none must not lock out whoever has one. */
const strangersMax = 100;
/** A cut of the same principal from the same address is logged this often; the metrics count each. */
const cutQuietMs = 600_000;
const cutsRemembered = 1000;
/** A timer of Node fires at once when it is asked for more. */
const timerMax = 2 ** 31 - 1;

export class LiveClients {
  readonly stats: LiveStats = { clients: 0, frames: 0, bytes: 0, cuts: 0, replays: 0 };
  readonly #context: Pick<LiveContext, 'auth' | 'limits' | 'log'>;
  readonly #clients = new Set<LiveClient>();
  readonly #timers: NodeJS.Timeout[];
  readonly #cuts = new Map<string, number>();
  #ending: NodeJS.Timeout | undefined;
  #isClosing = false;
  #isChecking = false;
  #isBlind = false;

  constructor(context: Pick<LiveContext, 'auth' | 'limits' | 'log'>) {
    this.#context = context;
    const { live_ping_seconds: ping, live_check_seconds, live_progress_seconds: progress } = context.limits;
    // Listening is use: the session of somebody who does must not become idle between two checks.
    const check = Math.min(live_check_seconds, context.auth.sessions.idle / 2e6);
    this.#timers = [
      setInterval(() => this.#ping(), ping * 1000).unref(),
      setInterval(() => void this.#check(), check * 1000).unref(),
      setInterval(() => this.#progress(), progress * 1000).unref(),
    ];
  }

  /** Why this one is not let in, null while there is room; `principal` null for who is not known yet. */
  fullness(principal: Principal | null): string | null {
    const { live_clients: most, live_clients_per_principal: each } = this.#context.limits;
    if (this.#isClosing) return 'cdrd is stopping';
    if (this.#clients.size >= most) return `${most} clients are connected, no more are let in (limits.live_clients)`;
    const key = principal && principalKey(principal);
    const same = [...this.#clients].filter((client) => (client.principal && principalKey(client.principal)) === key);
    if (principal !== null) {
      const full = `${each} clients of ${principal.name} are connected, no more are let in`;
      return same.length < each ? null : `${full} (limits.live_clients_per_principal)`;
    }
    const strangers = Math.min(strangersMax, Math.ceil(most / 2));
    const crowd = `${strangers} clients have not shown a token yet, no more are let in without one`;
    return same.length < strangers ? null : `${crowd}; send yours in the Authorization header`;
  }

  /** Lets one in who is known. @throws ClientError 503 when there is no room. */
  enter(client: LiveClient): () => void {
    const full = this.fullness(client.principal);
    if (full !== null) throw new ClientError(503, full);
    return this.add(client);
  }

  /** Until the returned function is called. */
  add(client: LiveClient): () => void {
    this.#clients.add(client);
    this.stats.clients = this.#clients.size;
    if (client.principal?.ends !== undefined) this.#endSessions();
    return () => {
      this.#clients.delete(client);
      this.stats.clients = this.#clients.size;
    };
  }

  /** Each learns how far it has come, then it is said goodbye to (1001), then hung up on. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#ending);
    this.#progress();
    await Promise.all([...this.#clients].map((client) => client.end(1001, 'cdrd is stopping', closingMs)));
  }

  #progress(): void {
    for (const client of this.#clients) client.progress();
  }

  /** Somebody took too little and is hung up on; said once in a while for each. */
  tellCut({ principal, address, log }: LiveCaller, reason: string): void {
    const key = `${principal ? principalKey(principal) : 'nobody'} ${address}`;
    const now = performance.now();
    if (now - (this.#cuts.get(key) ?? -Infinity) < cutQuietMs) return;
    this.#cuts.delete(key);
    this.#cuts.set(key, now);
    if (this.#cuts.size > cutsRemembered) this.#cuts.delete(this.#cuts.keys().next().value!);
    log.warn({ who: principal?.name ?? null, address, reason }, 'a client of the feed was cut, it will have to resume');
  }

  /** A client that missed a ping is gone. */
  #ping(): void {
    for (const client of [...this.#clients]) client.ping();
  }

  /** The end of a session that no use moves: at that moment, whether or not the store can be asked. */
  #endSessions(): void {
    clearTimeout(this.#ending);
    const now = this.#context.auth.now();
    let next = Infinity;
    for (const client of this.#clients) {
      const ends = client.principal?.ends ?? Infinity;
      if (ends <= now) void client.end(1008, sessionOver, cutMs);
      else next = Math.min(next, ends);
    }
    if (next < Infinity && !this.#isClosing)
      this.#ending = setTimeout(() => this.#endSessions(), Math.min(next - now, timerMax)).unref();
  }

  /** Whose token was revoked or whose session is over is shown out. Asking counts as use of a session. */
  async #check(): Promise<void> {
    // A store that is slow to answer must not gather checks.
    if (this.#isChecking) return;
    this.#isChecking = true;
    this.#endSessions();
    const { auth, log } = this.#context;
    try {
      for (const [secret, clients] of Map.groupBy([...this.#clients], (client) => client.secret)) {
        if (secret === null || (await auth.principalOf(secret))) continue;
        const reason = isSession(secret) ? sessionOver : 'the token was revoked';
        for (const client of clients) void client.end(1008, reason, cutMs);
      }
      this.#isBlind = false;
    } catch (error) {
      if (!this.#isBlind)
        log.warn({ err: error }, 'tokens and sessions of clients of the feed cannot be checked, trying again');
      this.#isBlind = true;
    } finally {
      this.#isChecking = false;
    }
  }
}
