// What readers may ask for, and the one predicate that says whether a record is part of an answer.
import type { Disposition, Micros, StoredCdr } from './cdr.ts';

/** The tenant wall: handles of the companies a reader is bound to, null = unbound. Every query carries one. */
export type Within = readonly string[] | null;

/** Conditions that all must hold. Company matches the calling or the called one, extension either party. */
export interface CdrFilter {
  company?: string;
  extension?: string;
  system?: string;
  disposition?: Disposition;
}

export interface CdrQuery extends CdrFilter {
  within: Within;
  /** Start of the record, `from` inclusive, `until` exclusive. */
  from?: Micros;
  until?: Micros;
  /** Only ids above this one, in rising order. */
  after: number;
  limit: number;
}

/** The facts by which records are filtered and walled; a change that moves them is kept with the change. */
export type Facts = Pick<StoredCdr, 'system' | 'company' | 'target' | 'extension' | 'peerExtension' | 'disposition'>;

export function factsOf(cdr: Facts): Facts {
  const { system, company, target, extension, peerExtension, disposition } = cdr;
  return { system, company, target, extension, peerExtension, disposition };
}

/** Companies are compared without case. */
export function companyKey(handle: string): string {
  return handle.toLowerCase();
}

/** Whether a reader behind this wall may see the record. */
export function isVisible(facts: Facts, within: Within): boolean {
  return within === null || within.some((handle) => concerns(facts, handle));
}

/** Whether a record is part of what a reader asked for. */
export function matches(facts: Facts, filter: CdrFilter, within: Within): boolean {
  return (
    isVisible(facts, within) &&
    (filter.company === undefined || concerns(facts, filter.company)) &&
    (filter.extension === undefined || [facts.extension, facts.peerExtension].includes(filter.extension)) &&
    (filter.system === undefined || facts.system === filter.system) &&
    (filter.disposition === undefined || facts.disposition === filter.disposition)
  );
}

function concerns(facts: Facts, handle: string): boolean {
  const key = companyKey(handle);
  return [facts.company, facts.target].some((company) => company !== null && companyKey(company) === key);
}
