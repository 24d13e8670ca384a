// Who stands in which bridge when the line comes up. AMI tells nothing of the past, but BridgeList and BridgeInfo tell the present, and both
// to any user who may log in (main/manager_bridges.c registers them without a class): `write = none` stays enough.
import { setTimeout as wait } from 'node:timers/promises';
import { foundEvent, type ChannelEvent } from '../../live/event.ts';
import type { Line } from './manager.ts';
import { orAborted } from './relay.ts';

/** Events of the answers, lower case. */
export const bridgeEvents: ReadonlySet<string> = new Set([
  ...['bridgelistitem', 'bridgelistcomplete', foundEvent, 'bridgeinfocomplete'],
]);

/** Bridges that are asked for, one after the other; calls in others are heard of with their next event. */
export const bridgesMax = 2000;
/** Longest wait for one answer; Asterisk needs a millisecond. */
const answerMs = 5000;

interface Asked {
  /** Whom it is asked for; null: for the list of all. */
  bridge: ChannelEvent | null;
  isWhole: () => void;
}

export class Bridges {
  readonly #asked = new Map<string, Asked>();
  #found: ChannelEvent[] = [];
  #last = 0;

  /** Takes an event of these. Gives back who stands in a bridge, with the headers of that; null where it tells of nobody. */
  hear(event: ChannelEvent): ChannelEvent | null {
    const { name, at, get } = event;
    const asked = this.#asked.get(get('actionid'));
    if (!asked) return null;
    if (name.endsWith('complete')) asked.isWhole();
    if (name === 'bridgelistitem' && this.#found.length < bridgesMax) this.#found.push(event);
    if (name !== foundEvent || asked.bridge === null) return null;
    const ofBridge = asked.bridge.get;
    return { name, at, get: (header) => (header.startsWith('bridge') ? ofBridge(header) : get(header)) };
  }

  /** Asks for all there are. Rejects with the reason of `signal`; ends early where Asterisk does not answer. */
  async recall(line: Pick<Line, 'ask'>, signal: AbortSignal): Promise<void> {
    this.#found = [];
    if (!(await this.#ask(line, { action: 'BridgeList' }, null, signal))) return;
    for (const bridge of this.#found) {
      const action = { action: 'BridgeInfo', bridgeuniqueid: bridge.get('bridgeuniqueid') };
      if (!(await this.#ask(line, action, bridge, signal))) return;
    }
  }

  /** False when it was not answered in time. A bridge that is gone by now is refused, and that is an answer. */
  async #ask(
    line: Pick<Line, 'ask'>,
    action: { action: string; [header: string]: string },
    bridge: ChannelEvent | null,
    signal: AbortSignal,
  ): Promise<boolean> {
    const actionid = String(++this.#last);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const late = new AbortController();
    this.#asked.set(actionid, { bridge, isWhole: () => resolve(true) });
    try {
      const answered = line.ask({ ...action, actionid }).then(({ response }) => response !== 'success' || promise);
      const inTime = wait(answerMs, false, { signal: late.signal, ref: false }).catch(() => false);
      return await orAborted(Promise.race([answered, inTime]), signal);
    } finally {
      late.abort();
      this.#asked.delete(actionid);
    }
  }
}
