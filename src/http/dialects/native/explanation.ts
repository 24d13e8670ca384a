// The shape of the life of a record (cdr/explain.ts makes it), and of what is told beside it.
import { Type, type Static } from 'typebox';
import { directions, dispositions } from '../../../cdr/cdr.ts';
import { rules, toldFields, ways } from '../../../cdr/sight.ts';
import { isoOf } from '../../../cdr/time.ts';
import type { Taken as StoredTaken } from '../../../store/explain.ts';
import type { StoredReject } from '../../../store/rejects.ts';
import { count, Edit, id, orNull, propertiesShape, seq, text, time, timeOrNull } from './answers.ts';

const closed = { additionalProperties: false };

const word = (description: string) =>
  Type.Optional(Type.Unsafe<string | number | null>({ type: ['string', 'number', 'null'], description }));

const Effect = Type.Object(
  {
    at: time('when its row came'),
    field: Type.String({ description: 'what it tells; custom.NAME for a custom value' }),
    way: Type.Enum([...ways], { description: 'by which rule; kept: not believed, the record stayed as it was' }),
    because: Type.String({ description: 'the same in words' }),
    before: word('what the record had; agreed: what this source had said; for admins'),
    said: word('what this source says, and the record has since, unless kept; cut after 255 characters; for admins'),
  },
  { ...closed, title: 'Effect', description: 'What the word of a further sight did to the record.' },
);

const Sight = Type.Object(
  {
    source: Type.String({ description: 'which source' }),
    at: timeOrNull('when it first showed the record; null: not kept'),
    rule: Type.Enum([...rules], { description: 'how its row was found to be this record' }),
    because: Type.String({ description: 'the same in words' }),
    key: text('its row in the table: EPOCH:ID of the id column'),
    nth: orNull(Type.Integer({ minimum: 0 }), 'which of several rows that are equal in everything, from 0'),
    told: orNull(Type.Array(Type.Enum([...toldFields])), 'fields it told a value of; null: not kept'),
    effects: orNull(
      Type.Array(Effect),
      'what its rows did after the first sight of all, oldest first; what is not here, it told as it was known; null: not kept',
    ),
    dropped: count('older effects that had no room'),
  },
  { ...closed, title: 'Sight', description: 'A source has shown the record.' },
);

const Contradiction = Type.Object(
  {
    field: Type.String({ description: 'what they disagree in' }),
    believed: text('the source whose word the record has; null: none of these'),
    why: Type.String({ description: 'why this one is believed' }),
    sources: Type.Array(Type.String(), { description: 'all who said something' }),
    words: Type.Optional(
      Type.Unsafe<Record<string, string | number>>({
        type: 'object',
        additionalProperties: { type: ['string', 'number'] },
        description: 'what each said; for admins',
      }),
    ),
  },
  { ...closed, title: 'Contradiction' },
);

const parties = {
  company: text('the calling company'),
  target: text('the called company'),
  extension: text('the local party'),
  peer_extension: text('the other local party of an internal record'),
  direction: orNull(Type.Enum([...directions]), 'null where the side of a party is not known'),
};

const Reason = Type.Object(
  {
    fact: Type.String({ description: 'what is set' }),
    value: Type.String({ description: 'to what' }),
    rule: Type.String({ description: 'by the rule of this name or place' }),
    origin: Type.String({ description: 'the list it stands in: of a system, the shared one, a preset' }),
    from: Type.Unsafe<Record<string, string | null>>({
      type: 'object',
      additionalProperties: { type: ['string', 'null'] },
      description: 'the fields and facts the rule looked at',
    }),
  },
  { ...closed, title: 'Reason', description: 'Which rule gives a fact, from what.' },
);

const RejectSeen = Type.Object(
  {
    id: count('of the reject', 1),
    source: Type.String({ description: 'which source' }),
    reason: Type.String({ description: 'every fault in one text' }),
    count: count('how often it came', 1),
    first: time('when it first came'),
    last: time('when it last came'),
  },
  { ...closed, title: 'RejectSeen' },
);

export const Explanation = Type.Object(
  {
    id,
    system: Type.String({ description: 'the Asterisk it came from' }),
    uniqueid: Type.String({ description: "party A's channel at birth" }),
    sequence: orNull(Type.Integer({ minimum: 0 }), 'counts records since Asterisk started; null where unknown'),
    linkedid: text('joins the records of one call'),
    start: time('start of the record'),
    end: timeOrNull('null: not known'),
    disposition: Type.Enum([...dispositions], { description: "Asterisk's word for how it ended" }),
    hidden: Type.Boolean({ description: 'whether it was taken away for everybody else' }),
    edited: Type.Boolean({ description: 'whether somebody has written beside it' }),
    created: time('when cdrd stored it'),
    updated: time('when cdrd last changed it'),
    sights: Type.Array(Sight, { description: 'in the order of their coming' }),
    contradictions: Type.Array(Contradiction),
    derived: Type.Object(
      {
        ...parties,
        raw: Type.Optional(
          Type.Object(parties, { ...closed, description: 'without edits and the company of its call; for admins' }),
        ),
        rules: Type.Optional(
          Type.Array(Reason, {
            description:
              'what the rules of now say of it, in the order of the facts; not of an anonymised record; for admins',
          }),
        ),
      },
      { ...closed, description: 'whose it is' },
    ),
    in_call: propertiesShape('properties that the other records of its call say of it'),
    edits: Type.Array(Edit),
    changes: Type.Array(
      Type.Object({ seq, op: Type.Enum(['created', 'updated', 'deleted']), at: time('when') }, closed),
      { description: 'its places in the change sequence' },
    ),
    more: Type.Boolean({ description: 'whether there are more edits or changes than are told' }),
    rejects: Type.Optional(
      Type.Array(RejectSeen, { description: 'rows of its uniqueid that were not understood; for admins' }),
    ),
  },
  { ...closed, title: 'Explanation', description: 'The life of one record.' },
);
export type Explanation = Static<typeof Explanation>;

const Taken = Type.Object(
  {
    system: Type.String({ description: 'the Asterisk' }),
    records: count('records of this uniqueid that retention has taken'),
    horizon: timeOrNull('records that began before are not taken in any more; null: none is turned away'),
  },
  { ...closed, title: 'TakenAway' },
);

export const Explanations = Type.Object(
  {
    records: Type.Array(Explanation, { description: 'by id; none where there is no such record to see' }),
    more: Type.Boolean({ description: 'whether there may be more records than are told' }),
    rejects: Type.Optional(
      Type.Array(RejectSeen, { description: 'rows of this uniqueid that were not understood; for admins' }),
    ),
    taken: Type.Optional(
      Type.Array(Taken, { description: 'where retention may have taken such records, if none is here; for admins' }),
    ),
  },
  { ...closed, title: 'Explanations', description: 'The lives of all records of one channel.' },
);
export type Explanations = Static<typeof Explanations>;

export function toNativeTaken({ system, records, horizon }: StoredTaken) {
  return { system, records, horizon: horizon === null ? null : isoOf(horizon) };
}

/** A reject as far as it matters to a uniqueid. */
export function toRejectSeen({ id: number, source, reason, count: times, first, last }: StoredReject) {
  return { id: number, source, reason, count: times, first: isoOf(first), last: isoOf(last) };
}
