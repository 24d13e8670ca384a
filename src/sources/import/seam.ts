// Where one file of a command ends and the next begins: do they overlap, or does a rotation part equal rows? Pure.
//
//   … x y z ▏y z r …     rows of the end stand at the beginning again    an overlap: what is equal is the same row
//   … x y r ▏r s t …     nothing but the one row does                    a rotation between two equal records
//
// Nobody can tell an overlap of exactly one row from a rotation between two equal ones; log rotation makes the second.

/** So many rows of a beginning are looked at, as many as equal rows may be apart; of an end twice as many. */
export const seamRows = 1000;

/** A file's beginning, as far as it is looked at. */
export interface Beginning {
  /** A row's text by which equal rows are found, for each of the first rows. */
  faces: readonly string[];
  /** Whether these are all rows of the file. */
  isWhole: boolean;
}

export class Seam {
  /** The last rows of all files before. */
  #tail: string[] = [];
  /** The first rows of the file in hand, and how many it has had. */
  #head: string[] = [];
  #count = 0;

  get isEmpty(): boolean {
    return this.#tail.length === 0;
  }

  /** Whether the rows of a file that begins so are told again, not further ones; it is the file in hand from now on. */
  repeats(next: Beginning): boolean {
    const last = { faces: this.#head, isWhole: this.#count <= seamRows };
    const isAgain = isRepeated(this.#tail.slice(-2 * seamRows), last, next);
    [this.#head, this.#count] = [[], 0];
    return isAgain;
  }

  pass(face: string): void {
    if (this.#count++ < seamRows) this.#head.push(face);
    if (this.#tail.push(face) >= 4 * seamRows) this.#tail = this.#tail.slice(-2 * seamRows);
  }
}

function isRepeated(tail: readonly string[], last: Beginning, next: Beginning): boolean {
  const ended = new Set(tail);
  const shared = new Set(next.faces.filter((face) => ended.has(face)));
  if (shared.size !== 1) return shared.size > 1;
  const [face] = shared;
  const isCopy = last.isWhole && next.isWhole && last.faces.join('\n') === next.faces.join('\n');
  const isAtSeam = tail.at(-1) === face && next.faces[0] === face;
  // A file of nothing else that does not meet the other at its edge was picked from it, as mended rejects are.
  const isPicked =
    !isAtSeam && [last, next].some(({ faces, isWhole }) => isWhole && faces.every((one) => one === face));
  return isCopy || isPicked;
}
