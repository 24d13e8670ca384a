// When are two rows the same record? By sequence where both sides know it, else by content. Pure.
import type { Cdr } from './cdr.ts';

/** What the store knows of a record when a new row of the same system and uniqueid arrives. */
export interface Known {
  cdr: Cdr;
  /** Names of the sources that have shown it. */
  sources: readonly string[];
}

export interface Sight {
  cdr: Cdr;
  source: string;
  /** Whether the source may show a row twice (a table is read again; an AMI event comes once). */
  canRepeat: boolean;
}

/**
 * The known record that this sight shows again, or undefined when it is a new one. `known` holds all records of its
 * system and uniqueid, oldest first; `claimed` those that rows without sequence of the same batch already matched:
 * of two rows equal in everything (`ForkCDR`) the second is the second record.
 */
export function findSame<K extends Known>(sight: Sight, known: readonly K[], claimed: ReadonlySet<K>): K | undefined {
  const { cdr, source } = sight;
  if (cdr.sequence !== null) {
    const exact = known.find((other) => other.cdr.sequence === cdr.sequence);
    if (exact) return exact;
  }
  const equal = known.filter((other) => canMeet(cdr, other.cdr) && !claimed.has(other) && sameContent(cdr, other.cdr));
  const again = sight.canRepeat ? equal.find((other) => other.sources.includes(source)) : undefined;
  return again ?? equal.find((other) => !other.sources.includes(source));
}

/** Two known sequences that differ are two records, whatever their content says. */
function canMeet(a: Cdr, b: Cdr): boolean {
  return a.sequence === null || b.sequence === null;
}

const comparedTexts = ['channel', 'dstchannel', 'src', 'dst', 'dcontext', 'lastapp', 'lastdata'] as const;

/** Equal in all that both know and nobody edits later; times to the second, texts up to a column's cut. */
export function sameContent(a: Cdr, b: Cdr): boolean {
  return (
    Math.floor(a.start / 1e6) === Math.floor(b.start / 1e6) &&
    a.duration === b.duration &&
    a.billsec === b.billsec &&
    a.disposition === b.disposition &&
    comparedTexts.every((name) => agree(a[name], b[name]))
  );
}

/** Shorter texts than this are never taken for the cut form of a longer one; the narrowest column in use is 20 wide. */
const narrowestColumn = 20;

function agree(a: string | null, b: string | null): boolean {
  return a === b || a === null || b === null || isCutOf(a, b) || isCutOf(b, a);
}

/** Whether `cut` is `whole` as a column of limited width keeps it. */
export function isCutOf(cut: string, whole: string): boolean {
  return cut.length >= narrowestColumn && cut.length < whole.length && whole.startsWith(cut);
}
