// What readers may ask for, and the one predicate that says whether a record is part of an answer.
import type { Disposition, Micros, StoredCdr } from './cdr.ts';
import { concerns, isVisible, type Within } from './wall.ts';

export { companyKey, isVisible, type Within } from './wall.ts';

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
