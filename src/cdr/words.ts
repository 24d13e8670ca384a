// The words of a record, for search by their beginnings: lower-case, each after a space, so that ` begin` is found where a word begins.
import type { Cdr } from './cdr.ts';

/** Longest text of words kept: all of clid, userfield and note at their longest, and room for what grows in lower case. */
const wordsMax = 16_384;

/** ` bob 101 102`, from what people search by; `note` is what they wrote beside the record. */
export function wordsOf({ clid, src, dst, userfield }: Cdr, note: string | null): string {
  const text = [clid, src, dst, userfield, note].filter((part) => part !== null).join(' ');
  let words = '';
  for (const word of new Set(splitWords(text))) words += ` ${word}`;
  return words.slice(0, wordsMax).toWellFormed();
}

/** Letters, their marks and digits; everything else parts words. */
export function splitWords(text: string): string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  );
}
