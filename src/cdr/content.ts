// Whether two records hold the same, as far as sources can agree: what content compares, up to a column's cut and a wrong clock. Pure.
import type { Cdr } from './cdr.ts';
import { isKnownCut, isWordCut, noWidths, type Columns } from './cut.ts';
import { texts } from './fields.ts';
import { foldMicros } from './life.ts';
import type { Word } from './sight.ts';

/** Columns whose texts content compares. */
export const comparedTexts = ['channel', 'dstchannel', 'src', 'dst', 'dcontext', 'lastapp', 'lastdata'] as const;

/** Equal in all that both know and nobody edits later; times to the second, texts up to a column's cut. `a` is the row. */
export function sameContent(a: Cdr, b: Cdr, columns: Columns = noColumns): boolean {
  return secondOf(a) === secondOf(b) && sameBesideTime(a, b, columns);
}

function sameButForHour(a: Cdr, b: Cdr, columns: Columns): boolean {
  const isDoubled = a.timeOrigin === 'doubled' || b.timeOrigin === 'doubled';
  return isDoubled && Math.abs(secondOf(a) - secondOf(b)) <= foldMicros / 1e6 && sameButForZone(a, b, columns);
}

/** Offsets of zones are whole quarters of an hour, at most 14 hours on either side of UTC. */
const quarter = 15 * 60;
const shiftMax = 26 * 3600;

/** Of two epochs none can be of a wrong zone. */
function sameButForZone(a: Cdr, b: Cdr, columns: Columns): boolean {
  if (a.timeOrigin === 'epoch' && b.timeOrigin === 'epoch') return false;
  const shift = Math.abs(secondOf(a) - secondOf(b));
  return shift > 0 && shift <= shiftMax && shift % quarter === 0 && sameBesideTime(a, b, columns);
}

/** By the rule that finds it, in the order of trust. */
export const laxer = { content: sameContent, hour: sameButForHour, zone: sameButForZone };

function sameBesideTime(a: Cdr, b: Cdr, columns: Columns): boolean {
  return (
    a.duration === b.duration &&
    isSameBillsec(a, b) &&
    a.disposition === b.disposition &&
    comparedTexts.every((name) => agree(name, a, b, columns))
  );
}

/** Whether they say the same, or one of them nothing. */
export function isSameBillsec(a: Cdr, b: Cdr): boolean {
  return a.billsec === b.billsec || a.isBillsecMade === true || b.isBillsecMade === true;
}

/** As `sameContent`, of a record that may have been told otherwise by its sources; `wordsOf`: all that was ever told of a field. */
export function wasContent(a: Cdr, b: Cdr, wordsOf: (field: string) => readonly Word[], columns: Columns): boolean {
  const was = (field: 'duration' | 'billsec' | 'disposition' | (typeof comparedTexts)[number]): boolean =>
    wordsOf(field).includes(a[field]);
  return (
    [b.start, ...wordsOf('start')].some((start) => secondOf({ start: Number(start) }) === secondOf(a)) &&
    (isSameBillsec(a, b) || was('billsec')) &&
    (['duration', 'disposition'] as const).every((name) => a[name] === b[name] || was(name)) &&
    comparedTexts.every((name) => agree(name, a, b, columns) || was(name))
  );
}

export const secondOf = ({ start }: Pick<Cdr, 'start'>): number => Math.floor(start / 1e6);

/** Of the ten compared values, so many agree at least in a row and its changed form. */
export const likenessLeast = 5;

export function likeness(a: Cdr, b: Cdr, columns: Columns): number {
  const numbers = [a.duration === b.duration, isSameBillsec(a, b), a.disposition === b.disposition];
  return [...numbers, ...comparedTexts.map((name) => agree(name, a, b, columns))].filter(Boolean).length;
}

const noColumns: Columns = { source: '', sights: [], widths: noWidths };

/** Whether they say the same of a field, or one of them nothing, or one of them cut. `a` is the row, `b` the record. */
export function agree(name: (typeof comparedTexts)[number], a: Cdr, b: Cdr, columns: Columns): boolean {
  const [word, known] = [a[name], b[name]];
  if (word === known || word === null || known === null) return true;
  return isWordCut(word, known, name, columns) || isKnownCut(known, word, name, columns);
}

/** Equal in all compared texts that both know, none of them cut. */
export function isToTheLetter(a: Cdr, b: Cdr): boolean {
  return comparedTexts.every((name) => a[name] === b[name] || a[name] === null || b[name] === null);
}

/** How many of the fields that content does not compare are the same; fewer than a thousand. */
export function alikeIn(a: Cdr, b: Cdr): number {
  const plain = [...texts.map(({ name }) => name), 'linkedid', 'amaflags', 'answer', 'end'] as const;
  const custom = Object.entries(a.custom).filter(([name, value]) => b.custom[name] === value);
  return plain.filter((name) => a[name] === b[name]).length + custom.length;
}
