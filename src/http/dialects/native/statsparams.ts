// What the statistics may be asked: parameters of the address to a StatsQuery, or to the steps of a curve.
import { Type, type Static } from 'typebox';
import { directions, type Micros } from '../../../cdr/cdr.ts';
import { outcomes } from '../../../cdr/outcome.ts';
import { dimensions, type Dimension } from '../../../cdr/stats.ts';
import { statsRowsMax, type StatsQuery } from '../../../cdr/statsquery.ts';
import { bucketOf, beginOf, minuteMicros, type Tier } from '../../../cdr/tiers.ts';
import { boundsOf, dayAfter, dayOf, isDay, isZone, offsetOf, parseIso } from '../../../cdr/time.ts';
import type { Within } from '../../../cdr/wall.ts';
import { ClientError } from '../../../errors.ts';
import { found } from '../../validate.ts';

/** Longest span of one question. */
const daysMax = 3700;
const dayMicros = 86_400_000_000;

const text = (description: string, maxLength = 255) =>
  Type.Optional(Type.String({ minLength: 1, maxLength, description }));
const seconds = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description }));
const instant = (description: string) => Type.String({ minLength: 1, maxLength: 64, description });
export const spanParams = {
  from: instant('calls that began at this time or later: RFC 3339, or a day of the zone like 2026-11-01'),
  to: instant('calls that began before this time, or before this day'),
  zone: text('IANA name of the zone of days, weekdays, hours and quarters; UTC when absent', 64),
  company: text('handle of a company: the calls that it sees, as it sees them'),
};
const more = {
  system: text('name of the Asterisk'),
  caller: text('number that called, exactly'),
  called: text('number that was dialled, exactly'),
  answered_by: text('who answered, exactly'),
  person: Type.Optional(
    Type.Enum(['yes', 'no'], {
      description: 'whether a person or device answered; no: nobody, or only a menu, a conference, a mailbox',
    }),
  ),
  prefix: text('what caller or called begins with'),
  min_duration: seconds('at least so many seconds from start to end'),
  max_duration: seconds('at most so many seconds from start to end'),
};
export const statsParams = {
  by: text(`what the rows are by: some of ${dimensions.join(', ')}, with commas between; absent: one sum`, 100),
  ...spanParams,
  extension: text('took part, was rung, or was meant and could not be'),
  trunk: text('that the calls went over'),
  direction: Type.Optional(Type.Enum([...directions], { description: 'of the call; of an unknown one, none' })),
  outcome: Type.Optional(Type.Enum([...outcomes], { description: 'what became of the call' })),
  ...more,
};
export const StatsParams = Type.Object(statsParams, { additionalProperties: false });
export type StatsParams = Static<typeof StatsParams>;

/** @throws ClientError 400 */
export function toStatsQuery(given: StatsParams, within: Within): StatsQuery {
  const { by, company, extension, trunk, direction, outcome } = given;
  const plain = { company, extension, trunk, direction, outcome };
  const conditions = {
    ...{
      system: given.system,
      caller: given.caller,
      called: given.called,
      answeredBy: given.answered_by,
      person: given.person,
    },
    ...{ prefix: given.prefix, minDuration: given.min_duration, maxDuration: given.max_duration },
  };
  const further = known(conditions);
  return {
    ...{ by: by === undefined ? [] : toDimensions(by), within, ...toSpan(given) },
    ...known(plain),
    ...(Object.keys(further).length > 0 ? { more: further } : {}),
  };
}

function known<Given extends object>(given: Given): { [Name in keyof Given]?: NonNullable<Given[Name]> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never;
}

function toDimensions(by: string): Dimension[] {
  const names = by.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !dimensions.includes(name as Dimension));
  if (unknown !== undefined) throw fault('by', `${found(unknown)} is not one of ${dimensions.join(', ')}`);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw fault('by', `${found(twice)} is named twice`);
  return names as Dimension[];
}

export function toSpan(given: { from: string; to: string; zone?: string }): {
  from: Micros;
  until: Micros;
  zone: string;
} {
  const { zone = 'UTC' } = given;
  if (!/^[A-Za-z]/.test(zone) || !isZone(zone)) {
    throw fault('zone', `${found(zone)} is not the IANA name of a zone, like Europe/London or UTC`);
  }
  const [from, until] = [toInstant('from', given.from, zone), toInstant('to', given.to, zone)];
  if (from >= until) throw fault('from', `${given.from} is not before ${given.to} (to)`);
  if (until - from > daysMax * dayMicros) throw fault('to', `is more than ${daysMax} days after from`);
  return { from, until, zone };
}

function toInstant(field: string, text: string, zone: string): Micros {
  const at = isDay(text) ? boundsOf(text, zone).from : parseIso(text);
  if (at !== undefined) return at;
  throw fault(
    field,
    `${found(text)} is neither a day like 2026-11-22 nor a time with a zone like 2026-11-22T08:00:00Z`,
  );
}

export const steps = ['minute', 'quarter', 'hour', 'day'] as const;

/** When each step of a curve begins: at full ones, a day or an hour as the zone's clock has it. @throws ClientError 400 */
export function beginsOf(from: Micros, until: Micros, step: (typeof steps)[number], zone: string): Micros[] {
  const begins: Micros[] = [];
  for (let at = from; at < until; at = after(at, step, zone)) {
    begins.push(at);
    if (begins.length > statsRowsMax) {
      throw fault('step', `there are more than ${statsRowsMax} of them: ask for longer steps or for less time`);
    }
  }
  return begins;
}

function after(at: Micros, step: Tier, zone: string): Micros {
  if (step === 'hour') {
    // Minutes by which full hours of the zone lie behind those of UTC.
    const late = (-offsetOf(at, zone) % 60) * minuteMicros;
    return beginOf(bucketOf(at - late, step) + 1, step) + late;
  }
  if (step !== 'day') return beginOf(bucketOf(at, step) + 1, step);
  return boundsOf(dayAfter(dayOf(at, zone)), zone).from;
}

export function fault(field: string, message: string): ClientError {
  return new ClientError(400, `${field}: ${message}`, [{ field, message }]);
}
