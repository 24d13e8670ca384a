// Which extensions a record shows, each with the company it is of: only those whose company is certain. Pure.
import type { Derived } from './cdr.ts';

/** An extension of a company, by the company's handle. */
export interface Staff {
  company: string;
  number: string;
}

type Facts = Pick<Derived, 'company' | 'target' | 'extension' | 'peerExtension' | 'direction'>;

/**
 * The caller's extension is of `company`, the called one of `target` or, without one, of `company` too. A number of an outside
 * party is never an extension of a record. One that might be of either of two companies is left out.
 */
export function staffOf({ company, target, extension, peerExtension, direction }: Facts): Staff[] {
  const called = target ?? company;
  if (peerExtension !== null) return [...staff(company, extension), ...staff(called, peerExtension)];
  if (direction === 'outbound') return staff(company, extension);
  if (direction === 'inbound') return staff(called, extension);
  return company === called ? staff(company, extension) : [];
}

function staff(company: string | null, number: string | null): Staff[] {
  // Spaces around it are of no number; MariaDB takes one with a space at its end for the one without.
  const trimmed = number?.trim() ?? '';
  return company === null || trimmed === '' ? [] : [{ company, number: trimmed }];
}
