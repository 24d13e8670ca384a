// What people write, laid over a record: one that is stored (edit.ts), or one that is made in this very transaction (append.ts).
import { ownSides, withCallCompany } from '../cdr/callcompany.ts';
import type { Micros, StoredCdr } from '../cdr/cdr.ts';
import { newOverlay, patched, saidWords, seenParties, wordsBeneath, type Overlay, type Patch } from '../cdr/overlay.ts';
import type { Within } from '../cdr/wall.ts';
import { wordsOf } from '../cdr/words.ts';
import type { By } from './audit.ts';
import type { InHand } from './inhand.ts';
import { demandEdit } from './leave.ts';

/** What is written over each record that a batch makes, in its transaction: nobody ever sees one without it. */
export interface Laid {
  by: By;
  /** Parties and words only. */
  patchOf: (cdr: StoredCdr) => Omit<Patch, 'note' | 'tags'>;
}

/** `patch`: its tags are names as they are kept. null: it changes nothing. */
export function laidOver(
  before: StoredCdr,
  overlay: Overlay,
  patch: Patch,
  now: Micros,
): { after: StoredCdr; next: Overlay } | null {
  const laid = patched(overlay, patch);
  const next = { ...laid, told: wordsBeneath(laid.said, { ...before, ...overlay.told }) };
  if (JSON.stringify(next) === JSON.stringify(overlay)) return null;
  const { note } = next;
  const after: StoredCdr = withCallCompany({
    ...before,
    ...{ ...seenParties(next), ...saidWords(next.said), note, tags: next.tags, said: next.said },
    ...{ edited: true, updated: now },
  });
  after.words = wordsOf(after, note);
  return { after, next };
}

/** The overlay of a record that nobody has written beside. */
export function bareOverlay(cdr: StoredCdr): Overlay {
  return newOverlay({ ...cdr, ...ownSides(cdr) });
}

/** A new record in hand, with the patch on it; what it was, null where that changes nothing. @throws ClientError 403 */
export function layOn(
  record: InHand,
  { patchOf }: Laid,
  now: Micros,
  within: Within,
): { before: StoredCdr; old: Overlay } | null {
  const before = record.cdr;
  const old = bareOverlay(before);
  const patch = patchOf(before);
  const laid = laidOver(before, old, patch, now);
  if (laid === null) return null;
  const { after, next } = laid;
  demandEdit(before, after, patch, within);
  // No row of this batch is to meet it any more, so what it was told need not be at hand.
  Object.assign(record, { cdr: after, overlay: next, was: after });
  return { before, old };
}
