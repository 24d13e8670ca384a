// Is this still the table we have read? A few rows handed over before, newest first, are looked for under their ids. Pure.
import { marksIn, type Birth } from './content.ts';
import type { TableRow } from './reader.ts';

/** An id in decimal and what its row is known by (content.ts, `marksIn`). */
export type Anchor = readonly [id: string, ...marks: string[]];

/** Which of the known rows are kept, counted from the newest: a few deleted rows must not look like another table. */
const steps = [0, 1, 3, 7, 15, 31, 63, 127, 255];

/** `known` holds what was handed over up to the cursor, about in the order of ids. */
export function anchorsOf(known: ReadonlyMap<bigint, { birth: Birth }>, cursor: bigint): Anchor[] {
  const newest = [...known.keys()].filter((id) => id <= cursor).slice(-(steps.at(-1)! + 1));
  newest.sort((a, b) => (a < b ? 1 : -1));
  return steps.filter((step) => step < newest.length).map((step) => anchor(newest[step]!, known));
}

function anchor(id: bigint, known: ReadonlyMap<bigint, { birth: Birth }>): Anchor {
  return [String(id), ...marksIn(known.get(id)!.birth)];
}

/**
 * `found` is what stands under the ids of the anchors now, each in all marks it may have had. The newest decides if it is there; without it the others
 * do, all of one mind; when none is there the table was emptied or made anew.
 */
export function isSameTable(anchors: readonly Anchor[], found: ReadonlyMap<string, readonly string[]>): boolean {
  const here = anchors.filter(([id]) => found.has(id));
  const [newest] = here;
  if (newest === undefined) return false;
  const isSame = ([id, ...marks]: Anchor): boolean => marks.some((mark) => found.get(id)!.includes(mark));
  return newest === anchors[0] ? isSame(newest) : here.every(isSame);
}

/** The rows that stand under the ids of anchors, for `isSameTable`. */
export function standing(
  rows: readonly TableRow[],
  idColumn: string,
  marksOf: (row: TableRow) => string[],
): Map<string, string[]> {
  return new Map(rows.map((row) => [String(row[idColumn]), marksOf(row)]));
}
