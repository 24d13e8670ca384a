// Events of channels on their way from the guard to the live model: counted, and bounded, so that a flood of them costs calls their
// ringing and never a record. What is dropped here is told by the records of those calls.
import type { Ear } from '../../live/heard.ts';
import { channelEvents, EventReader, type ChannelEvent } from '../../live/event.ts';
import type { Log } from '../../log.ts';
import { bridgeEvents, Bridges } from './bridges.ts';
import type { Tap } from './guard.ts';

/** Events of channels a second, on average, and at once: 20 to 40 of them are one call. More are dropped, at the cost of a comparison. */
export const eventsPerSecond = 4000;
export const eventsAtOnce = 8000;
/** Records without any event of a channel for so long: the manager user has no right to them. */
const muteMs = 5000;

const wanted = new Set<string>(channelEvents);

export interface TapOptions {
  ear: Ear;
  log: Log;
  /** Of manager.conf, for the message. */
  username: string;
  /** Called after the model has taken the event. */
  onEvent: (event: ChannelEvent) => void;
  /** In milliseconds. */
  now: () => number;
  /** The manager user may not hear them; said once for the life of the source. */
  onMute?: ((sentence: string) => void) | undefined;
}

export class ChannelTap implements Tap {
  /** Who stands in which bridge, as it is asked for when the line is up. */
  readonly bridges = new Bridges();
  readonly #options: TapOptions;
  #reader: EventReader | null = null;
  #isAnswer = false;
  #room = eventsAtOnce;
  #filledAt: number;
  #isFlooded = false;
  #hasHeard = false;
  #mute: NodeJS.Timeout | undefined;
  #isToldMute = false;

  constructor(options: TapOptions) {
    this.#options = options;
    this.#filledAt = options.now();
  }

  begin(name: string): EventReader | null {
    // Answers come to a user who may hear no events, too.
    const isAnswer = bridgeEvents.has(name);
    if (!isAnswer && !wanted.has(name)) return null;
    if (!isAnswer) this.#hasHeard = true;
    const { ear } = this.#options;
    if (!this.#admit()) {
      ear.dropped();
      return null;
    }
    this.#isAnswer = isAnswer;
    this.#reader = new EventReader(name);
    return this.#reader;
  }

  finish(): void {
    const { ear, onEvent, now } = this.#options;
    const event = this.#reader!.read(now() * 1000);
    if (this.#isAnswer) {
      const entered = this.bridges.hear(event);
      if (entered) ear.recall(entered);
      return;
    }
    ear.hear(event);
    onEvent(event);
  }

  /** A record came: its channel must have been heard of, before or within a moment. */
  record(): void {
    if (this.#hasHeard || this.#isToldMute) return;
    this.#mute ??= setTimeout(() => this.#tellMute(), muteMs).unref();
  }

  close(): void {
    clearTimeout(this.#mute);
    this.#mute = undefined;
  }

  #tellMute(): void {
    this.#mute = undefined;
    if (this.#hasHeard) return;
    this.#isToldMute = true;
    const { log, username, onMute } = this.#options;
    const sentence =
      `ami.events is "calls", but Asterisk sends no events of channels to the user "${username}", only records: set read = cdr,call in ` +
      `section [${username}] of manager.conf there and run "manager reload"; until then there are no live calls`;
    log.warn(sentence);
    onMute?.(sentence);
  }

  /** A bucket of `eventsAtOnce` that fills by `eventsPerSecond`. */
  #admit(): boolean {
    const { now, log } = this.#options;
    if (this.#room < 1) {
      const at = now();
      this.#room = Math.min(eventsAtOnce, ((at - this.#filledAt) / 1000) * eventsPerSecond);
      this.#filledAt = at;
    }
    if (this.#room >= 1) {
      this.#room -= 1;
      return true;
    }
    if (!this.#isFlooded) {
      this.#isFlooded = true;
      log.warn(
        { eventsPerSecond },
        'more events of channels than live calls are followed by; records are not touched by it',
      );
    }
    return false;
  }
}
