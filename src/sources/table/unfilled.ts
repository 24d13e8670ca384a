// A sequence that nobody told: Asterisk fills the column no more, not yet, or the row is from before there was one. Pure but for the reader.
import type { Flavour } from './flavour.ts';
import type { TableReader, TableRow } from './reader.ts';

/**
 * The same reader, whose rows have no sequence where it is what the column has by itself: it names no row then. Asterisk's
 * own number may be the same once in its life (0, the first record after its start); that row is told apart by its content.
 */
export function withoutUnfilled(reader: TableReader, { unfilled }: Pick<Flavour, 'unfilled'>): TableReader {
  if (unfilled.length === 0) return reader;
  const select: TableReader['select'] = async (narrow) => {
    const rows = await reader.select(narrow);
    for (const row of rows) if (isUnfilled(row, unfilled)) row['sequence'] = null;
    return rows;
  };
  return { ...reader, select };
}

/** A text of a number, too: not every column of numbers is of a type for them. */
function isUnfilled({ sequence = null }: TableRow, unfilled: readonly number[]): boolean {
  return sequence !== null && sequence !== '' && unfilled.includes(Number(sequence));
}
