// The second sight of a record fills what was unknown and sharpens what was coarse; it never takes anything away. Pure.
import type { Cdr, TimeOrigin } from './cdr.ts';
import { texts } from './fields.ts';
import { isCutOf } from './identity.ts';

const trust: Record<TimeOrigin, number> = { local: 0, utc: 1, epoch: 2 };

/** The record with what `sight` adds, or the very same object when it adds nothing. */
export function enrich(known: Cdr, sight: Cdr): Cdr {
  const gain: Partial<Cdr> = {};
  if (trust[sight.timeOrigin] > trust[known.timeOrigin]) {
    gain.timeOrigin = sight.timeOrigin;
    if (sight.start !== known.start) gain.start = sight.start;
    if (sight.answer !== null && sight.answer !== known.answer) gain.answer = sight.answer;
    if (sight.end !== null && sight.end !== known.end) gain.end = sight.end;
  }
  if (known.answer === null && sight.answer !== null) gain.answer = sight.answer;
  if (known.end === null && sight.end !== null) gain.end = sight.end;
  if (known.sequence === null && sight.sequence !== null) gain.sequence = sight.sequence;
  if (known.linkedid === null && sight.linkedid !== null) gain.linkedid = sight.linkedid;
  if (known.amaflags === null && sight.amaflags !== null) gain.amaflags = sight.amaflags;
  for (const { name } of texts) {
    const more = sight[name];
    if (tellsMore(more, known[name])) gain[name] = more;
  }
  const news = Object.entries(sight.custom).filter(([name, more]) => tellsMore(more, known.custom[name]));
  if (news.length > 0) gain.custom = { ...known.custom, ...Object.fromEntries(news) };
  return Object.keys(gain).length > 0 ? { ...known, ...gain } : known;
}

/** A text where there was none, or the whole of one that a column had cut. */
function tellsMore(more: string | null, old: string | null | undefined): more is string {
  return more !== null && more !== '' && (!old || isCutOf(old, more));
}
