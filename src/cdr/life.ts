// One life of Asterisk as its numbered records tell it, in columns: a day of a busy PBX is hundreds of thousands of them. Pure.
import type { Cdr, Micros } from './cdr.ts';

/** What of a record is looked at. */
export type Numbered = Pick<Cdr, 'start' | 'timeOrigin' | 'channel' | 'dstchannel' | 'disposition'> & {
  sequence: number;
  ended: Micros;
};

/** By how much clocks are put back in autumn, at most: times whose origin is `doubled` may be so much later. */
export const foldMicros = 3_600_000_000;

const columns = ['sequence', 'start', 'ended', 'channel', 'dialed'] as const;
type Column = (typeof columns)[number];

const single: ReadonlySet<string> = new Set(['NO ANSWER', 'FAILED', 'BUSY', 'UNKNOWN']);

export class Life {
  size = 0;
  /** A record of an unanswered single channel is there: unanswered=yes was set. */
  writesUnanswered = false;
  #columns = Object.fromEntries(columns.map((name) => [name, new Float64Array(16)])) as Record<
    Column,
    Float64Array<ArrayBuffer>
  >;
  readonly #numbers = new Map<number, Uint32Array>();

  push({ sequence, start, ended, channel, dstchannel, disposition, timeOrigin }: Numbered): void {
    if (this.size === this.#columns.sequence.length) this.#grow();
    const atMost = timeOrigin === 'doubled' ? ended + foldMicros : ended;
    const told = { sequence, start, ended: atMost, channel: keyOf(channel), dialed: keyOf(dstchannel) };
    for (const name of columns) this.#columns[name][this.size] = told[name];
    this.size += 1;
    if (dstchannel === '' && single.has(disposition)) this.writesUnanswered = true;
    const [page, word, bit] = placeOf(sequence);
    const words = this.#numbers.get(page) ?? new Uint32Array(pageNumbers / 32);
    words[word]! |= bit;
    this.#numbers.set(page, words);
  }

  has(sequence: number): boolean {
    const [page, word, bit] = placeOf(sequence);
    return ((this.#numbers.get(page)?.[word] ?? 0) & bit) !== 0;
  }

  /** A column in the order in which the records were pushed; `channel` and `dialed` are keys, 0 for none. */
  of(name: Column): Float64Array {
    return this.#columns[name].subarray(0, this.size);
  }

  #grow(): void {
    // The old column is given back at once: left for the collector, it is as much memory again.
    for (const name of columns)
      this.#columns[name] = new Float64Array(this.#columns[name].buffer.transfer(this.size * 2 * 8));
  }
}

/** Numbers lie close together: a bit each, in pages. */
const pageNumbers = 4096;

function placeOf(sequence: number): [page: number, word: number, bit: number] {
  const at = sequence % pageNumbers;
  return [Math.floor(sequence / pageNumbers), at >>> 5, 1 << (at & 31)];
}

/** A hash of 53 bits (two of FNV-1a's kind side by side): among a million channels two agree once in 18,000 days. */
function keyOf(channel: string | null): number {
  if (!channel) return 0;
  let [low, high] = [0x811c9dc5, 0x9747b28c];
  for (let at = 0; at < channel.length; at++) {
    const code = channel.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b);
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}
