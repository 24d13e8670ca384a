// The live calls of all systems that tell of their channels: who hears them, and what is said when one begins, changes and ends.
// They have no place in the change sequence; the call of the same linkedid follows there, made of its records.
import type { Cdr } from '../cdr/cdr.ts';
import type { RuleSet } from '../rules/compile.ts';
import type { Tables } from '../rules/tables.ts';
import type { Log } from '../log.ts';
import type { Over } from './channel.ts';
import { Channels } from './channels.ts';
import { judgeBy, liveCall, type LiveCall } from './call.ts';
import type { ChannelEvent } from './event.ts';
import { endingFacts } from './facts.ts';

/** What one source tells of. */
export interface Ear {
  readonly channels: Channels;
  hear(event: ChannelEvent): void;
  /** An event was not taken: there were too many. */
  dropped(): void;
  /** The line is up: what lived before may not live any more. */
  up(): void;
  down(): void;
  /** Why nothing of channels is heard, in a sentence; until something is. */
  mute(why: string): void;
}

/** merged: its channels are part of the call `into` now. */
export interface Ending {
  reason: Over | 'merged';
  into: string | null;
  facts: Readonly<Record<string, string>>;
}

export interface LiveChange {
  op: 'created' | 'updated' | 'ended';
  /** As it was last, when it has ended. */
  call: LiveCall;
  ending: Ending | null;
}

export type LiveListener = (change: LiveChange) => void;

export interface LiveSystem {
  name: string;
  isUp: boolean;
  channels: number;
  events: number;
  dropped: number;
  /** Why nothing is heard though the line is up; null while nobody knows of a reason. */
  mute: string | null;
}

/** Events of one moment are one change: a call that begins is a dozen of them. */
const gatherMs = 50;
const sweepMs = 1000;

interface Heard {
  channels: Channels;
  isUp: boolean;
  events: number;
  dropped: number;
  mute: string | null;
}

export interface BoardOptions {
  /** The rules of each system. */
  rules: ReadonlyMap<string, RuleSet>;
  tables: () => Promise<Tables>;
  log: Log;
  /** In milliseconds. */
  now?: () => number;
}

export class LiveBoard {
  readonly #options: Required<BoardOptions>;
  readonly #systems = new Map<string, Heard>();
  readonly #listeners = new Set<LiveListener>();
  /** What listeners were told last; empty while nobody listens. */
  readonly #told = new Map<string, { call: LiveCall; text: string }>();
  #gathering: NodeJS.Timeout | undefined;
  #sweeping: NodeJS.Timeout | undefined;
  #isBlind = false;

  constructor(options: BoardOptions) {
    this.#options = { now: Date.now, ...options };
  }

  /** Systems that tell of their channels. */
  get systems(): LiveSystem[] {
    return [...this.#systems].map(([name, { channels, isUp, events, dropped, mute }]) => ({
      ...{ name, isUp, events, mute, channels: channels.all.live, dropped: dropped + channels.all.over },
    }));
  }

  /** For the source of a system; the same one every time. */
  ear(system: string): Ear {
    const heard = this.#systems.get(system) ?? {
      channels: new Channels(),
      isUp: false,
      events: 0,
      dropped: 0,
      mute: null,
    };
    this.#systems.set(system, heard);
    this.#sweeping ??= setInterval(() => this.#sweep(), sweepMs).unref();
    return {
      channels: heard.channels,
      hear: (event) => {
        heard.events += 1;
        heard.mute = null;
        heard.channels.apply(event);
        this.#stir(heard);
      },
      dropped: () => {
        heard.dropped += 1;
        heard.channels.lose();
      },
      up: () => {
        heard.isUp = true;
        heard.channels.all.forget();
        this.#stir(heard);
      },
      mute: (why) => (heard.mute = why),
      down: () => {
        heard.isUp = false;
        // Whatever happens meanwhile is not heard.
        heard.channels.lose();
      },
    };
  }

  /** A record was stored, whoever told it: its channel is over, at the latest by it. */
  settle({ system, ...ended }: Pick<Cdr, 'system' | 'uniqueid' | 'linkedid' | 'dstchannel'>): void {
    this.#systems.get(system)?.channels.settle(ended, this.#options.now() * 1000);
  }

  /** All live calls, the oldest first. Rejects when the store cannot be read. */
  async calls(): Promise<LiveCall[]> {
    const tables = await this.#options.tables();
    const calls = [...this.#systems].flatMap(([system, { channels }]) =>
      [...channels.all.calls].flatMap((linkedid) => this.#make(system, linkedid, tables) ?? []),
    );
    return calls.sort((one, other) => one.start - other.start);
  }

  /** `listener` hears every change of the calls that `begin` is given. Gives back how to end it. Rejects when the store cannot be read. */
  async listen(listener: LiveListener, begin: (calls: LiveCall[]) => void): Promise<() => void> {
    const tables = await this.#options.tables();
    if (this.#listeners.size === 0) for (const { channels } of this.#systems.values()) this.#mark(channels);
    this.#tell(tables);
    begin([...this.#told.values()].map(({ call }) => call));
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#told.clear();
    };
  }

  close(): void {
    clearInterval(this.#sweeping);
    clearTimeout(this.#gathering);
    this.#listeners.clear();
  }

  #mark({ all }: Channels): void {
    for (const linkedid of all.calls) all.dirty.add(linkedid);
  }

  #sweep(): void {
    for (const heard of this.#systems.values()) {
      heard.channels.sweep(this.#options.now() * 1000);
      this.#stir(heard);
    }
  }

  #stir({ channels: { all } }: Heard): void {
    if (this.#listeners.size === 0) all.dirty.clear();
    else if (all.dirty.size > 0) this.#gathering ??= setTimeout(() => void this.#gather(), gatherMs);
  }

  async #gather(): Promise<void> {
    try {
      const tables = await this.#options.tables();
      this.#gathering = undefined;
      this.#isBlind = false;
      this.#tell(tables);
    } catch (error) {
      // What is dirty stays so: the next sweep tries again.
      this.#gathering = undefined;
      if (!this.#isBlind) this.#options.log.warn({ err: error }, 'live calls cannot be told: the store is away');
      this.#isBlind = true;
    }
  }

  #tell(tables: Tables): void {
    for (const [system, { channels }] of this.#systems) {
      const dirty = [...channels.all.dirty];
      channels.all.dirty.clear();
      for (const linkedid of dirty) {
        const change = this.#changeOf(system, linkedid, tables);
        if (change) for (const listener of this.#listeners) listener(change);
      }
    }
  }

  #changeOf(system: string, linkedid: string, tables: Tables): LiveChange | null {
    const key = keyOf({ system, linkedid });
    const before = this.#told.get(key);
    const call = this.#make(system, linkedid, tables);
    if (call === null) {
      this.#told.delete(key);
      return before ? { op: 'ended', call: before.call, ending: endingOf(before.call) } : null;
    }
    const text = JSON.stringify({ ...call, legs: call.legs.map((leg) => ({ ...leg, channels: null })) });
    if (before?.text === text) return null;
    this.#told.set(key, { call, text });
    return { op: before ? 'updated' : 'created', call, ending: null };
  }

  #make(system: string, linkedid: string, tables: Tables): LiveCall | null {
    const rules = this.#options.rules.get(system);
    const channels = this.#systems.get(system)!.channels.all.call(linkedid);
    return rules && channels.length > 0 ? liveCall(system, linkedid, channels, judgeBy(rules, tables)) : null;
  }
}

/** Names a live call among those of all systems. */
export function keyOf({ system, linkedid }: Pick<LiveCall, 'system' | 'linkedid'>): string {
  return `${system} ${linkedid}`;
}

/** What its channels say by now. */
function endingOf({ linkedid, legs }: LiveCall): Ending {
  const channels = legs.flatMap(({ channels: { a, b } }) => (b ? [a, b] : [a]));
  const into = channels.find((channel) => channel.over === null && channel.linkedid !== linkedid)?.linkedid ?? null;
  const reason = (['unknown', 'cdr'] as const).find((word) => channels.some(({ over }) => over === word)) ?? 'hangup';
  const told = legs.map(({ channels: { a, b } }) => endingFacts(a, b));
  const facts = told.find((some) => some['ami_hangup_side'] !== undefined) ?? told.at(-1) ?? {};
  return { reason: into === null ? reason : 'merged', into, facts };
}
