// Faults of what a client sent or asked for, by the field they are in.
import { ClientError } from '../../../errors.ts';

export function fault(field: string, message: string): ClientError {
  return new ClientError(400, `${field}: ${message}`, [{ field, message }]);
}

/** `what` as the vendor calls it. */
export function noSuch(what: string, id: number | string): ClientError {
  return new ClientError(404, `there is no ${what} ${String(id).slice(0, 50)}`);
}

/** Ids in a path are whole numbers and nothing else. @throws ClientError 404 */
export function idIn(text: string, what: string): number {
  const id = Number(text);
  if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(id)) return id;
  throw noSuch(what, text);
}

/** `5,139,474`. @throws ClientError 404 */
export function idsIn(text: string, what: string): number[] {
  return text.split(',').map((id) => idIn(id, what));
}
