// What can be set for this dialect, where its vendor's documents are silent.
import { Type, type Static } from 'typebox';

export const LaracopilotConfig = Type.Object(
  {
    timezone: Type.String({
      default: 'UTC',
      minLength: 1,
      description: 'zone of dates in requests that name none, IANA name; with date_format sql also of those in answers',
    }),
    date_format: Type.Union([Type.Literal('iso'), Type.Literal('sql')], {
      default: 'iso',
      description: 'iso: 2025-04-22T14:00:00.000000Z; sql: 2025-04-22 14:00:00',
    }),
    decimals: Type.Union([Type.Literal('number'), Type.Literal('text')], {
      default: 'number',
      description: 'cost and cost_per_minute: number: 0.096; text: "0.0960"',
    }),
  },
  { additionalProperties: false, default: {}, description: 'LaraCopilot' },
);
export type LaracopilotConfig = Static<typeof LaracopilotConfig>;
