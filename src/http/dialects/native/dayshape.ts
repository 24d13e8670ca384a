// The shape of a day as completeness tells it (completeness/shape.ts makes it).
import { Type, type Static } from 'typebox';
import { reasons } from '../../../cdr/sequence.ts';
import { verdicts } from '../../../completeness/days.ts';
import { count, orNull, time, timeOrNull } from './answers.ts';

const closed = { additionalProperties: false };
const number = (description: string) => orNull(count(''), `${description}; null: not counted`);

const Missing = Type.Object(
  {
    count: count('how many'),
    first: timeOrNull('end of the first of them'),
    last: timeOrNull('end of the last of them'),
    ids: Type.Array(count('of a record', 1), { description: 'some of them' }),
  },
  { ...closed, title: 'MissingRecords', description: 'Records that one side should have shown and has not.' },
);

const Uptime = Type.Object(
  {
    first: count('its lowest number'),
    last: count('its highest number'),
    records: count('records of it'),
    missing: count('numbers without a record'),
    since: time('start of its first record'),
    until: time('start of its last record'),
    restarted: Type.Boolean({ description: 'whether it began here: the numbers fell' }),
    unanswered_written: Type.Boolean({ description: 'whether Asterisk was seen to write unanswered calls' }),
  },
  { ...closed, title: 'Uptime', description: 'One life of Asterisk, as far as records tell of it.' },
);

const Hole = Type.Object(
  {
    from: count('the first number that no record has'),
    to: count('the last one'),
    count: count('how many', 1),
    dialed: count('how many of them are channels that were only dialed'),
    reason: orNull(
      Type.Enum(reasons.filter((reason) => reason !== 'dialed')),
      'why the others may be missing; null: all were dialed',
    ),
    after: time('start of the record before'),
    before: time('start of the record after'),
  },
  { ...closed, title: 'SequenceHole', description: 'Numbers that no record has, between two that have.' },
);

const Numbers = Type.Object(
  {
    unnumbered: count('records without a number'),
    missing: Type.Object(Object.fromEntries(reasons.map((reason) => [reason, count(reason)])), {
      ...closed,
      description: 'numbers that no record has, by what can explain it',
    }),
    uptimes: Type.Array(Uptime),
    holes: Type.Array(Hole),
    more: Type.Boolean({ description: 'whether there are more holes or uptimes than are told' }),
  },
  { ...closed, title: 'SequenceNumbers', description: 'What the numbers of Asterisk say.' },
);

const Lag = Type.Object(
  {
    records: count('how many it has shown'),
    max: Type.Number({ minimum: 0, description: 'longest, in seconds' }),
    p95: Type.Number({ minimum: 0, description: 'of 95 in 100, in seconds' }),
  },
  closed,
);

export const Day = Type.Object(
  {
    day: Type.String({ description: 'like 2026-11-22, in the zone of the system' }),
    system: Type.String({ description: 'the Asterisk' }),
    timezone: Type.String({ description: 'the zone of its days' }),
    from: time('its first instant'),
    until: time('the first instant of the next day'),
    verdict: Type.Enum([...verdicts], { description: 'all of it in a word' }),
    closed: Type.Boolean({ description: 'whether it is over, and nothing is waited for' }),
    compared: Type.Boolean({ description: 'false where only one source is configured' }),
    at: timeOrNull('when it was counted; null: not yet'),
    records: number('records that began on it'),
    both: number('shown by AMI and by the table'),
    ami_only: number('shown by AMI only'),
    table_only: number('shown by the table only'),
    other: number('shown by neither: written over HTTP, imported'),
    missing_in_table: orNull(Missing, 'what the table should have shown; null: not counted'),
    missing_in_ami: orNull(Missing, 'what AMI should have shown; null: not counted'),
    waiting: number('shown by one source, and the other may still show them'),
    uncompared: number('from before both sources were heard'),
    rejected: count(
      'rows of AMI, the table and files that could not be understood: rejects that were first seen on that day, kept or let go',
    ),
    let_go: count('of the rejected, those that are kept no longer because there were too many (rejects.keep)'),
    lost: count('rows that were dropped because a buffer was full'),
    healed: count('of the lost, those that came another way'),
    lag: Type.Unsafe<Record<string, Static<typeof Lag>> | null>({
      anyOf: [{ type: 'object', additionalProperties: Lag }, { type: 'null' }],
      description:
        'seconds from the end of a record to its commit, by source, but of records that ended before AMI or the table was first read; null: not counted',
    }),
    sequence: orNull(Numbers, 'null: no record has a number, or there are too many'),
    last_reconcile: timeOrNull('when a reconcile of the system last handed anything over'),
  },
  { ...closed, title: 'CompletenessDay' },
);
export type Day = Static<typeof Day>;

export const DayPage = Type.Object(
  {
    days: Type.Array(Day),
    after: Type.String({ description: 'ask again with this "after"' }),
    more: Type.Boolean({ description: 'whether there are more days' }),
  },
  { ...closed, title: 'CompletenessPage' },
);
export type DayPage = Static<typeof DayPage>;
