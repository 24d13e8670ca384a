// The wall around a reader: which records it may see at all, whatever it asks for. Every query carries one; store/wall.ts says the same in SQL.
import type { Derived } from './cdr.ts';

/** What of a record the wall looks at. */
export type Parties = Pick<Derived, 'company' | 'target' | 'extension' | 'peerExtension'>;

/** Handles of the companies a reader is bound to, or a closer wall; null = unbound. */
export type Within = readonly string[] | Wall | null;

/** A reader who sees only the records of some extensions of its companies; companies null = wherever these extensions are. */
export interface Wall {
  companies: readonly string[] | null;
  extensions: readonly string[];
}

/** The companies a reader is bound to, null = none in particular. */
export function companiesWithin(within: Within): readonly string[] | null {
  return within !== null && 'extensions' in within ? within.companies : within;
}

/** Companies are compared without case. */
export function companyKey(handle: string): string {
  return handle.toLowerCase();
}

/** Whether a reader behind this wall may see the record. */
export function isVisible(facts: Parties, within: Within): boolean {
  if (within === null) return true;
  if ('extensions' in within) return isOwn(facts, within);
  return within.some((handle) => concerns(facts, handle));
}

/** Whether the company called or was called. */
export function concerns(facts: Pick<Parties, 'company' | 'target'>, handle: string): boolean {
  const key = companyKey(handle);
  return [facts.company, facts.target].some((company) => company !== null && companyKey(company) === key);
}

/**
 * Companies may use the same numbers: an extension counts only together with the company of its own side. With one extension
 * the record does not say whose side it is on (the caller's of an outbound record, the called one's of an inbound): then all its companies count.
 */
function isOwn({ company, target, extension, peerExtension }: Parties, { companies, extensions }: Wall): boolean {
  const keys = companies && new Set(companies.map(companyKey));
  const isIn = (handle: string | null) => keys === null || (handle !== null && keys.has(companyKey(handle)));
  const isMine = (number: string | null) => number !== null && extensions.includes(number);
  if (peerExtension === null) return isMine(extension) && isIn(company ?? target) && isIn(target ?? company);
  return (isMine(extension) && isIn(company)) || (isMine(peerExtension) && isIn(target ?? company));
}

/** Whether readers bound to companies may see some of these and not others. */
export function isMixed(walls: readonly Parties[]): boolean {
  const sidesOf = ({ company, target }: Parties) =>
    [...new Set([company, target])]
      .filter((side) => side !== null)
      .sort()
      .join('\n');
  const [first] = walls;
  if (first === undefined || walls.length === 1) return false;
  const isAlike = ({ company, target }: Parties) => company === first.company && target === first.target;
  return walls.some((wall) => !isAlike(wall) && sidesOf(wall) !== sidesOf(first));
}
