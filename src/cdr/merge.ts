// A further sight of a record: it fills what was unknown, sharpens what was coarse, and where it contradicts, the more
// trusted source is believed and the other's word is kept beside it. Pure.
//
//   told before by …      this source says            →  the record has
//   nobody                a value                        the value
//   anybody               nothing, or a cut form         what it had
//   this source only      another value                  the new value: the row was changed
//   others                another value                  the value of the more trusted, of equals the newer
//   this source, before   another value; nobody tells  →  as of others, however sure its clock was then
//                         the old one any more
//   this source           '' where it had a text         as another value: it took it back (custom values: a table only)
//
// Trust: table before AMI before import before API. Only of times that table and AMI tell, and of those that imports and
// API tell, an epoch is believed before a zone's time, that before one of an hour that comes twice; of imports and API UTC is
// before other zones. On a PBX it is a zone as any other, and may be the wrong one.
import { billsecFrom, type Cdr, type TimeOrigin } from './cdr.ts';
import { foldMicros } from './life.ts';
import { isKnownCut, isWordCut, noWidths, type SourceWidths } from './cut.ts';
import { texts } from './fields.ts';
import { birthOf } from './time.ts';
import { hasTold, kindIn, sightOf, tellerOf, type Effect, type Sight, type Way, type Word } from './sight.ts';

/** Field (`custom.NAME` for a custom one) → source → what it says; only where they do not agree. Times in Micros. */
export type Contradictions = Readonly<Record<string, Readonly<Record<string, string | number>>>>;

/** Both are the very same objects when nothing changed. */
export interface Merged {
  cdr: Cdr;
  contradictions: Contradictions;
  /** What this sight did, field by field; nothing where it only told what was known. */
  effects: readonly Effect[];
}

const plain = ['sequence', 'linkedid', 'duration', 'billsec', 'disposition', 'amaflags'] as const;
const scalars = [...plain, ...texts.map(({ name }) => name)];
const times = ['start', 'answer', 'end'] as const;

/** What is in hand while one sight is laid over one record. */
interface Hand {
  known: Cdr;
  /** Of `known`, before this one. */
  sights: readonly Sight[];
  sight: Cdr;
  source: string;
  widths: SourceWidths;
  gain: Partial<Cdr>;
  contradictions: Contradictions;
  effects: Effect[];
}

/** `sights` are those of `known` before this one; `widths`: the narrow columns through which sources tell texts. */
export function merge(
  known: Cdr,
  sights: readonly Sight[],
  contradictions: Contradictions,
  sight: Cdr,
  source: string,
  widths: SourceWidths = noWidths,
): Merged {
  const hand: Hand = { known, sights, sight, source, widths, gain: {}, contradictions, effects: [] };
  mergeTimes(hand);
  for (const name of scalars) {
    const old = toldIn(known, name);
    const now = settled(hand, name, old, toldIn(sight, name));
    if (now !== old) Object.assign(hand.gain, { [name]: now });
  }
  makeBillsec(hand);
  mergeCustom(hand);
  const isSame = Object.keys(hand.gain).length === 0;
  const { effects } = hand;
  return { cdr: isSame ? known : { ...known, ...hand.gain }, contradictions: hand.contradictions, effects };
}

const originTrust: Record<TimeOrigin, number> = { doubled: 0, local: 1, utc: 2, epoch: 3 };
const originTrustOfPbx: Record<TimeOrigin, number> = { ...originTrust, utc: originTrust.local };

/** How much surer the clock of this sight is than what the record has, below 0 where it is less. */
function edgeOf({ known, sight, source }: Hand): number {
  const trusts = isOfPbx(source) ? originTrustOfPbx : originTrust;
  // Words that are further apart are not of one hour that came twice.
  const isFar = Math.abs(known.start - sight.start) > foldMicros;
  const trustOf = (origin: TimeOrigin) => trusts[origin === 'doubled' && isFar ? 'local' : origin];
  return trustOf(sight.timeOrigin) - trustOf(known.timeOrigin);
}

/** One origin for all three: a source that knows the start better knows the others better. */
function mergeTimes(hand: Hand): void {
  const { known, sight, gain } = hand;
  const edge = edgeOf(hand);
  const isSurer = originTrust[sight.timeOrigin] > originTrust[known.timeOrigin];
  for (const name of times) {
    const [old, word] = [known[name], sight[name]];
    if (word === null) continue;
    if (old === null) {
      gain[name] = word;
      note(hand, name, 'filled', old, word);
    } else if (secondOf(old) !== secondOf(word)) {
      const now = isMisread(hand) ? misread(hand, name, old, word) : contradicted(hand, name, old, word, edge);
      if (now !== old) gain[name] = now as number;
    } else {
      const before = retract(hand, name, word);
      if (before !== undefined && secondOf(Number(before)) !== secondOf(word)) note(hand, name, 'agreed', before, word);
      if (!isSurer || old === word) continue;
      gain[name] = word;
      note(hand, name, 'surer', old, word);
    }
  }
  const isTaken = secondOf(known.start) === secondOf(sight.start) ? isSurer : gain.start !== undefined;
  if (isTaken && known.timeOrigin !== sight.timeOrigin) gain.timeOrigin = sight.timeOrigin;
}

/** A channel's birth is told in whole seconds; zones differ by quarters of an hour. */
const birthSlack = 2e6;
const quarter = 900e6;

/** Whether a file tells the start of a record that begins with its channel, as its uniqueid says, in a wrong zone. */
function isMisread({ known, sight, source }: Hand): boolean {
  const birth = birthOf(known.uniqueid);
  if (trustIn(source) !== kinds.indexOf('import') || birth === null) return false;
  if ((secondOf(known.start) * 1e6 - secondOf(sight.start) * 1e6) % quarter !== 0) return false;
  const isBorn = ({ start }: Cdr) => Math.abs(start - birth) <= birthSlack;
  return isBorn(known) && !isBorn(sight);
}

/** The edge of a word that is kept beside the record and never taken. */
const never = -Infinity;

/** Its word is kept where others told the time, and never taken. */
function misread(hand: Hand, field: string, old: number, word: number): Word {
  if (othersTelling(hand, field).length > 0) contradicted(hand, field, old, word, never);
  return old;
}

const secondOf = (micros: number): number => Math.floor(micros / 1e6);

function toldIn(cdr: Cdr, name: (typeof scalars)[number]): Word {
  return name === 'billsec' && cdr.isBillsecMade ? null : cdr[name];
}

/** One that nobody has told yet follows the times. */
function makeBillsec({ known, gain }: Hand): void {
  if (!known.isBillsecMade) return;
  const made = billsecFrom({ ...known, ...gain });
  if (gain.billsec !== undefined) gain.isBillsecMade = undefined;
  else if (made !== known.billsec) gain.billsec = made;
}

function mergeCustom(hand: Hand): void {
  const { known, sight, gain } = hand;
  for (const [name, word] of Object.entries(sight.custom)) {
    const old = known.custom[name] ?? null;
    const now = settled(hand, `custom.${name}`, old, word);
    if (now !== old) gain.custom = { ...known.custom, ...gain.custom, [name]: String(now) };
  }
}

/** What the record has of a field after this source said `word`. */
function settled(hand: Hand, field: string, old: Word, word: Word): Word {
  if (word === null) return old;
  if (old === word) return agree(hand, field, word);
  if (word === '' && (old === null || !tookBack(hand, field))) return old;
  if (old === null || old === '') return took(hand, field, 'filled', old, word);
  if (typeof old === 'string' && typeof word === 'string') {
    if (isKnownCut(old, word, field, hand)) return took(hand, field, 'whole', old, word);
    if (isWordCut(word, old, field, hand)) return agree(hand, field, old);
  }
  return contradicted(hand, field, old, word, 0);
}

/** Whether '' is a change of what the source told. A further file or write may know a custom value's name and not the value. */
function tookBack({ sights, source }: Hand, field: string): boolean {
  const own = sightOf({ sights }, source);
  if (!own || !hasTold(own, field)) return false;
  return !field.startsWith('custom.') || (kindIn(source) === 'table' && tellerOf(sights, field) === own);
}

const kinds = ['api', 'import', 'ami', 'table'];

/** By the kind of a source, which is the end of its name. */
export function trustIn(source: string): number {
  return kinds.indexOf(kindIn(source));
}

/** AMI and a table are the PBX itself; files and writers only speak of it. */
export function isOfPbx(source: string): boolean {
  return trustIn(source) >= kinds.indexOf('ami');
}

/** Who told the old value, and who is to be believed; an `edge` above or below 0 decides between alike before trust does. */
function contradicted(hand: Hand, field: string, old: string | number, word: string | number, edge: number): Word {
  const { source, contradictions } = hand;
  const others = othersTelling(hand, field);
  if (others.length === 0) {
    note(hand, field, 'changed', old, word);
    return word;
  }
  const earlier = contradictions[field] ?? {};
  const words = Object.fromEntries(others.map((other) => [other.source, earlier[other.source] ?? old]));
  const isNews = keep(hand, field, { ...words, [source]: word });
  const alike = others.filter((other) => isOfPbx(other.source) === isOfPbx(source));
  // This source told it, and says something else now: how sure its clock was then is no reason to keep it.
  const isTold = Object.values(words).includes(old);
  const hasEdge =
    (isTold || edge === never) && edge !== 0 && (isOfPbx(source) || alike.length === others.length) && alike.length > 0;
  const isBelieved = hasEdge ? edge > 0 : others.every((other) => trustIn(other.source) <= trustIn(source));
  const isEqual = others.some((other) => trustIn(other.source) === trustIn(source));
  if (isBelieved) note(hand, field, hasEdge ? 'surer' : isEqual ? 'newer' : 'trusted', old, word);
  else if (isNews) note(hand, field, 'kept', old, word);
  return isBelieved ? word : old;
}

/** Other sources that told a value of this field. */
function othersTelling({ sights, source }: Hand, field: string): Sight[] {
  return sights.filter((other) => other.source !== source && hasTold(other, field));
}

/** The record takes the word without anybody saying otherwise. Gives it back. */
function took<W extends Word>(hand: Hand, field: string, way: Way, old: Word, word: W): W {
  note(hand, field, way, old, word);
  retract(hand, field, word);
  return word;
}

function note({ effects }: Hand, field: string, way: Way, before: Word, said: Word): void {
  effects.push({ field, way, said, before });
}

/** This source says what the record has. Gives back the word. */
function agree<W extends Word>(hand: Hand, field: string, word: W): W {
  const before = retract(hand, field, word);
  if (before !== undefined) note(hand, field, 'agreed', before, word);
  return word;
}

/** What the source said otherwise before is over. Gives that back, undefined where it did not. */
function retract(hand: Hand, field: string, word: Word): string | number | undefined {
  const words = hand.contradictions[field];
  const before = words?.[hand.source];
  if (before === undefined || before === word) return undefined;
  keep(hand, field, { ...words, [hand.source]: word as string | number });
  return before;
}

/** Words that have become one are no contradiction any more. Whether these are others than before. */
function keep(hand: Hand, field: string, words: Record<string, string | number>): boolean {
  const { [field]: before, ...others } = hand.contradictions;
  if (JSON.stringify(before) === JSON.stringify(words)) return false;
  hand.contradictions = new Set(Object.values(words)).size > 1 ? { ...others, [field]: words } : others;
  return true;
}
