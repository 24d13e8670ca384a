// What can be set for this dialect, where its vendor's documents are silent.
import { Type, type Static } from 'typebox';

const word = <A extends string, B extends string>(a: A, b: B, description: string) =>
  Type.Union([Type.Literal(a), Type.Literal(b)], { default: a, description });
const number = (minimum: number, maximum: number, usual: number, description: string) =>
  Type.Integer({ minimum, maximum, default: usual, description });

export const TelnyxConfig = Type.Object(
  {
    report_days: number(1, 3650, 30, 'days after which a report expires: its link ends, and its text is removed'),
    report_window_days: number(1, 36_500, 30, 'records that began longer ago are in no report'),
    old_start: word(
      'shorten',
      'refuse',
      'a start_time before that window: shorten: the report begins with the window; refuse: 400',
    ),
    per_page: word('refuse', 'clamp', 'a per_page out of its bounds: refuse: 400; clamp: the nearest that is good'),
    reports: number(1, 100_000, 1000, 'most reports kept of one account'),
    report_rows: number(1, 1_000_000_000, 10_000_000, 'most lines of one report; one that would have more fails'),
    filters_as: word(
      'list',
      'string',
      'filters in answers: list: as they were sent; string: the same as one text of JSON',
    ),
    connections_as: word('strings', 'numbers', 'connections in answers; numbers: ids become numbers'),
    currency: Type.String({
      maxLength: 3,
      default: '',
      description: 'what the rates are in, like USD; empty: not told',
    }),
  },
  { additionalProperties: false, default: {}, description: 'Telnyx' },
);
export type TelnyxConfig = Static<typeof TelnyxConfig>;
