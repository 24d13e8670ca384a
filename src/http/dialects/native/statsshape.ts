// What the statistics answer, for answers and documents: rows of counts, and the curve of calls that run at once.
import { Type, type Static } from 'typebox';
import { directions } from '../../../cdr/cdr.ts';
import { outcomes } from '../../../cdr/outcome.ts';
import type { Sums } from '../../../cdr/stats.ts';
import type { StatsClock } from '../../../cdr/statsclock.ts';
import { statsRowsMax, type StatsRow } from '../../../cdr/statsquery.ts';
import { hourMicros } from '../../../cdr/tiers.ts';
import { isoOf } from '../../../cdr/time.ts';
import { count, orNull, seq, text, time } from './answers.ts';

const closed = { additionalProperties: false };
const seconds = (description: string) => Type.Number({ minimum: 0, description: `${description}, in seconds` });
const sums = {
  calls: count('calls that began in the time'),
  answered: count('of them those that were answered'),
  asr: orNull(
    Type.Number({ minimum: 0, maximum: 1 }),
    'answered of all (answer-seizure ratio), 0 to 1; null: no calls',
  ),
  talk: seconds('talk time of all together'),
  acd: orNull(
    Type.Number({ minimum: 0 }),
    'talk time of an answered call on average, in seconds; null: none was answered',
  ),
  ring: seconds('ring time of all together'),
  rung: count('calls of which `ring` is the sum: something rang, and it is known how long'),
  records: count('records that the calls are made of'),
};

const own = {
  day: Type.String({ description: 'like 2026-11-22, of the clock of the zone' }),
  weekday: Type.Integer({ minimum: 1, maximum: 7, description: '1 Monday to 7 Sunday' }),
  hour: Type.Integer({ minimum: 0, maximum: 23, description: 'of the day' }),
  quarter: Type.Enum([0, 15, 30, 45], { description: 'of the hour, by its first minute' }),
  at: time('with day and hour: when the hour, or with quarter the quarter, begins; what comes twice is two rows'),
  company: text('that the calls concern, with what it sees of them; null: they concern none'),
  extension: Type.String({ description: 'that took part, was rung, or was meant and could not be' }),
  trunk: Type.String({ description: 'that the calls went over' }),
  direction: orNull(Type.Enum([...directions]), 'null: not known'),
  outcome: Type.Enum([...outcomes], { description: 'what became of the calls' }),
};
const optional = Object.fromEntries(
  Object.entries(own).map(([name, schema]) => [name, Type.Optional(schema)]),
) as unknown as { [Name in keyof typeof own]: Type.TOptional<(typeof own)[Name]> };

const place = orNull(
  seq,
  'place in the change sequence: all changes up to it are counted, none after it, so who listens from there goes on by adding; ' +
    'null: changes came while it was counted',
);

export const StatsRowShape = Type.Object(
  { ...optional, ...sums },
  {
    ...closed,
    title: 'StatsRow',
    description: 'Calls that have these in common. Only what was asked for by `by` is there.',
  },
);
export type StatsRowShape = Static<typeof StatsRowShape>;

export const StatsShape = Type.Object(
  {
    source: Type.Enum(['rollups', 'scan'], { description: 'kept counts, or a look at every call' }),
    because: text('why no kept counts could answer; null: they did'),
    from: time('first instant'),
    to: time('first instant after it'),
    zone: Type.String({ description: 'of day, weekday, hour and quarter' }),
    seq: place,
    total: Type.Object(sums, { ...closed, description: 'every call once, also where it is in several rows' }),
    rows: Type.Array(StatsRowShape, { maxItems: statsRowsMax, description: 'what has no calls is left out' }),
  },
  { ...closed, title: 'Stats' },
);
export type StatsShape = Static<typeof StatsShape>;

export const RunningShape = Type.Object(
  {
    source: Type.Enum(['rollups', 'scan'], { description: 'kept counts, or a look at every call' }),
    because: text('why no kept counts could answer; null: they did'),
    zone: Type.String({ description: 'of the steps' }),
    step: Type.String({ description: 'from one point to the next' }),
    seq: place,
    points: Type.Array(
      Type.Object(
        {
          at: time('when the step begins'),
          calls: count('calls that ran then'),
          peak: count('most calls that ran at a full minute of the step'),
        },
        { ...closed, title: 'RunningCalls' },
      ),
      { maxItems: statsRowsMax },
    ),
  },
  { ...closed, title: 'ConcurrentCalls' },
);
export type RunningShape = Static<typeof RunningShape>;

/** Every column of a row. */
export const statsColumns = [...Object.keys(own), ...Object.keys(sums)];

export function sumsTold({ calls, answered, talk, ring, rung, records }: Sums): Static<typeof StatsShape>['total'] {
  const asr = calls === 0 ? null : rounded(answered / calls);
  const acd = answered === 0 ? null : rounded(talk / answered / 1000);
  return { calls, answered, asr, talk: talk / 1000, acd, ring: ring / 1000, rung, records };
}

/** To the fourth digit. */
function rounded(number: number): number {
  return Math.round(number * 10_000) / 10_000;
}

/** `clock`: the one that the row was counted by. */
export function rowTold({ offset, ...row }: StatsRow, clock: StatsClock): StatsRowShape {
  const { day, weekday, hour, quarter, company, extension, trunk, direction, outcome } = row;
  const at = offset === undefined ? undefined : beginOf(day!, hour! * 60 + (quarter ?? 0), offset, clock);
  const key = { day, weekday, hour, quarter, at, company, extension, trunk, direction, outcome };
  const known = Object.entries(key).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(known), ...sumsTold(row) };
}

/** When a clock that stands at this offset shows so many minutes of a day, or what it shows first of the hour from then on, in UTC. */
function beginOf(day: string, minutes: number, offset: number, clock: StatsClock): string {
  const full = (Date.parse(`${day}T00:00:00Z`) + (minutes - offset) * 60_000) * 1000;
  // A jump of half an hour leaves the first half of an hour out, or shows only the second one twice.
  const piece = clock.pieces(full, full + hourMicros).find((one) => one.offset === offset);
  return isoOf(piece?.from ?? full);
}
