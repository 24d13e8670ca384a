// What can be set for rows that could not be understood, and for how long records are kept.
import { Type, type Static } from 'typebox';
import { rejectsKept } from '../store/append.ts';

export const RejectsConfig = Type.Object(
  {
    keep: Type.Integer({
      minimum: 100,
      maximum: 1_000_000,
      default: rejectsKept,
      description:
        'most rejects kept; beyond it those not seen for longest go, of files and writers first, then of the source that has most, until a twentieth is free',
    }),
    keep_days: Type.Integer({
      minimum: 1,
      maximum: 36_500,
      default: 365,
      description: 'rejects that were not seen for so many days go (jobs.rejects)',
    }),
  },
  { additionalProperties: false, default: {} },
);
export type RejectsConfig = Static<typeof RejectsConfig>;

const closed = { additionalProperties: false };
const days = (what: string) => `${what} so many days after the end of their call, at least 1; off: never`;
const dayCount = (description: string, more: { default?: 'off' } = {}) =>
  Type.Union([Type.Literal('off'), Type.Integer({ minimum: 1, maximum: 36_500 })], { description, ...more });

export const RetentionConfig = Type.Object(
  {
    retention_days: dayCount(days('records are removed for good'), { default: 'off' }),
    anonymise_days: dayCount(days('records are anonymised'), { default: 'off' }),
    companies: Type.Array(
      Type.Object(
        {
          company: Type.String({ minLength: 1, maxLength: 255, description: 'handle, compared without case' }),
          retention_days: Type.Optional(dayCount(days('its records are removed'))),
          anonymise_days: Type.Optional(dayCount(days('its records are anonymised'))),
        },
        closed,
      ),
      {
        default: [],
        maxItems: 10_000,
        description: 'companies with days of their own; what one does not say is as above',
      },
    ),
  },
  { ...closed, default: {} },
);
export type RetentionConfig = Static<typeof RetentionConfig>;
