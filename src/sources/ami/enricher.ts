// Adds to the row of a Cdr event what the events of its channels told. Asterisk often raises the Cdr some milliseconds before the Hangup
// that says why: such a row waits for it, a moment at most, and never beyond the end of the line.
import { parseEpoch } from '../../cdr/time.ts';
import type { RawRow } from '../../cdr/normalise.ts';
import type { Channels } from '../../live/channels.ts';
import type { ChannelEvent } from '../../live/event.ts';
import { factsOf, type Told } from '../../live/facts.ts';

/** On a real Asterisk 22 the Hangup comes 0.1 to 3 ms after the Cdr. Records of a channel that lives on wait in vain. */
export const waitMs = 250;
/** Rows that wait at once; beyond it the oldest waits no longer. */
export const waitingMax = 500;

interface Waiting {
  fields: RawRow['fields'];
  uniqueid: string;
  timer: NodeJS.Timeout;
}

export class Enricher {
  readonly #channels: Channels;
  readonly #push: (fields: RawRow['fields']) => void;
  readonly #waiting = new Set<Waiting>();

  /** `push` takes each row once. */
  constructor(channels: Channels, push: (fields: RawRow['fields']) => void) {
    this.#channels = channels;
    this.#push = push;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** The row goes on at once, or when its channels are gone. */
  take(fields: RawRow['fields']): void {
    const told = this.#told(fields);
    if (told === null || told.isWhole || this.#isLossy(fields)) return this.#send(fields, told);
    const waiting: Waiting = {
      fields,
      uniqueid: textOf(fields, 'uniqueid'),
      timer: setTimeout(() => this.#release(waiting), waitMs),
    };
    this.#waiting.add(waiting);
    for (const oldest of this.#waiting) {
      if (this.#waiting.size <= waitingMax) break;
      this.#release(oldest);
    }
  }

  /** An event was taken by the model: who waited for it goes on. */
  heard({ name, get }: ChannelEvent): void {
    if (this.#waiting.size === 0 || name !== 'hangup') return;
    const channel = this.#channels.all.get(get('uniqueid'));
    if (!channel) return;
    const ids = new Set([channel.uniqueid, ...channel.pairs.flatMap(({ a, b }) => [a.uniqueid, b.uniqueid])]);
    for (const waiting of this.#waiting) {
      if (ids.has(waiting.uniqueid) && this.#told(waiting.fields)?.isWhole !== false) this.#release(waiting);
    }
  }

  /** Nothing more comes: all rows go on. */
  flush(): void {
    for (const waiting of this.#waiting) this.#release(waiting);
  }

  /** Events were dropped since its channel was last heard of: its Hangup may be among them, so there is nothing to wait for. */
  #isLossy(fields: RawRow['fields']): boolean {
    const { all } = this.#channels;
    return (all.get(textOf(fields, 'uniqueid'))?.losses ?? 0) < all.losses;
  }

  #release(waiting: Waiting): void {
    clearTimeout(waiting.timer);
    if (this.#waiting.delete(waiting)) this.#send(waiting.fields, this.#told(waiting.fields));
  }

  /** What somebody has mapped to one of these names himself stays. */
  #send(fields: RawRow['fields'], told: Told | null): void {
    for (const [name, value] of Object.entries(told?.facts ?? {})) fields[name] ??= value;
    this.#push(fields);
  }

  /** null: nothing is known of its channel. */
  #told(fields: RawRow['fields']): Told | null {
    const channel = this.#channels.all.get(textOf(fields, 'uniqueid'));
    if (!channel) return null;
    return factsOf(
      channel,
      textOf(fields, 'destinationchannel') || null,
      parseEpoch(textOf(fields, 'endepoch')) ?? null,
    );
  }
}

function textOf(fields: RawRow['fields'], name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value.trim() : '';
}
