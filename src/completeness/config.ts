// What can be set for the proof that nothing is missing: when a record counts as missing, and how often that is looked at.
import { Type, type Static } from 'typebox';

export const CompletenessConfig = Type.Object(
  {
    grace_seconds: Type.Integer({
      minimum: 0,
      maximum: 86_400,
      default: 600,
      description:
        'a record that one source has shown counts as missing in the other so long after its end, or after it came here where that is later; Asterisk may hold back rows for 300 s (cdr.conf, batch)',
    }),
    call_seconds: Type.Integer({
      minimum: 60,
      maximum: 604_800,
      default: 14_400,
      description: 'the longest call: numbers that were given out since may be of calls that still run',
    }),
    watch_days: Type.Integer({
      minimum: 1,
      maximum: 31,
      default: 7,
      description: 'days back from today that are looked at all the time: for the warnings, the metrics and /readyz',
    }),
    check_seconds: Type.Integer({
      minimum: 1,
      maximum: 86_400,
      default: 300,
      description: 'wait between two such looks; a day in which nothing changed is not read again',
    }),
  },
  { additionalProperties: false, default: {} },
);
export type CompletenessConfig = Static<typeof CompletenessConfig>;
