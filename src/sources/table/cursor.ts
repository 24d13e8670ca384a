// The stored cursor of a table source, and what it says of where the live reading began.
import type { IdCursor } from './byid.ts';
import type { TimeCursor } from './bytime.ts';
import type { Former } from './flavour.ts';

/** The live reading of one table began here; rows below are the backfill's. */
export interface Floor {
  by: 'id' | 'time';
  column: string;
  /** An id in decimal, or a time as the table writes it. Rows at it were read live. */
  from: string | number;
  /** How often the table was made anew. */
  epoch: number;
}

export function floorIn(text: string | null): Floor | null {
  const cursor = cursorIn(text);
  if (cursor?.from === undefined) return null;
  const epoch = cursor.by === 'id' ? (cursor.epoch ?? 0) : 0;
  return { by: cursor.by, column: cursor.column, from: cursor.from, epoch };
}

/** The id column that the table was read by last, and what its sequence had by itself: one number in older cursors. */
export function formerIn(text: string | null): Former {
  const cursor = cursorIn(text);
  const idColumn = (cursor?.by === 'id' ? cursor.column : cursor?.formerId) ?? null;
  return { idColumn, unfilled: [cursor?.unfilled ?? []].flat() };
}

/** Null for a cursor that is not ours to read: the table is read from its beginning, which loses nothing. */
export function cursorIn(text: string | null): IdCursor | TimeCursor | null {
  if (text === null) return null;
  try {
    const cursor = JSON.parse(text) as IdCursor | TimeCursor;
    if (cursor.by === 'id' && /^\d+$/.test(cursor.id) && typeof cursor.mark === 'string') return cursor;
    return cursor.by === 'time' && ['string', 'number'].includes(typeof cursor.time) ? cursor : null;
  } catch {
    return null;
  }
}
