// Which of several equal rows of a file is this? Counted the same however the file is cut into batches, and at every import.
import type { RawRow } from '../../cdr/normalise.ts';
import { isCutOf } from '../../cdr/identity.ts';

/**
 * Equal rows are records that ended in the same second (`ForkCDR`), so they are written one after the other;
 * a saturated Asterisk writes some 800 records a second. Equal rows at least twice as far apart are one row that stands
 * in the file twice.
 */
export const windowMax = 1000;

/** Names in the vocabularies `table` and `api` of what cdr/identity.ts compares, besides the channel and the second. */
const compared = [
  ...['duration', 'billsec', 'disposition', 'channel', 'dstchannel', 'src', 'dst', 'dcontext', 'lastapp', 'lastdata'],
] as const;

type Face = readonly string[];

export class Twins {
  #families = new Map<string, Face[]>();
  #before = new Map<string, Face[]>();
  #count = 0;

  /** How many of the rows of its system before it, within the window, are equal to this one in all that identity compares. */
  nthOf({ fields }: RawRow, system: string | null): number {
    const start = textOf(fields['start'] ?? fields['calldate']);
    const key = `${system}\n${textOf(fields['uniqueid'])}\n${start.slice(0, 'YYYY-MM-DD HH:MM:SS'.length)}`;
    const face = compared.map((name) => textOf(fields[name]));
    const others = [...(this.#before.get(key) ?? []), ...(this.#families.get(key) ?? [])];
    const kept = this.#families.get(key);
    if (kept) kept.push(face);
    else this.#families.set(key, [face]);
    // Two halves: the window is never shorter than it says, and nothing has to be searched for to be forgotten.
    if (++this.#count === windowMax) {
      this.#before = this.#families;
      this.#families = new Map();
      this.#count = 0;
    }
    return others.filter((other) => other.every((word, at) => isSame(word, face[at]!))).length;
  }
}

function isSame(a: string, b: string): boolean {
  return a === b || isCutOf(a, b) || isCutOf(b, a);
}

function textOf(value: RawRow['fields'][string] | undefined): string {
  return value === null || value === undefined || typeof value === 'object' ? '' : String(value);
}
