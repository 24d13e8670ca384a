// All who listen to the feed, however they came: how many may, who is still there, whose token still counts, and the goodbye.
import { ClientError } from '../errors.ts';
import type { LiveContext, LiveStats } from './context.ts';
import { cutMs } from './livesession.ts';

/** A client as the room sees it. */
export interface LiveClient {
  /** The token it has shown, null when it came in another way or not yet. */
  readonly secret: string | null;
  /** It has not shown who it is yet. */
  readonly isStranger: boolean;
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

export class LiveClients {
  readonly stats: LiveStats = { clients: 0, frames: 0, bytes: 0, cuts: 0 };
  readonly #context: Pick<LiveContext, 'auth' | 'limits' | 'log'>;
  readonly #clients = new Set<LiveClient>();
  readonly #timers: NodeJS.Timeout[];
  #isClosing = false;
  #isChecking = false;
  #isBlind = false;

  constructor(context: Pick<LiveContext, 'auth' | 'limits' | 'log'>) {
    this.#context = context;
    const { live_ping_seconds: ping, live_progress_seconds: progress } = context.limits;
    this.#timers = [
      setInterval(() => void this.#beat(), ping * 1000).unref(),
      setInterval(() => this.#progress(), progress * 1000).unref(),
    ];
  }

  /** Why nobody more is let in, null while there is room. */
  fullness(isStranger: boolean): string | null {
    const most = this.#context.limits.live_clients;
    if (this.#isClosing) return 'cdrd is stopping';
    if (this.#clients.size >= most) return `${most} clients are connected, no more are let in (limits.live_clients)`;
    if (!isStranger) return null;
    const strangers = [...this.#clients].filter((client) => client.isStranger).length;
    const isCrowded = strangers >= Math.min(strangersMax, Math.ceil(most / 2));
    return isCrowded ? 'too many clients have not shown a token yet; send yours in the Authorization header' : null;
  }

  /** Lets one in who is known. @throws ClientError 503 when there is no room. */
  enter(client: LiveClient): () => void {
    const full = this.fullness(false);
    if (full !== null) throw new ClientError(503, full);
    return this.add(client);
  }

  /** Until the returned function is called. */
  add(client: LiveClient): () => void {
    this.#clients.add(client);
    this.stats.clients = this.#clients.size;
    return () => {
      this.#clients.delete(client);
      this.stats.clients = this.#clients.size;
    };
  }

  /** Each learns how far it has come, then it is said goodbye to (1001), then hung up on. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.#progress();
    await Promise.all([...this.#clients].map((client) => client.end(1001, 'cdrd is stopping', closingMs)));
  }

  #progress(): void {
    for (const client of this.#clients) client.progress();
  }

  /** A client that missed a ping is gone; a token that was revoked since is shown out. */
  async #beat(): Promise<void> {
    for (const client of [...this.#clients]) client.ping();
    // A store that is slow to answer must not gather beats.
    if (this.#isChecking) return;
    this.#isChecking = true;
    const { auth, log } = this.#context;
    try {
      for (const [secret, clients] of Map.groupBy([...this.#clients], (client) => client.secret)) {
        if (secret === null || (await auth.principalOf(secret))) continue;
        for (const client of clients) void client.end(1008, 'the token was revoked', cutMs);
      }
      this.#isBlind = false;
    } catch (error) {
      if (!this.#isBlind)
        log.warn({ err: error }, 'tokens of WebSocket clients cannot be checked, trying again at each heartbeat');
      this.#isBlind = true;
    } finally {
      this.#isChecking = false;
    }
  }
}
