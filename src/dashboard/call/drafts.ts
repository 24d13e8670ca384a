// What was typed beside a record and is not saved yet: kept as long as the page is open, whatever is closed meanwhile, until it is saved or
// thrown away. Each who signs in has their own.
import type { Desk } from '../desk.ts';

export const fields = ['note', 'tags'] as const;
/** Of each field that was changed, what it says now. */
export type Draft = Readonly<Partial<Record<(typeof fields)[number], string>>>;

const drafts = new Map<string, Draft>();

function keyOf({ who }: Desk, id: number): string {
  return `${who.kind} ${who.name} ${id}`;
}

/** Of the record with this id. */
export function draftOf(desk: Desk, id: number): Draft {
  return drafts.get(keyOf(desk, id)) ?? {};
}

/** One that says nothing is none. */
export function keepDraft(desk: Desk, id: number, draft: Draft): void {
  const key = keyOf(desk, id);
  if (fields.some((name) => draft[name] !== undefined)) drafts.set(key, draft);
  else drafts.delete(key);
}

/** Tags that somebody typed, by commas; one that the record has already, with commas in it, stays whole. */
export function tagsIn(text: string, known: readonly string[]): string[] {
  const whole = known.filter((tag) => tag.includes(',') && text.includes(tag));
  const rest = whole.reduce((left, tag) => left.replace(tag, ''), text);
  return [...whole, ...rest.split(',').flatMap((tag) => tag.trim() || [])];
}
