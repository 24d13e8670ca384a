// When is a text another one as a column of limited width keeps it? Pure.
import { hasTold, kindIn, type Sight } from './sight.ts';

/** A column of whole numbers keeps no text: of `+44…` and `0301…` what follows, of what is no number 0. */
export const numbersOnly = 0;

/** Field (`custom.NAME` for a custom one) → characters that a column keeps, or `numbersOnly`. Only narrow columns, see `narrowestColumn`. */
export type Widths = Readonly<Record<string, number>>;

/** The same for a source's whole life: admins widen columns, and what was cut before stays cut. */
export type WidthsEver = Readonly<Record<string, readonly number[]>>;

/** By the name of the source. Of a source that is not in it no narrow column is known. */
export type SourceWidths = ReadonlyMap<string, WidthsEver>;

export const noWidths: SourceWidths = new Map();

/** From so many characters on a text may be the cut form of a longer one, whoever told it; shorter ones only by a known width. */
export const narrowestColumn = 20;

/** What speaks for a text being cut: the columns that it came through, and those through which the other one was told. */
export interface Columns {
  source: string;
  /** Who told the text that it is compared with. */
  sights: readonly Sight[];
  widths: SourceWidths;
}

/** Whether `word`, which the source says, is the cut form of `known`: by its own column, or as another source has said it. */
export function isWordCut(word: string, known: string, field: string, { source, sights, widths }: Columns): boolean {
  if (isCutOf(word, known)) return true;
  if (widths.size === 0 || isWhole(source) || !mayBeCut(word, known)) return false;
  const own = widths.get(source)?.[field] ?? [];
  return [...own, ...widthsTold(field, sights, widths)].some((width) => isCutAt(word, known, width));
}

/** Whether `known` is the cut form of `word`: a narrow column told it, and nobody who tells texts whole. */
export function isKnownCut(known: string, word: string, field: string, { sights, widths }: Columns): boolean {
  if (isCutOf(known, word)) return true;
  if (widths.size === 0 || !mayBeCut(known, word)) return false;
  if (sights.some((sight) => isWhole(sight.source) && hasTold(sight, field))) return false;
  return widthsTold(field, sights, widths).some((width) => isCutAt(known, word, width));
}

/** Whether `cut` is `whole` as a column of a width that nobody knows keeps it. */
export function isCutOf(cut: string, whole: string): boolean {
  return cut.length >= narrowestColumn && isBeginning(cut, whole);
}

function mayBeCut(cut: string, whole: string): boolean {
  return isBeginning(cut, whole) || /^\d+$/.test(cut);
}

function isBeginning(cut: string, whole: string): boolean {
  return cut.length > 0 && cut.length < whole.length && whole.startsWith(cut);
}

/**
 * Whether `cut` is what a column of this width keeps of `whole`: a database counts characters and a CHAR drops spaces at the
 * end, Asterisk (cdr/cdr_adaptive_odbc.c) counts bytes of what the driver says.
 */
export function isCutAt(cut: string, whole: string, width: number): boolean {
  if (width === numbersOnly) return cut !== whole && cut === numberIn(whole);
  if (!isBeginning(cut, whole)) return false;
  const characters = [...whole].slice(0, width).join('');
  if (characters.length < whole.length && characters.trimEnd() === cut.trimEnd()) return true;
  const next = String.fromCodePoint(whole.codePointAt(cut.length)!);
  return Buffer.byteLength(cut) <= width && Buffer.byteLength(cut + next) > width;
}

/** As a column of whole numbers has it. */
function numberIn(text: string): string {
  return /^\s*\+?0*(\d+)/.exec(text)?.[1] ?? '0';
}

/** The only one of the words that a column of this width can have cut to this one. */
export function wholeOf<W extends string>(cut: string, words: readonly W[], width: number | undefined): W | undefined {
  const meant = width === undefined ? [] : words.filter((word) => isCutAt(cut, word, width));
  return meant.length === 1 ? meant[0] : undefined;
}

/** AMI tells texts as Asterisk has them. */
function isWhole(source: string): boolean {
  return kindIn(source) === 'ami';
}

function widthsTold(field: string, sights: readonly Sight[], widths: SourceWidths): readonly number[] {
  return sights.flatMap((sight) => (hasTold(sight, field) ? (widths.get(sight.source)?.[field] ?? []) : []));
}

/** Both, and what of `now` is new; the very same `ever` where it knows all of it. */
export function withWidths(ever: WidthsEver, now: Widths): WidthsEver {
  const news = Object.entries(now).filter(([field, width]) => !(ever[field] ?? []).includes(width));
  if (news.length === 0) return ever;
  return { ...ever, ...Object.fromEntries(news.map(([field, width]) => [field, [...(ever[field] ?? []), width]])) };
}
