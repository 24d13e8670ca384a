// One webhook: makes deliveries of the changes after its place, and sends them one after the other, the oldest first. What is not taken waits,
// and what comes after it, so a receiver hears things in their order; all of it is in the store, so any end of this process is harmless.
//
//     claim ─▶ oldest delivery that waits ──none──▶ make some of the next changes ──none──▶ wait for the feed
//       ▲            │ due                                                                   │
//       └────────────┴─ send, settle: delivered | waits again | dead ◀───────────────────────┘
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import type { Feed } from '../feed/feed.ts';
import type { Log } from '../log.ts';
import type { Delivery, Item } from '../store/deliveries.ts';
import type { Store } from '../store/store.ts';
import type { WebhookRow } from '../store/webhooks.ts';
import type { WebhookConfig } from './config.ts';
import { leaseMsOf, lookMs } from './lease.ts';
import { batchesOf, itemsOf, wantOf, type Want } from './message.ts';
import { Sender } from './sender.ts';
import { Settling, type IsLive, type Settled } from './settling.ts';

/** Rest after a fault of the store. */
const blindMs = 2000;
/** Changes that are read at once. */
const pageSize = 100;

export interface HookOptions {
  config: WebhookConfig;
  store: Store;
  feed: Feed;
  log: Log;
  /** Of cdrd. */
  version: string;
  isLive: IsLive;
}

export class Hook {
  /** Since the start: tries by how they ended; the last one of a dead letter is `dead`. */
  readonly counts = { delivered: 0, failed: 0, dead: 0 };
  readonly #options: HookOptions;
  readonly #runner = randomUUID();
  readonly #stop = new AbortController();
  readonly #want: Want;
  readonly #sender: Sender;
  readonly #settling: Settling;
  #wakeUp = new AbortController();
  /** Ours while it is there; its place may be further than what the store has. */
  #row: WebhookRow | undefined;
  /** The place that the store has, and when we last gave a sign of life. */
  #kept = 0;
  #signed = 0;
  #isBlind = false;
  /** Pings that somebody waits for: each is tried once at once, before what waits, so that its own answer is told. */
  readonly #pings: number[] = [];
  #run: Promise<void> | undefined;

  /** @throws ConfigError, ClientError for what "cdrd check" would have told */
  constructor(options: HookOptions) {
    const { config } = options;
    this.#options = options;
    const want = (this.#want = wantOf(config));
    this.#settling = new Settling({ ...options, webhook: config.name, seconds: config.settle_seconds, want });
    this.#sender = new Sender({ ...options, within: this.#want.within });
  }

  start(): void {
    this.#run ??= this.#loop();
  }

  /** Deliveries are made of all changes up to here; null while another daemon does it. */
  get place(): number | null {
    return this.#row?.place ?? null;
  }

  /** @param id - of a delivery that only tries the way */
  ping(id: number): void {
    this.#pings.push(id);
    this.wake();
  }

  /** There may be something to do. */
  wake(): void {
    this.#wakeUp.abort();
  }

  /** Sends nothing more. What is under way has `graceMs` for its answer; without one it is sent again at the next start. */
  async close(graceMs: number): Promise<void> {
    const cut = setTimeout(() => this.#sender.close(), graceMs);
    this.#stop.abort();
    this.wake();
    await this.#run;
    clearTimeout(cut);
    this.#sender.close();
  }

  async #loop(): Promise<void> {
    const { store, log, config } = this.#options;
    const { name: webhook } = config;
    while (!this.#stop.signal.aborted) {
      this.#wakeUp = new AbortController();
      try {
        const rest = await this.#step();
        if (this.#isBlind) log.info({ webhook }, 'the webhook has the store again');
        this.#isBlind = false;
        if (rest > 0) await this.#rest(rest);
      } catch (error) {
        if (!this.#isBlind) log.warn({ webhook, cause: messageOf(error) }, 'the webhook waits for the store');
        this.#isBlind = true;
        await this.#rest(blindMs);
      }
    }
    const leave = async () => {
      if (this.#row) await this.#keep(this.#row, []);
      await store.releaseWebhook(webhook, this.#runner);
    };
    await leave().catch((error: unknown) => log.warn({ webhook, cause: messageOf(error) }, 'a place was not kept'));
  }

  /** Milliseconds to rest then, unless somebody wakes it. @throws what the store throws */
  async #step(): Promise<number> {
    const { store, config } = this.#options;
    const row = (this.#row = await this.#claimed());
    if (!row) return lookMs;
    if (row.generation !== store.generation && !(await this.#resync(row))) return lookMs;
    const delivery = (await this.#nextPing()) ?? (await store.nextDelivery(config.name));
    if (this.#stop.signal.aborted) return 0;
    if (!delivery) return (await this.#make(row)) ? 0 : this.#settle(row);
    const wait = ((delivery.due ?? 0) - micros()) / 1000;
    return wait > 0 ? Math.min(wait, lookMs) : this.#send(delivery, row);
  }

  async #claimed(): Promise<WebhookRow | undefined> {
    const { store, feed, config } = this.#options;
    // A store in a file is one daemon's: whoever sent before is dead, and nobody comes after us.
    const isAlone = store.dialect === 'sqlite';
    const now = micros();
    if (this.#row && (isAlone || now - this.#signed < lookMs * 1000)) return this.#row;
    if (this.#row && (await store.keepWebhookAlive(config.name, this.#runner, now))) {
      this.#signed = now;
      return this.#row;
    }
    const deadBefore = isAlone ? now + 1 : now - leaseMsOf(config) * 1000;
    const place = config.from === 'beginning' ? 0 : feed.head;
    const claim = { name: config.name, runner: this.#runner, now, deadBefore, generation: store.generation, place };
    const row = await store.claimWebhook(claim);
    this.#signed = now;
    this.#kept = row?.place ?? 0;
    return row;
  }

  async #nextPing(): Promise<Delivery | undefined> {
    const id = this.#pings.shift();
    const ping = id === undefined ? undefined : await this.#options.store.delivery(id);
    return ping?.tries === 0 ? ping : undefined;
  }

  /** Of the next changes; false when there are none, or another daemon has taken over. */
  async #make(row: WebhookRow): Promise<boolean> {
    const { feed, config } = this.#options;
    const head = feed.head;
    if (row.place >= head) {
      if (row.place > this.#kept && micros() - this.#signed >= lookMs * 1000) await this.#keep(row, []);
      return false;
    }
    const changes = await feed.past(row.place, head, pageSize, () => true, this.#want.call !== null);
    const items = changes.flatMap((change) => itemsOf(change, this.#want, this.#settling.isOn));
    const waiting = this.#settling.waitingOf(changes, micros());
    row.place = changes.length < pageSize ? head : changes.at(-1)!.seq;
    const made = batchesOf(items, config.batch);
    // A crash reads again what was nothing to us: that is cheaper than a write for each commit of others.
    if (made.length === 0 && waiting.length === 0 && micros() - this.#signed < lookMs * 1000) return true;
    return this.#keep(row, made, { waiting });
  }

  /** Tells the calls that have come to rest; milliseconds to rest then, unless somebody wakes it. */
  async #settle(row: WebhookRow): Promise<number> {
    const { calls, waitMs } = await this.#settling.due(micros());
    if (calls.length === 0) return waitMs > 0 ? Math.min(waitMs, lookMs) : lookMs;
    const { items, ...rest } = await this.#settling.settle(calls, micros());
    await this.#keep(row, batchesOf(items, this.#options.config.batch), rest);
    return 0;
  }

  /**
   * The store was restored. The place is as it was when that was saved: all after it is told, some of it a second time.
   * False when another daemon has taken over.
   */
  #resync(row: WebhookRow): Promise<boolean> {
    const { store, feed } = this.#options;
    Object.assign(row, { place: Math.min(row.place, feed.head), generation: store.generation });
    return this.#keep(row, [], { resync: { type: 'resync', reason: 'generation', seq: row.place } });
  }

  /** False when another daemon has taken over. */
  async #keep(row: WebhookRow, items: Item[][], more: Partial<Settled> & { resync?: Item } = {}): Promise<boolean> {
    const { store, config } = this.#options;
    const { place, generation } = row;
    const now = micros();
    // Whatever becomes of it, the place in hand is no good without these deliveries.
    this.#row = undefined;
    const made = { ...more, place, generation, items };
    if (!(await store.makeDeliveries(config.name, this.#runner, made, now))) return false;
    this.#row = row;
    this.#kept = place;
    this.#signed = now;
    return true;
  }

  /** Tries a delivery once, and writes down what became of it. */
  async #send(delivery: Delivery, row: WebhookRow): Promise<number> {
    const { store, log, config } = this.#options;
    const tried = await this.#sender.send(delivery);
    // Cut off at the end of the daemon: as if it had not been tried.
    if (tried === null) return 0;
    const isPing = delivery.items.some(({ type }) => type === 'ping');
    const settled = await store.settleDelivery(delivery.id, config.name, this.#runner, tried, isPing);
    if (!settled) {
      this.#row = undefined;
      return 0;
    }
    const { state, last, status, detail } = tried;
    // What a receiver says may repeat what it was told: that is no matter of the log.
    const cause = status === null ? detail : `answered ${status}`;
    this.#signed = last;
    this.counts[state === 'pending' ? 'failed' : state] += 1;
    const told = { webhook: config.name, delivery: delivery.id };
    if (settled.failing === null && row.failing !== null) log.info(told, 'the webhook delivers again');
    if (state === 'pending' && row.failing === null)
      log.warn({ ...told, cause }, 'the webhook cannot deliver, it tries again');
    if (state === 'dead')
      log.error({ ...told, cause }, 'a delivery was given up; "cdrd webhook replay" sends it again');
    if (settled.dropped > 0) log.error({ ...told, dropped: settled.dropped }, 'too many dead letters, the oldest went');
    row.failing = settled.failing;
    return 0;
  }

  async #rest(ms: number): Promise<void> {
    const signal = this.#wakeUp.signal;
    if (this.#stop.signal.aborted) return;
    await delay(ms, undefined, { signal }).catch(() => undefined);
  }
}

function micros(): number {
  return Date.now() * 1000;
}
