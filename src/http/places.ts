// Where a page begins: after a place or before one, never both; the same for every list that can be walked both ways.
import { ClientError } from '../errors.ts';

/** @throws ClientError 400 when both are given: a page goes one way. */
export function demandOneWay({ after, before }: { after?: unknown; before?: unknown }): void {
  if (after === undefined || before === undefined) return;
  const message = 'cannot be given together with after';
  throw new ClientError(400, `before: ${message}`, [{ field: 'before', message }]);
}
