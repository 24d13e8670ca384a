// What can be set for rows that could not be understood.
import { Type, type Static } from 'typebox';
import { rejectsKept } from '../store/append.ts';

export const RejectsConfig = Type.Object(
  {
    keep: Type.Integer({
      minimum: 100,
      maximum: 1_000_000,
      default: rejectsKept,
      description: 'most rejects kept; beyond it those not seen for longest go, a twentieth of them at once',
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
