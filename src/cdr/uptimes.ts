// Numbered records in the order of their start, split into the lives of Asterisk that gave out their numbers. Pure.
//
// A local time of the autumn hour that happens twice is read as the first of two instants, so its record may stand an hour
// too early, with a number that comes later: then what follows looks like a fall. Such a record waits until its number is due:
//   read     12  105  13  14 …  104  106
//   taken    12   13  14 …  104  105  106
// Only a number between waits. Where the numbers fall below the last one, Asterisk was restarted.
import type { Micros } from './cdr.ts';
import { foldMicros, Life, type Numbered } from './life.ts';

/** Splits records into lives; `feed` each, then `end`, then read `lives`. */
export class Uptimes {
  readonly lives: Life[] = [];
  #last = -1;
  #second: Numbered[] = [];
  /** From the first record that may be an hour later to the last one before which it may belong. */
  #fold: Numbered[] = [];
  #foldEnd = -Infinity;

  /** Records come in the order of their start; within a second their number is their order. */
  feed(record: Numbered): void {
    const [first] = this.#second;
    if (first && secondOf(first.start) !== secondOf(record.start)) this.#endSecond();
    this.#second.push(record);
  }

  end(): void {
    this.#endSecond();
    this.#endFold();
  }

  #endSecond(): void {
    for (const record of this.#second.sort((a, b) => a.sequence - b.sequence)) {
      if (record.start > this.#foldEnd) this.#endFold();
      if (isDoubled(record)) this.#foldEnd = record.start + foldMicros;
      if (this.#foldEnd === -Infinity) this.#take(record);
      else this.#fold.push(record);
    }
    this.#second = [];
  }

  #endFold(): void {
    const lower = nextLower(this.#fold);
    let waiting: Numbered[] = [];
    const takeThose = (isDue: (record: Numbered) => boolean) => {
      for (const record of waiting.filter(isDue)) this.#take(record);
      waiting = waiting.filter((record) => !isDue(record));
    };
    for (const [at, record] of this.#fold.entries()) {
      const next = lower[at];
      if (isDoubled(record) && next && next.sequence > this.#last && next.start <= record.start + foldMicros) {
        waiting.push(record);
        waiting.sort((a, b) => a.sequence - b.sequence);
        continue;
      }
      const isFall = record.sequence < this.#last;
      if (waiting.length > 0)
        takeThose(({ sequence, start }) => isFall || sequence < record.sequence || start + foldMicros < record.start);
      this.#take(record);
    }
    takeThose(() => true);
    this.#fold = [];
    this.#foldEnd = -Infinity;
  }

  /** Clocks that are set and zones that are wrong make small falls; a restart begins from 0, and gives out numbers again. */
  #take(record: Numbered): void {
    const { sequence } = record;
    let life = this.lives.at(-1);
    if (!life || sequence * 2 < this.#last || life.has(sequence)) {
      life = new Life();
      this.lives.push(life);
      this.#last = -1;
    }
    life.push(record);
    this.#last = Math.max(this.#last, sequence);
  }
}

/** Of each record the next one with a lower number. */
function nextLower(records: readonly Numbered[]): (Numbered | undefined)[] {
  const found: (Numbered | undefined)[] = [];
  /** Places for which none was found yet; their numbers rise. */
  const open: number[] = [];
  for (const [at, record] of records.entries()) {
    while (open.length > 0 && records[open.at(-1)!]!.sequence > record.sequence) found[open.pop()!] = record;
    open.push(at);
  }
  return found;
}

const isDoubled = ({ timeOrigin }: Numbered): boolean => timeOrigin === 'doubled';

const secondOf = (micros: Micros): number => Math.floor(micros / 1e6);
