// The live calls of all systems that tell of their channels: who hears them, and what is said when one begins, changes and ends.
// They have no place in the change sequence; the call of the same linkedid follows there, made of its records.
import type { StoredCall } from '../cdr/call.ts';
import type { Cdr } from '../cdr/cdr.ts';
import type { RuleSet } from '../rules/compile.ts';
import type { Tables } from '../rules/tables.ts';
import type { Log } from '../log.ts';
import type { Over } from './channel.ts';
import type { Channels } from './channels.ts';
import { judgeBy, liveCall, type LiveCall } from './call.ts';
import { endingFacts } from './facts.ts';
import { earOf, newHeard, unsureMs, type Ear, type Heard, type LiveSystem } from './heard.ts';

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

/** Events of one moment are one change: a call that begins is a dozen of them. */
const gatherMs = 50;
const sweepMs = 1000;
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
    const heard = this.#systems.get(system) ?? newHeard(this.#options.now());
    this.#systems.set(system, heard);
    this.#sweeping ??= setInterval(() => this.#sweep(), sweepMs).unref();
    return earOf(heard, this.#options.now, () => this.#stir(heard));
  }

  /** A record was stored, whoever told it: its channel is over, at the latest by it. */
  settle({ system, ...ended }: Pick<Cdr, 'system' | 'uniqueid' | 'linkedid' | 'dstchannel'>): void {
    this.#systems.get(system)?.channels.settle(ended, this.#options.now() * 1000);
  }

  /** Whether this call goes on, or may: soon after the line to its PBX came or went nobody knows. False where none tells of channels. */
  isLive({ system, linkedids }: Pick<StoredCall, 'system' | 'linkedids'>): boolean {
    const heard = this.#systems.get(system);
    if (heard === undefined) return false;
    if (this.#options.now() - heard.turned < unsureMs) return true;
    return heard.isUp && linkedids.some((linkedid) => heard.channels.all.call(linkedid).length > 0);
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
    const text = JSON.stringify({ ...call, origin: null, legs: call.legs.map((leg) => ({ ...leg, channels: null })) });
    if (before?.text === text) return null;
    this.#told.set(key, { call, text });
    return { op: before ? 'updated' : 'created', call, ending: null };
  }

  #make(system: string, linkedid: string, tables: Tables): LiveCall | null {
    const rules = this.#options.rules.get(system);
    const { all } = this.#systems.get(system)!.channels;
    const channels = all.call(linkedid);
    if (!rules || channels.length === 0) return null;
    return liveCall(system, linkedid, channels, judgeBy(rules, tables), all.origin(linkedid));
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
