// The filter of calls as clients write it. What means the same as in a filter of records has the same name.
import { Type, type Static, type TObject } from 'typebox';
import type { CallConditions, CallFilter } from '../cdr/callquery.ts';
import { directions } from '../cdr/cdr.ts';
import { outcomes } from '../cdr/outcome.ts';
import { filterLimits, instantOf, newFilterReader, seconds, text } from './filter.ts';
import { wellFormed } from './validate.ts';

const parts = { minItems: 1, maxItems: filterLimits.parts };

/** The conditions by the names clients use; the same in JSON and in a query string. */
export const callConditionSchemas = {
  from: text('start of the call not before this time: RFC 3339, or a day (UTC) like 2026-11-22'),
  to: text('start of the call before this time, or before this day'),
  end_from: text('end of the call not before this time, or this day; with "to" the calls that went on between the two'),
  company: text('handle of a company that any of its records concerns, compared without case'),
  extension: text('extension that took part, was rung, or was meant and could not be'),
  trunk: text('trunk that the call came or went over'),
  system: text('name of the Asterisk'),
  outcome: Type.Optional(Type.Enum([...outcomes], { description: 'what became of it' })),
  direction: Type.Optional(Type.Enum([...directions], { description: 'calls of an unknown direction have none' })),
  caller: text('caller, exactly'),
  called: text('what was dialled, exactly'),
  answered_by: text('who answered first, exactly'),
  person: Type.Optional(
    Type.Enum(['yes', 'no'], {
      description: 'whether a person or device answered; no: nobody, or only a menu, a conference, a mailbox',
    }),
  ),
  prefix: text('what caller or called begins with'),
  linkedid: text('linkedid of any of its records, exactly'),
  uniqueid: text('uniqueid of any of its records, exactly'),
  min_duration: seconds('at least so many seconds from start to end'),
  max_duration: seconds('at most so many seconds from start to end'),
};
type Given = Static<TObject<typeof callConditionSchemas>>;

/** A filter as clients write it. */
export interface GivenCallFilter extends Given {
  and?: GivenCallFilter[];
  or?: GivenCallFilter[];
  not?: GivenCallFilter;
}

/** What stands for a filter of calls in a schema; `readCallFilter` judges it, the documents show CallFilterShape. */
export const AnyCallFilter = Type.Unknown({ title: 'CallFilter' });

/** For the documents; it stands in itself by its title. */
export const CallFilterShape = Type.Object(
  {
    ...callConditionSchemas,
    and: Type.Optional(Type.Array(AnyCallFilter, { ...parts, description: 'all of these hold' })),
    or: Type.Optional(Type.Array(AnyCallFilter, { ...parts, description: 'one of these holds' })),
    not: Type.Optional(AnyCallFilter),
  },
  { additionalProperties: false, title: 'CallFilter', description: 'As a Filter, with the conditions of calls.' },
);

/** A filter in JSON, parsed. @throws ClientError 400 */
export const readCallFilter: (given: unknown, field?: string) => CallFilter = newFilterReader(
  callConditionSchemas,
  toCallConditions,
);

/** Conditions whose shape is checked already; `prefix` stands before the names in faults. @throws ClientError 400 */
export function toCallConditions(given: Given, prefix = ''): CallConditions {
  const { from, to, end_from, min_duration, max_duration, answered_by, ...same } = given;
  const conditions = {
    ...same,
    answeredBy: answered_by,
    from: from === undefined ? undefined : instantOf(`${prefix}from`, from),
    until: to === undefined ? undefined : instantOf(`${prefix}to`, to),
    endFrom: end_from === undefined ? undefined : instantOf(`${prefix}end_from`, end_from),
    minDuration: min_duration,
    maxDuration: max_duration,
  };
  const known = Object.entries(conditions).filter(([, value]) => value !== undefined);
  return wellFormed(Object.fromEntries(known));
}
