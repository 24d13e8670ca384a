// The calls of now and those just ended, one line each that grows: while a call lives the feed tells its channels, when it is over the
// call made of its records takes their place in the same line. Pure: it is told events and says what there is.
import type { Call } from '../../http/dialects/native/callshape.ts';
import type { NativeLiveCall } from '../../http/dialects/native/liveshape.ts';
import type { LiveEvent } from '../../client/queue.ts';

export interface Row {
  /** Names the line as long as it is there. */
  key: string;
  /** While its channels are told; the last that was told of them. */
  live: NativeLiveCall | null;
  /** Made of its records; of a call that goes on, of those that came already. */
  call: Call | null;
  /** Why its channels are no more; null: they are there, or never were told. */
  reason: 'hangup' | 'cdr' | 'unknown' | null;
  /** When its end was heard, in milliseconds; null: it goes on, or nobody knows when it ended. */
  over: number | null;
  /** Who answered first, as far as it was told while it lived. */
  answeredBy: string | null;
  /** When its line was last changed by an event, in the order of events. */
  at: number;
  /** By which lines are sorted: the start of those that go on, the end of the others; in milliseconds. */
  place: number;
}

/** Ended calls that are kept: what is older is in Search. */
export const endedMax = 500;

export class Board {
  readonly #rows = new Map<string, Row>();
  readonly #byCall = new Map<number, string>();
  readonly #byLinked = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  readonly #now: () => number;
  /** Live calls that were told since the line came up. */
  #fresh = new Set<string>();
  #at = 0;
  #sorted: readonly Row[] | null = null;
  /** Changes ever heard. */
  changes = 0;
  /** The past was heard, or read. */
  isWhole = false;
  /** Whether some system tells of its live calls. */
  tellsLive = false;

  /** `now`: the daemon's clock in milliseconds, for calls that end without a record. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Calls that go on first, the newest on top; then the ended, the last ended on top. */
  get rows(): readonly Row[] {
    this.#sorted ??= [...this.#rows.values()].sort(
      (a, b) => Number(isLive(b)) - Number(isLive(a)) || b.place - a.place || (a.key < b.key ? 1 : -1),
    );
    return this.#sorted;
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The call made of its records, as far as it was told; null: it is not on the board. */
  callOf(id: number): Call | null {
    return this.rowOf(id)?.call ?? null;
  }

  /** The line of a call, by its id or as `nameOf` names it; null: it is not on the board. */
  rowOf(call: number | string): Row | null {
    const key = typeof call === 'number' ? this.#byCall.get(call) : this.#byLinked.get(call);
    return this.#rows.get(key ?? '') ?? null;
  }

  /** A page of the list that was read: what the feed has told since is newer. */
  fill(calls: readonly Call[]): void {
    for (const call of calls) {
      const known = this.#rows.get(this.#byCall.get(call.id) ?? '')?.call;
      if (!known || known.updated <= call.updated) this.#putCall(call);
    }
    this.isWhole = true;
    this.#trim();
    this.#tell();
  }

  /** The store is another one: nothing of before counts. */
  clear(): void {
    for (const map of [this.#rows, this.#byCall, this.#byLinked]) map.clear();
    this.#tell();
  }

  /** How many systems tell of their live calls, whether or not one goes on. */
  knowSystems(count: number): void {
    this.tellsLive = count > 0;
    this.#tell();
  }

  /** The line is up again, and all live calls come anew. */
  expectLive(): void {
    this.#fresh = new Set();
  }

  hear(event: LiveEvent): void {
    if (event.type === 'live_calls') return this.#endUntold();
    if (event.type !== 'call') return;
    this.changes += 1;
    if ('reason' in event) this.#endLive(event);
    else if ('live' in event) this.#putLive(event.call);
    else if ('start' in event.call) this.#putCall(event.call);
    else this.#drop(this.#byCall.get(event.call.id));
    this.#trim();
    this.#tell();
  }

  #putLive(call: NativeLiveCall): void {
    const name = nameOf(call);
    const row = this.#row(this.#byLinked.get(name) ?? name);
    this.#byLinked.set(name, row.key);
    this.#fresh.add(name);
    this.tellsLive = true;
    this.#set({ ...row, live: call, reason: null, over: null, answeredBy: row.answeredBy ?? talkingTo(call) });
  }

  #endLive({ call, reason }: { call: { system: string; linkedid: string }; reason: string }): void {
    const name = nameOf(call);
    const row = this.#rows.get(this.#byLinked.get(name) ?? '');
    if (!row) return;
    // It is part of another line now, or no longer ours to see.
    if ((reason === 'merged' || reason === 'left') && row.call === null) return this.#drop(row.key);
    if (reason === 'unknown') this.#set({ ...row, reason, over: null });
    else this.#set({ ...row, reason: reason === 'cdr' ? reason : 'hangup', over: this.#now() });
  }

  /** All live calls there are were told: what was live before, and was not told again, is over. */
  #endUntold(): void {
    for (const row of this.#rows.values()) {
      if (isLive(row) && !this.#fresh.has(nameOf(row.live!))) this.#set({ ...row, reason: 'unknown' });
    }
    this.#tell();
  }

  #putCall(call: Call): void {
    const names = call.linkedids.map((linkedid) => nameOf({ system: call.system, linkedid }));
    const known = this.#byCall.get(call.id) ?? names.map((name) => this.#byLinked.get(name)).find((key) => key);
    const row = this.#row(known ?? `call ${call.id}`);
    this.#byCall.set(call.id, row.key);
    for (const name of names) {
      const other = this.#byLinked.get(name);
      // Two lines that were one call.
      if (other !== undefined && other !== row.key && this.#rows.get(other)?.call == null) this.#drop(other);
      this.#byLinked.set(name, row.key);
    }
    this.#set({ ...row, call });
  }

  #row(key: string): Row {
    return this.#rows.get(key) ?? { ...blank, key };
  }

  #set(row: Row): void {
    this.#at += 1;
    this.#rows.set(row.key, { ...row, at: this.#at, place: placeOf(row) });
    this.#sorted = null;
  }

  #drop(key: string | undefined): void {
    const row = key === undefined ? undefined : this.#rows.get(key);
    if (!row) return;
    this.#rows.delete(row.key);
    if (row.call) this.#byCall.delete(row.call.id);
    const linked = [
      ...(row.live ? [nameOf(row.live)] : []),
      ...(row.call?.linkedids ?? []).map((linkedid) => nameOf({ system: row.call!.system, linkedid })),
    ];
    for (const name of linked) if (this.#byLinked.get(name) === row.key) this.#byLinked.delete(name);
    for (const name of linked) this.#fresh.delete(name);
    this.#sorted = null;
  }

  /** The oldest of the ended go; by a tenth at once, so that not every event sorts. */
  #trim(): void {
    if (this.#rows.size <= endedMax * 1.1) return;
    const ended = this.rows.filter((row) => !isLive(row));
    for (const row of ended.slice(endedMax)) this.#drop(row.key);
  }

  #tell(): void {
    this.#sorted = null;
    for (const listener of this.#listeners) listener();
  }
}

const blank = { live: null, call: null, reason: null, over: null, answeredBy: null, at: 0, place: 0 };

/** Whether its channels are there now. */
export function isLive(row: Row): boolean {
  return row.live !== null && row.reason === null;
}

/** Of a call by one of its linkedids. */
export function nameOf({ system, linkedid }: { system: string; linkedid: string }): string {
  return `${system} ${linkedid}`;
}

/** What `nameOf` put together. */
export function partsOf(name = ''): [system: string, linkedid: string] {
  const at = name.lastIndexOf(' ');
  return [name.slice(0, at), name.slice(at + 1)];
}

function placeOf(row: Row): number {
  if (isLive(row)) return Date.parse(row.live!.start);
  return row.call ? Date.parse(row.call.end) : (row.over ?? Date.parse(row.live!.start));
}

function talkingTo({ legs }: NativeLiveCall): string | null {
  return legs.find(({ state }) => state === 'talking' || state === 'held')?.to?.number ?? null;
}
