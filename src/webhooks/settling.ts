// When calls are told: not while they go on. Asterisk writes the records of a call one by one, of a picked up phone or of a queue's Local
// channels minutes before the last, and until then a call that goes on looks like one that was missed.
//
//     changes ─▶ waits settle_seconds since its last change ─▶ due ─▶ nobody of it lives: told once, as what has become of it
//                     ▲                                         └──▶ it lives: waits on ──┐
//                     └───────────────────────────────────────────────────────────────────┘
import type { StoredCall } from '../cdr/call.ts';
import { callMatches } from '../cdr/callquery.ts';
import type { Micros } from '../cdr/cdr.ts';
import { hadCall, moved, viewOf } from '../http/livewish.ts';
import type { Change } from '../store/changelist.ts';
import type { ChangeItem } from '../store/deliveries.ts';
import type { Store } from '../store/store.ts';
import type { WaitingCall } from '../store/waiting.ts';
import type { Want } from './message.ts';

/** Whether channels of a call live, as far as is known. */
export type IsLive = (call: Pick<StoredCall, 'system' | 'linkedids'>) => boolean;

export interface SettlingOptions {
  webhook: string;
  /** 0: calls are told at once. */
  seconds: number;
  want: Want;
  store: Pick<Store, 'call' | 'waitingCalls'>;
  isLive: IsLive;
}

/** What became of those that were due. */
export interface Settled {
  items: ChangeItem[];
  told: number[];
  /** They live. */
  waiting: WaitingCall[];
}

export class Settling {
  readonly isOn: boolean;
  readonly #options: SettlingOptions;
  /** Some may have been left by a webhook of before, that was told to wait. */
  #mayWait = true;

  constructor(options: SettlingOptions) {
    this.#options = options;
    this.isOn = options.seconds > 0 && options.want.call !== null;
  }

  /** The calls of these changes, to be put down with the place behind them; the last change of each counts. */
  waitingOf(changes: readonly Change[], now: Micros): WaitingCall[] {
    const { want, seconds } = this.#options;
    const { call: filter, within } = want;
    if (!this.isOn || filter === null) return [];
    const calls = new Map<number, WaitingCall>();
    for (const { seq, calls: changed } of changes) {
      for (const change of changed) {
        const had = calls.get(change.id)?.had ?? hadCall(viewOf(change, within), filter, within);
        calls.set(change.id, { id: change.id, seq: seq - 1, had, due: now + seconds * 1e6 });
      }
    }
    return [...calls.values()];
  }

  /** Those that are due by now, or how long the first of them still waits; 0 for none. */
  async due(now: Micros): Promise<{ calls: WaitingCall[]; waitMs: number }> {
    const { store, webhook, seconds } = this.#options;
    const waiting = this.isOn || this.#mayWait ? await store.waitingCalls(webhook) : [];
    this.#mayWait = waiting.length > 0;
    if (!this.isOn) return { calls: waiting, waitMs: 0 };
    // A clock that was set back must not hold them.
    const calls = waiting.filter(({ due }) => due <= now || due > now + seconds * 1e6);
    const [first] = waiting;
    return { calls, waitMs: calls.length > 0 || !first ? 0 : (first.due - now) / 1000 };
  }

  async settle(due: readonly WaitingCall[], now: Micros): Promise<Settled> {
    const { store, want, seconds, isLive } = this.#options;
    const settled: Settled = { items: [], told: [], waiting: [] };
    for (const waiting of due) {
      const { id, seq, had } = waiting;
      const found = await store.call(id, want.within);
      const call = found?.id === id ? found : null;
      if (call && this.isOn && isLive(call)) {
        settled.waiting.push({ ...waiting, due: now + seconds * 1e6 });
        continue;
      }
      settled.told.push(id);
      const op = moved(
        had,
        call !== null && want.call !== null && callMatches(call, want.call, want.within),
        'updated',
      );
      const into = call === null && found ? { into: found.id } : {};
      if (op !== null && want.ops.includes(op)) settled.items.push({ type: 'call', op, seq, id, ...into });
    }
    return settled;
  }
}
