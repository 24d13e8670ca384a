// What a hold looks like when it is made, over the network and over the daemon's own socket alike.
import { Type, type Static } from 'typebox';
import { ClientError } from '../errors.ts';
import type { NewHold as Whole } from '../store/holds.ts';
import { trimmedPattern } from './validate.ts';

const text = (maxLength: number, description: string) =>
  Type.Optional(Type.Union([Type.String({ pattern: trimmedPattern, maxLength }), Type.Null()], { description }));

export const NewHold = Type.Object(
  {
    company: text(255, 'handle of a company, which must be known: all calls of its records are held'),
    number: text(64, 'or a number, with country code or without, as records have it: all calls in which it stands'),
    reason: text(255, 'why, for people'),
  },
  { additionalProperties: false, title: 'NewHold' },
);
export type NewHold = Static<typeof NewHold>;

/** @throws ClientError 400 unless it is of one thing */
export function wholeHold({ company = null, number = null, reason = null }: NewHold): Whole {
  if ((company === null) === (number === null)) {
    const message = 'expected a company or a number, one of them';
    throw new ClientError(400, `company: ${message}`, [{ field: 'company', message }]);
  }
  return { company, number, reason };
}
