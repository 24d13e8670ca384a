// When are two rows the same record? By the row's own name in its source, by sequence, by content. Pure.
//
//   row       the source showed this very row before (the id column of its table), whatever it holds now
//   sequence  both sides know it, it is equal, and nothing says that Asterisk began to count anew
//   content   one side has no sequence: equal in all that both know and nobody edits later
//   hour      the same, but one side's local time is of the hour that the clock shows twice, and was read as the other one
//   zone      the same, but the clocks stand whole quarters of an hour apart: one side's zone is set wrong
//   changed   the source shows all its rows of this channel, and only this one and only that record are left over
import type { Cdr } from './cdr.ts';
import { sightOf, type RowMark, type Rule, type Sight } from './sight.ts';

/** What the store knows of a record when a new row of the same system and uniqueid arrives. */
export interface Known {
  cdr: Cdr;
  /** As its sources told it, where people wrote over that; sources know nothing of what people write. */
  told?: Cdr | undefined;
  sights: readonly Sight[];
}

/**
 * How a source repeats itself: `never` (AMI), `again` (a writer may send a row twice), `whole` (as again, and each batch
 * holds all rows of a channel and second that the source has: a table).
 */
export type Repeats = 'never' | 'again' | 'whole';

export interface Shown {
  cdr: Cdr;
  source: string;
  repeats: Repeats;
  mark: RowMark | undefined;
}

export interface Same<K> {
  record: K;
  rule: Rule;
}

/**
 * The known record that this row shows again, or undefined when it is a new one. `known` holds all records of its
 * system and uniqueid, oldest first; `claimed` those that other rows of the same batch have matched: of two rows
 * equal in everything (`ForkCDR`) the second is the second record. The rows of a batch come in `byNameFirst`.
 */
export function findSame<K extends Known>(
  row: Shown,
  known: readonly K[],
  claimed: ReadonlySet<K>,
): Same<K> | undefined {
  if (known.length === 0) return undefined;
  return findNamed(row, known, claimed) ?? findEqual(row, known, claimed);
}

/**
 * The order in which the rows of a batch find their records: first those that a name finds, then those without sequence,
 * then the others. Else a row without sequence takes the record that its twin in the same batch is by name.
 */
export function byNameFirst<R extends Shown, K extends Known>(
  rows: readonly R[],
  knownOf: (row: R) => readonly K[],
  claimed: ReadonlySet<K>,
): readonly R[] {
  const rankOf = (row: R): number => (findNamed(row, knownOf(row), claimed) ? 0 : row.cdr.sequence === null ? 1 : 2);
  const ranks = Map.groupBy(rows, rankOf);
  return ranks.size < 2 ? rows : [0, 1, 2].flatMap((rank) => ranks.get(rank) ?? []);
}

/** By the row's own name in its source, or by sequence. */
function findNamed<K extends Known>(row: Shown, known: readonly K[], claimed: ReadonlySet<K>): Same<K> | undefined {
  const { cdr, mark } = row;
  if (mark?.key !== undefined) {
    const record = known.find((other) => sightOf(other, row.source)?.key === mark.key && canMeet(cdr, toldIn(other)));
    if (record) return { record, rule: 'row' };
  }
  if (cdr.sequence !== null) {
    const counted = known.filter(
      ({ cdr: { sequence, channel } }) => sequence === cdr.sequence && agree(channel, cdr.channel),
    );
    const record =
      counted.find((other) => sameContent(cdr, toldIn(other)) && !isOther(row, other, claimed)) ??
      counted.find((other) => sameContent(cdr, toldIn(other))) ??
      counted.find((other) => !isOther(row, other, claimed));
    if (record) return { record, rule: 'sequence' };
  }
  return undefined;
}

function findEqual<K extends Known>(row: Shown, known: readonly K[], claimed: ReadonlySet<K>): Same<K> | undefined {
  const { cdr } = row;
  const open = known.filter((other) => isOpen(cdr, toldIn(other)) && !isOther(row, other, claimed));
  for (const rule of ['content', 'hour', 'zone'] as const) {
    const isEqual = laxer[rule];
    const equal = open.filter((other) => isEqual(cdr, toldIn(other)));
    const record = equal.find((other) => sightOf(other, row.source)) ?? equal[0];
    if (record) return { record, rule };
  }
  return undefined;
}

/** Whether the source may have changed a row of a record that it shows no more in this form: see `pairChanged`. */
export function mayBeChanged(row: Shown, known: readonly Known[]): boolean {
  return row.repeats === 'whole' && row.mark === undefined && known.some((other) => isNear(row, other));
}

/**
 * Which rows, of those that `findSame` found nothing for, are changed forms of which records: of the records that the
 * source has shown and shows no more in this `whole` batch. The likest pairs first; rows left out are new.
 */
export function pairChanged<R extends Shown, K extends Known>(
  rows: readonly R[],
  known: readonly K[],
  claimed: ReadonlySet<K>,
): Map<R, K> {
  const left = known.filter((other) => !claimed.has(other));
  const pairs = rows.flatMap((row) =>
    left
      .filter((other) => isNear(row, other))
      .map((record) => ({ row, record, likeness: likeness(row.cdr, toldIn(record)) })),
  );
  const changed = new Map<R, K>();
  const isLike = pairs.filter(({ likeness }) => likeness >= likenessLeast);
  for (const { row, record } of isLike.sort((a, b) => b.likeness - a.likeness)) {
    if (!changed.has(row) && ![...changed.values()].includes(record)) changed.set(row, record);
  }
  return changed;
}

/** The source has shown the record in this very channel and second. */
function isNear({ cdr, source }: Shown, record: Known): boolean {
  const { cdr: other } = record;
  return (
    isOpen(cdr, other) &&
    sightOf(record, source) !== undefined &&
    secondOf(cdr) === secondOf(other) &&
    agree(cdr.channel, other.channel)
  );
}

/** Whether the source has shown that record as another row than this one. */
function isOther<K extends Known>({ source, repeats, mark }: Shown, record: K, claimed: ReadonlySet<K>): boolean {
  const own = sightOf(record, source);
  if (mark?.key !== undefined)
    return own?.key != null && own.key !== mark.key && epochOf(own.key) === epochOf(mark.key);
  if (mark?.nth !== undefined) return own?.nth != null && own.nth !== mark.nth;
  return claimed.has(record) || (repeats === 'never' && own !== undefined);
}

/** A key is `EPOCH:ID`: a table that was emptied gives the same ids to other rows. */
function epochOf(key: string): string {
  return key.slice(0, key.indexOf(':'));
}

/** Two known sequences that differ are two records, whatever else speaks for one. */
function canMeet(a: Cdr, b: Cdr): boolean {
  return a.sequence === null || b.sequence === null || a.sequence === b.sequence;
}

/** Whether content has a say: it has none where both know their sequence. */
function isOpen(a: Cdr, b: Cdr): boolean {
  return a.sequence === null || b.sequence === null;
}

/** Columns whose texts content compares. */
export const comparedTexts = ['channel', 'dstchannel', 'src', 'dst', 'dcontext', 'lastapp', 'lastdata'] as const;

/** Equal in all that both know and nobody edits later; times to the second, texts up to a column's cut. */
export function sameContent(a: Cdr, b: Cdr): boolean {
  return secondOf(a) === secondOf(b) && sameBesideTime(a, b);
}

/** By how much clocks are put back in autumn, at most. */
const foldMax = 3600;

function sameButForHour(a: Cdr, b: Cdr): boolean {
  const isDoubled = a.timeOrigin === 'doubled' || b.timeOrigin === 'doubled';
  return isDoubled && Math.abs(secondOf(a) - secondOf(b)) <= foldMax && sameButForZone(a, b);
}

/** Offsets of zones are whole quarters of an hour, at most 14 hours on either side of UTC. */
const quarter = 15 * 60;
const shiftMax = 26 * 3600;

/** Of two epochs none can be of a wrong zone. */
function sameButForZone(a: Cdr, b: Cdr): boolean {
  if (a.timeOrigin === 'epoch' && b.timeOrigin === 'epoch') return false;
  const shift = Math.abs(secondOf(a) - secondOf(b));
  return shift > 0 && shift <= shiftMax && shift % quarter === 0 && sameBesideTime(a, b);
}

const laxer = { content: sameContent, hour: sameButForHour, zone: sameButForZone };

function sameBesideTime(a: Cdr, b: Cdr): boolean {
  return (
    a.duration === b.duration &&
    a.billsec === b.billsec &&
    a.disposition === b.disposition &&
    comparedTexts.every((name) => agree(a[name], b[name]))
  );
}

const secondOf = ({ start }: Cdr): number => Math.floor(start / 1e6);

/** Of the ten compared values, so many agree at least in a row and its changed form. */
const likenessLeast = 5;

function likeness(a: Cdr, b: Cdr): number {
  const numbers = [a.duration === b.duration, a.billsec === b.billsec, a.disposition === b.disposition];
  return [...numbers, ...comparedTexts.map((name) => agree(a[name], b[name]))].filter(Boolean).length;
}

/** Shorter texts than this are never taken for the cut form of a longer one; the narrowest column in use is 20 wide. */
export const narrowestColumn = 20;

function agree(a: string | null, b: string | null): boolean {
  return a === b || a === null || b === null || isCutOf(a, b) || isCutOf(b, a);
}

/** Whether `cut` is `whole` as a column of limited width keeps it. */
export function isCutOf(cut: string, whole: string): boolean {
  return cut.length >= narrowestColumn && cut.length < whole.length && whole.startsWith(cut);
}

function toldIn({ cdr, told = cdr }: Known): Cdr {
  return told;
}
