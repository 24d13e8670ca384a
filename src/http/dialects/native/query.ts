// Our own query parameters: their schema, and what they mean.
import { Type, type Static } from 'typebox';
import { dispositions } from '../../../cdr/cdr.ts';
import type { CdrQuery, Within } from '../../../cdr/query.ts';
import { parseIso } from '../../../cdr/time.ts';
import { ClientError } from '../../../errors.ts';

const text = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 255, description }));

export const listQuery = (pageRows: number) =>
  Type.Object(
    {
      after: Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        default: 0,
        description: 'only ids above this one',
      }),
      limit: Type.Integer({
        minimum: 1,
        maximum: pageRows,
        default: Math.min(100, pageRows),
        description: 'most records in the answer',
      }),
      from: text('start of the record not before this time (RFC 3339)'),
      to: text('start of the record before this time (RFC 3339)'),
      company: text('handle of the calling or the called company, compared without case'),
      extension: text('calling or called extension'),
      system: text('name of the Asterisk'),
      disposition: Type.Optional(Type.Enum([...dispositions])),
    },
    { additionalProperties: false },
  );

export function toQuery(given: Static<ReturnType<typeof listQuery>>, within: Within): CdrQuery {
  const { after, limit, from, to, company, extension, system, disposition } = given;
  return {
    within,
    after,
    limit,
    ...(from === undefined ? {} : { from: instantOf('from', from) }),
    ...(to === undefined ? {} : { until: instantOf('to', to) }),
    ...(company === undefined ? {} : { company }),
    ...(extension === undefined ? {} : { extension }),
    ...(system === undefined ? {} : { system }),
    ...(disposition === undefined ? {} : { disposition }),
  };
}

function instantOf(field: string, text: string): number {
  // In a query string a literal + arrives as a space.
  const instant = parseIso(text.replace(/ (\d\d:\d\d)$/, '+$1'));
  if (instant !== undefined) return instant;
  const message = `"${text}" is not a time like 2026-11-22T03:15:29Z or 2026-11-22T04:15:29%2B01:00`;
  throw new ClientError(400, `${field}: ${message}`, [{ field, message }]);
}
