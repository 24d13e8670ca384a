// The life of one record in words: who showed it when and as what, where they disagree and who is believed, what people
// wrote, when it changed. Pure; the store brings the facts (store/explain.ts).
import type { Cdr, Derived, Micros, StoredCdr } from './cdr.ts';
import { propertiesInCall } from './properties.ts';
import { isOfPbx, trustIn, type Contradictions } from './merge.ts';
import { toldFields, type Rule, type Sight, type Way, type Word } from './sight.ts';
import { isoOf } from './time.ts';

/** What is known of a record. */
export interface Life {
  /** As everyone sees it. */
  cdr: StoredCdr;
  /** As its sources told it, with what the rules derived from that: without the company of its call, below what people corrected. */
  raw: StoredCdr;
  /** Its numbers are nobody's now: rules would say something else of what is left. */
  isErased: boolean;
  sights: readonly Sight[];
  contradictions: Contradictions;
  edits: readonly Edited[];
  changes: readonly { seq: number; op: string; at: Micros }[];
  /** Whether there are more edits or changes than are here. */
  more: boolean;
}

/** A fact, the rule that gives it, and the values it looked at. */
export interface Reason {
  fact: string;
  value: string;
  rule: string;
  /** Where the rule stands. */
  origin: string;
  from: Record<string, string | null>;
}

interface Edited {
  id: number;
  at: Micros;
  by: string;
  changes: Record<string, { before: unknown; after: unknown }>;
}

export type Explanation = ReturnType<typeof explain>;

type Parties = Pick<Derived, 'company' | 'target' | 'extension' | 'peerExtension' | 'direction'>;

/** Why a row was taken for this record: the rules of identity.ts. */
const because: Record<Rule, string> = {
  new: 'the first to show it',
  row: 'the same row of the table as before, by its id',
  sequence: 'the same uniqueid and sequence',
  content: 'one side had no sequence; equal in all that both know',
  hour: 'equal; its local time is of the hour that the clock shows twice in autumn, and another source knew which',
  zone: 'equal, but whole quarters of an hour apart: one zone is set wrong',
  changed: 'the row was changed in its table',
  former: 'equal to what the record was told as before: by its own history, or by a source that is not believed',
  unknown: 'not kept: it was seen by a cdrd older than migration 0005',
};

const wasEmpty = 'the record had it empty';

/** Why a word of a further sight did what it did: the rules at the top of merge.ts. */
const didBecause: Record<Way, string> = {
  filled: 'nobody had told it',
  whole: 'what was known was the beginning of it, cut',
  changed: 'nobody else tells it, and this source changed its word',
  surer:
    'its clock is surer: an epoch before any zone (of imports and the API UTC before another), the hour that comes twice last',
  trusted: 'this source is believed before those that say otherwise',
  newer: 'those that say otherwise are believed alike, and this word is the newer one',
  kept: 'those that say otherwise are believed; its word is kept as a contradiction',
  agreed: 'it had said otherwise, and says now what the record has',
};

/**
 * `words`: whether the reader may see what each source said, as he may see the raw record. `reasons`: what the rules of now say of
 * it; absent where they are not known. Times in RFC 3339, null for what is not known.
 */
export function explain(life: Life, { words, reasons }: { words: boolean; reasons?: readonly Reason[] | null }) {
  const { cdr, sights, contradictions } = life;
  return {
    id: cdr.id,
    system: cdr.system,
    uniqueid: cdr.uniqueid,
    sequence: cdr.sequence,
    linkedid: cdr.linkedid,
    start: isoOf(cdr.start),
    end: cdr.end === null ? null : isoOf(cdr.end),
    disposition: cdr.disposition,
    hidden: cdr.hidden,
    edited: cdr.edited,
    created: isoOf(cdr.created),
    updated: isoOf(cdr.updated),
    sights: sights.map((sight) => sightText(sight, words)),
    contradictions: Object.entries(contradictions).map(([field, said]) => ({
      field,
      ...beliefOf(field, said, cdr, sights),
      sources: Object.keys(said),
      ...(words ? { words: wordsOf(field, said) } : {}),
    })),
    derived: {
      ...partiesOf(cdr),
      ...(words ? { raw: partiesOf(life.raw) } : {}),
      ...(words && reasons ? { rules: [...reasons] } : {}),
    },
    in_call: propertiesInCall(cdr.inCall),
    edits: life.edits.map((edit) => ({ ...edit, at: isoOf(edit.at) })),
    changes: life.changes.map((change) => ({ ...change, at: isoOf(change.at) })),
    more: life.more,
  };
}

function sightText({ source, at, rule, told, key, nth, effects, dropped }: Sight, words: boolean) {
  const isKept = rule !== 'unknown';
  const fields = toldFields.filter((_, bit) => Math.floor(told / 2 ** bit) % 2 === 1);
  const seen = { source, at: isKept ? isoOf(at) : null, rule, because: because[rule] };
  const did = effects?.map(({ field, way, said, before, at: when }) => ({
    ...{ at: isoOf(when), field, way, because: way === 'filled' && before === '' ? wasEmpty : didBecause[way] },
    ...(words ? { before: shown(field, before), said: shown(field, said) } : {}),
  }));
  return { ...seen, key, nth, told: isKept ? fields : null, effects: did ?? null, dropped };
}

const times: readonly string[] = ['start', 'answer', 'end'];

function shown<W extends Word>(field: string, word: W): W | string {
  return word !== null && times.includes(field) ? isoOf(word as Micros) : word;
}

function wordsOf(field: string, said: Contradictions[string]): Record<string, string | number> {
  return Object.fromEntries(Object.entries(said).map(([source, word]) => [source, shown(field, word)]));
}

/** Whose word the record has, and why his: the rules at the top of merge.ts. */
function beliefOf(
  field: string,
  said: Contradictions[string],
  cdr: Cdr,
  sights: readonly Sight[],
): { believed: string | null; why: string } {
  const value = valueOf(field, cdr);
  const isIt = (word: string | number) =>
    times.includes(field) ? Math.floor(Number(word) / 1e6) === Math.floor(Number(value) / 1e6) : word === value;
  const believers = Object.keys(said).filter((source) => isIt(said[source]!));
  const believed = believers.sort((a, b) => trustIn(b) - trustIn(a))[0] ?? null;
  if (believed === null) return { believed, why: 'the record has none of these words any more: a later one took over' };
  const others = Object.keys(said).filter((source) => !believers.includes(source));
  const [own, most] = [trustIn(believed), Math.max(...others.map(trustIn))];
  const byKind = `${kindOf(believed)} is believed before ${[...new Set(others.map(kindOf))].join(' and ')}`;
  if (times.includes(field) && others.some((other) => isOfPbx(other) === isOfPbx(believed))) {
    // When it took over, it was noted by what. Which kinds of times they told is not kept.
    const took = sights.find(({ source }) => source === believed)?.effects?.findLast((did) => did.field === field);
    if (took?.way === 'surer' || own <= most) return { believed, why: didBecause.surer };
    if (took?.way !== 'trusted') return { believed, why: `${didBecause.surer}; of times that are alike, ${byKind}` };
  }
  if (own > most) return { believed, why: byKind };
  return { believed, why: 'both are believed alike, and this word is the newer one' };
}

function valueOf(field: string, cdr: Cdr): unknown {
  return field.startsWith('custom.') ? cdr.custom[field.slice('custom.'.length)] : cdr[field as keyof Cdr];
}

const names: Record<string, string> = { ami: 'AMI', table: 'the table', import: 'an import', api: 'an HTTP writer' };

function kindOf(source: string): string {
  return names[source.slice(source.lastIndexOf('/') + 1)] ?? source;
}

function partiesOf({ company, target, extension, peerExtension, direction }: Parties) {
  return { company, target, extension, peer_extension: peerExtension, direction };
}
