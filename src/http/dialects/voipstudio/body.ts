// Bodies that are objects of texts.
import type { Fault } from '../../../errors.ts';
import { ClientError } from '../../../errors.ts';
import { found } from '../../validate.ts';

/** `most`: the longest text of each. All must be there. @throws ClientError 400 with every fault */
export function textsIn(body: unknown, most: Readonly<Record<string, number>>): Record<string, string> {
  const given = objectIn(body);
  const faults: Fault[] = [];
  for (const [field, longest] of Object.entries(most)) {
    const value = given[field];
    if (typeof value === 'string' && value !== '' && value.length <= longest) continue;
    // What stands in the place of a secret is not said again.
    const what =
      typeof value === 'string' ? `has ${value.length} characters` : value === undefined ? 'is missing' : 'is no text';
    faults.push({ field, message: `${what}, expected a text of 1 to ${longest} characters` });
  }
  if (faults.length > 0) throw new ClientError(400, `${faults[0]!.field}: ${faults[0]!.message}`, faults);
  return given as Record<string, string>;
}

/** @throws ClientError 400 */
export function objectIn(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new ClientError(400, `the body is ${found(body)}, expected an object`);
}
