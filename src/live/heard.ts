// What is heard of the channels of one Asterisk, and of the line to it: between its source and the board.
import { Channels } from './channels.ts';
import type { ChannelEvent } from './event.ts';

/** What one source tells of. */
export interface Ear {
  readonly channels: Channels;
  hear(event: ChannelEvent): void;
  /** What was asked for says where a channel stands: no sign that events are heard. */
  recall(event: ChannelEvent): void;
  /** An event was not taken: there were too many. */
  dropped(): void;
  /** The line is up: what lived before may not live any more. */
  up(): void;
  down(): void;
  /** Why nothing of channels is heard, in a sentence; until something is. */
  mute(why: string): void;
}

export interface LiveSystem {
  name: string;
  isUp: boolean;
  channels: number;
  events: number;
  dropped: number;
  /** Why nothing is heard though the line is up; null while nobody knows of a reason. */
  mute: string | null;
}

/** So long after the line came or went, calls may go on of which nothing was heard. */
export const unsureMs = 30_000;

export interface Heard {
  channels: Channels;
  isUp: boolean;
  /** When the line came or went last, in milliseconds. */
  turned: number;
  events: number;
  dropped: number;
  mute: string | null;
}

export function newHeard(now: number): Heard {
  return { channels: new Channels(), isUp: false, turned: now, events: 0, dropped: 0, mute: null };
}

/** `stir` is called when something may have changed. */
export function earOf(heard: Heard, now: () => number, stir: () => void): Ear {
  return {
    channels: heard.channels,
    hear: (event) => {
      heard.events += 1;
      heard.mute = null;
      heard.channels.apply(event);
      stir();
    },
    recall: (event) => {
      heard.channels.apply(event);
      stir();
    },
    dropped: () => {
      heard.dropped += 1;
      heard.channels.lose();
    },
    up: () => {
      heard.isUp = true;
      heard.turned = now();
      heard.channels.all.forget();
      stir();
    },
    mute: (why) => (heard.mute = why),
    down: () => {
      if (heard.isUp) heard.turned = now();
      heard.isUp = false;
      // Whatever happens meanwhile is not heard.
      heard.channels.lose();
    },
  };
}
