// The live calls that a reader of the feed has been told, over cut lines: whoever comes back is sent all there are again, and what is
// missing then is over. So a reader keeps calls by their linkedid, takes away what has ended, and needs to know of no line.
import type { Static } from 'typebox';
import type { LiveWhole, ToldLive } from '../http/livewords.ts';

export type NowEvent = Static<typeof ToldLive>;
export type NowWhole = Static<typeof LiveWhole>;

export class NowCalls {
  /** What the reader has, by system and linkedid; whether this line has told it, too. */
  readonly #known = new Map<string, { call: { system: string; linkedid: string }; isTold: boolean }>();

  /** Another line. */
  begin(): void {
    for (const one of this.#known.values()) one.isTold = false;
  }

  /** As the reader is told it; what it has already was `created` before. */
  hear(message: NowEvent): NowEvent {
    const key = nowKey(message);
    const isKnown = this.#known.has(key);
    if (message.op === 'ended') this.#known.delete(key);
    else this.#known.set(key, { call: message.call, isTold: true });
    return message.op === 'created' && isKnown ? { ...message, op: 'updated' } : message;
  }

  /** All there are were told: the others ended while the line was away, nobody knows how. */
  whole(): NowEvent[] {
    const over = [...this.#known.values()].filter(({ isTold }) => !isTold);
    return over.map(({ call: { system, linkedid } }) =>
      this.hear({ type: 'call', live: true, op: 'ended', call: { system, linkedid }, reason: 'unknown' }),
    );
  }
}

/** Of the two that wait for the reader, the later one, as the first was not there. */
export function nowAfter(waiting: NowEvent, next: NowEvent): NowEvent {
  return waiting.op === 'created' && next.op === 'updated' ? { ...next, op: 'created' } : next;
}

export function nowKey({ call: { system, linkedid } }: NowEvent): string {
  return `${system} ${linkedid}`;
}
