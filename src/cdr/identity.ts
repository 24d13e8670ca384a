// When are two rows the same record? By the row's own name in its source, by sequence, by content. Pure.
//
//   row       the source showed this very row before (the id column of its table), whatever it holds now
//   sequence  both sides know it, it is equal, and nothing says that Asterisk began to count anew
//   row       the same, though its sequence was changed since: nothing else in it was, and no other record has that number
//   content   one side has no sequence: equal in all that both know and nobody edits later
//   hour      the same, but one side's local time is of the hour that the clock shows twice, and was read as the other one
//   zone      the same, but the clocks stand whole quarters of an hour apart: one side's zone is set wrong
//   changed   the source shows all its rows of this channel, and only this one and only that record are left over
//   former     equal to what the record was told as before somebody changed it, or as a source says that is not believed
import type { Cdr } from './cdr.ts';
import {
  agree,
  alikeIn,
  isToTheLetter,
  laxer,
  likeness,
  likenessLeast,
  sameContent,
  secondOf,
  wasContent,
} from './content.ts';
import { noWidths, type Columns, type SourceWidths } from './cut.ts';
import { isOther, type RowName } from './rowname.ts';
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
  /** The narrow columns through which sources tell texts. */
  widths?: SourceWidths;
  /** Keys of rows that the source has no more: what they showed may be shown by a row of another id. */
  gone?: ReadonlySet<string> | undefined;
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
  return findNamed(row, known, claimed) ?? findRenumbered(row, known) ?? findEqual(row, known, claimed);
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
  if (known.length === 0) return undefined;
  const { cdr, mark } = row;
  if (mark?.key !== undefined) {
    const record = known.find((other) => sightOf(other, row.source)?.key === mark.key && canMeet(cdr, toldIn(other)));
    if (record) return { record, rule: 'row' };
  }
  if (cdr.sequence !== null) {
    const counted = known.filter(
      (other) => other.cdr.sequence === cdr.sequence && agree('channel', cdr, other.cdr, columnsOf(row, other)),
    );
    const isSame = (other: K) => sameContent(cdr, toldIn(other), columnsOf(row, other));
    const record =
      counted.find((other) => isSame(other) && !isOther(row, other, claimed)) ??
      counted.find(isSame) ??
      counted.find((other) => !isOther(row, other, claimed));
    if (record) return { record, rule: 'sequence' };
  }
  return undefined;
}

/**
 * By the row's own name, its sequence changed by hand. Where ids were given anew unseen, a row that has the old number elsewhere
 * finds no record by it any more and is a new one: two rows never become one by this.
 */
function findRenumbered<K extends Known>(row: Shown, known: readonly K[]): Same<K> | undefined {
  const { cdr, mark, source } = row;
  if (mark?.key === undefined) return undefined;
  const isUnchanged = (other: K) =>
    Object.values(laxer).some((isEqual) => isEqual(cdr, toldIn(other), columnsOf(row, other)));
  const record = known.find((other) => sightOf(other, source)?.key === mark.key && isUnchanged(other));
  return record && { record, rule: 'row' };
}

function findEqual<K extends Known>(row: Shown, known: readonly K[], claimed: ReadonlySet<K>): Same<K> | undefined {
  const { cdr } = row;
  const open = known.filter((other) => isOpen(cdr, toldIn(other)) && !isOther(row, other, claimed));
  for (const rule of ['content', 'hour', 'zone'] as const) {
    const isEqual = laxer[rule];
    const record = likest(
      row,
      open.filter((other) => isEqual(cdr, toldIn(other), columnsOf(row, other))),
    );
    if (record) return { record, rule };
  }
  return undefined;
}

/**
 * Of records that are all equal to the row, cut texts apart: those to the letter, then those that its source has shown, then
 * the likest in all else, then the oldest. Else rows of one cut text would change places from look to look.
 */
function likest<K extends Known>(row: Shown, equal: readonly K[]): K | undefined {
  if (equal.length < 2) return equal[0];
  const rankOf = (other: K): number =>
    (isToTheLetter(row.cdr, toldIn(other)) ? 2000 : 0) +
    (sightOf(other, row.source) ? 1000 : 0) +
    alikeIn(row.cdr, toldIn(other));
  const ranks = equal.map(rankOf);
  return equal[ranks.indexOf(Math.max(...ranks))];
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
      .map((record) => ({ row, record, likeness: likeness(row.cdr, toldIn(record), columnsOf(row, record)) })),
  );
  const changed = new Map<R, K>();
  const isLike = pairs.filter(({ likeness }) => likeness >= likenessLeast);
  for (const { row, record } of isLike.sort((a, b) => b.likeness - a.likeness)) {
    if (!changed.has(row) && ![...changed.values()].includes(record)) changed.set(row, record);
  }
  return changed;
}

/**
 * The record that was once told as this row tells it: a file or a table from before a change comes again. To be asked when all other rows of
 * the batch have found their records.
 */
export function findFormer<K extends Known>(
  row: Shown,
  known: readonly K[],
  claimed: ReadonlySet<K>,
): Same<K> | undefined {
  const wordsIn = (other: K) => (field: string) =>
    other.sights
      .flatMap(({ effects }) => effects ?? [])
      .flatMap((effect) => (effect.field === field && effect.before !== null ? [effect.before, effect.said] : []));
  const hasNumber = (other: K) =>
    canMeet(row.cdr, toldIn(other)) || wordsIn(other)('sequence').includes(row.cdr.sequence);
  const free = known.filter((other) => !claimed.has(other) && !isOther(row, other, claimed) && hasNumber(other));
  const record = likest(
    row,
    free.filter((other) => wasContent(row.cdr, toldIn(other), wordsIn(other), columnsOf(row, other))),
  );
  return record && { record, rule: 'former' };
}

/** The source has shown the record in this very channel and second. */
function isNear(row: Shown, record: Known): boolean {
  const { cdr, source } = row;
  const { cdr: other } = record;
  return (
    isOpen(cdr, other) &&
    sightOf(record, source) !== undefined &&
    secondOf(cdr) === secondOf(other) &&
    agree('channel', cdr, other, columnsOf(row, record))
  );
}

/**
 * The rows whose ids alone keep this one from being the record that they showed: where such a row is gone, it was put back under
 * another id. To be asked when nothing else was found.
 */
export function rowsInDoubt<K extends Known>(row: Shown, known: readonly K[], claimed: ReadonlySet<K>): RowName[] {
  if (row.mark?.key === undefined) return [];
  const nameless = { ...row, mark: undefined };
  return known
    .filter((other) => !claimed.has(other) && isOther(row, other, claimed))
    .filter((other) => findEqual(nameless, [other], claimed) ?? findFormer(nameless, [other], claimed))
    .map((other) => ({ key: sightOf(other, row.source)!.key!, uniqueid: other.cdr.uniqueid }));
}

/** Two known sequences that differ are two records; only the id of an unchanged row speaks against that (`findRenumbered`). */
function canMeet(a: Cdr, b: Cdr): boolean {
  return a.sequence === null || b.sequence === null || a.sequence === b.sequence;
}

/** Whether content has a say: it has none where both know their sequence. */
function isOpen(a: Cdr, b: Cdr): boolean {
  return a.sequence === null || b.sequence === null;
}

function columnsOf({ source, widths = noWidths }: Shown, { sights }: Known): Columns {
  return { source, sights, widths };
}

function toldIn({ cdr, told = cdr }: Known): Cdr {
  return told;
}
