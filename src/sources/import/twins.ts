// Which of several equal rows is this? Counted the same however files are cut into batches, and at every import.
import type { RawRow } from '../../cdr/normalise.ts';
import { isCutOf } from '../../cdr/cut.ts';
import { Seam, seamRows } from './seam.ts';

/**
 * Equal rows are records that ended in the same second (`ForkCDR`), so they are written one after the other;
 * a saturated Asterisk writes some 800 records a second. Equal rows at least twice as far apart are one row that stands
 * in the file twice.
 */
export const windowMax = seamRows;

/** Names in the vocabularies `table` and `api` of what cdr/identity.ts compares, besides the channel and the second. */
const compared = [
  ...['duration', 'billsec', 'disposition', 'channel', 'dstchannel', 'src', 'dst', 'dcontext', 'lastapp', 'lastdata'],
] as const;

type Face = readonly string[];

/** A row, and the system it names. */
export interface Counted {
  row: RawRow;
  system: string | null;
}

/** What is known of a file before its rows. */
export interface FileBegun {
  /** The same for the same file under whatever name; null: nobody knows. */
  identity: string | null;
  /** Whether Asterisk wrote it line by line: an export holds each record once, and none that is in another's half. */
  isLog: boolean;
  /** Its first rows, as many as `seamRows` and no more. */
  head: readonly Counted[];
  isWhole: boolean;
}

/** Of one file, or of the files of one command in their order. */
export class Twins {
  readonly #seam = new Seam();
  readonly #files = new Set<string>();
  #families = new Map<string, Face[]>();
  #before = new Map<string, Face[]>();
  #count = 0;

  /** How many of a file's first rows `begin` wants to see. */
  get headRows(): number {
    return this.#seam.isEmpty ? 0 : seamRows;
  }

  /** A further file: goes on counting where a rotation has parted rows, begins anew where rows are told again. */
  begin({ identity, isLog, head, isWhole }: FileBegun): void {
    const isKnown = identity !== null && this.#files.has(identity);
    if (identity !== null) this.#files.add(identity);
    const isRepeat = this.#seam.repeats({ faces: head.map(textOfRow), isWhole });
    if (isLog && !isKnown && !isRepeat) return;
    this.#families = new Map();
    this.#before = new Map();
    this.#count = 0;
  }

  /** How many of the rows of its system before it, within the window, are equal to this one in all that identity compares. */
  nthOf(row: RawRow, system: string | null): number {
    const { key, face } = faceOf({ row, system });
    this.#seam.pass(textOfFace(key, face));
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

function faceOf({ row: { fields }, system }: Counted): { key: string; face: Face } {
  const start = textOf(fields['start'] ?? fields['calldate']);
  const key = `${system}\n${textOf(fields['uniqueid'])}\n${start.slice(0, 'YYYY-MM-DD HH:MM:SS'.length)}`;
  return { key, face: compared.map((name) => textOf(fields[name])) };
}

function textOfRow(counted: Counted): string {
  const { key, face } = faceOf(counted);
  return textOfFace(key, face);
}

const textOfFace = (key: string, face: Face): string => `${key}\n${face.join('\n')}`;

function isSame(a: string, b: string): boolean {
  return a === b || isCutOf(a, b) || isCutOf(b, a);
}

function textOf(value: RawRow['fields'][string] | undefined): string {
  return value === null || value === undefined || typeof value === 'object' ? '' : String(value);
}
