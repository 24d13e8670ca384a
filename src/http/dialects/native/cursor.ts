// Where to go on in a list, as a client is told it: an id, or where the order is by start, a text that nobody should read.
import type { StoredCdr } from '../../../cdr/cdr.ts';
import type { Order, Place } from '../../../cdr/query.ts';

export type Cursor = string | number;

/** The place of a record in an order. */
export function cursorOf({ id, start }: Pick<StoredCdr, 'id' | 'start'>, order: Order | undefined): Cursor {
  return cursorAt(order?.endsWith('start') ? { start, id } : id);
}

/** query.ts reads it back. */
export function cursorAt(place: Place): Cursor {
  return typeof place === 'number' ? place : Buffer.from(`start:${place.start}:${place.id}`).toString('base64url');
}
