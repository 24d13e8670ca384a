// The company that a record has of its call: where it concerns none by itself, and all others that concern any concern the same one
// (the Local halves of a queue, which have no `did`). Its words are `company` and `target` of `inCall`. Pure; no order matters.
import type { Properties, StoredCdr } from './cdr.ts';
import { companyKey, type Parties } from './wall.ts';

type Sided = Pick<Parties, 'company' | 'target'>;
/** Of `inCall`; companies as they are compared. At most one of the two is there. */
export type CallCompany = Pick<Properties, 'company' | 'target'>;

/** What the rules and people say of its companies, without what its call says. */
export function ownSides({ company, target, inCall }: Sided & Pick<StoredCdr, 'inCall'>): Sided {
  return {
    company: inCall.company === undefined ? company : null,
    target: inCall.target === undefined ? target : null,
  };
}

/** The record with these for its companies; the very same where its call says none. */
export function withoutCallCompany<Record extends Sided & Pick<StoredCdr, 'inCall'>>(record: Record): Record {
  const { company, target } = record.inCall;
  return company === undefined && target === undefined ? record : { ...record, ...ownSides(record) };
}

export function callCompanyOf({ company, target }: Properties): CallCompany {
  return { ...(company === undefined ? {} : { company }), ...(target === undefined ? {} : { target }) };
}

/** All that its call says but the company. */
export function restOf(inCall: Properties): Properties {
  const words = Object.entries(inCall).filter(([name]) => name !== 'company' && name !== 'target');
  return Object.fromEntries(words) satisfies Properties;
}

/** A record whose companies are its own, with those of its call where it has none; what its call says else goes. */
export function withCallCompany<Record extends Sided & Pick<StoredCdr, 'inCall'>>(record: Record): Record {
  const { company, target } = record.inCall;
  if (company === undefined && target === undefined) return record;
  if (record.company !== null || record.target !== null) return { ...record, inCall: restOf(record.inCall) };
  return { ...record, company: textOf(company), target: textOf(target) };
}

/** By record id, for those that have no company of their own; `records` are those of one call that everyone sees. */
export function companiesOfCall(records: readonly StoredCdr[]): Map<number, CallCompany> {
  const found = new Map<number, CallCompany>();
  if (records.length === 1) return found;
  const own = records.map((record) => ({ record, ...ownSides(record) }));
  const tellers = own.filter(({ company, target }) => company !== null || target !== null);
  const keys = new Set(tellers.flatMap(({ company, target }) => [company, target].flatMap((side) => keyOf(side))));
  const [key] = keys;
  if (key === undefined || keys.size > 1) return found;
  const isCaller = tellers.some(({ company }) => company !== null);
  const isCalled = tellers.some(({ target }) => target !== null);
  for (const { record, company, target } of own) {
    if (company !== null || target !== null) continue;
    const isOfCalled = isCaller && isCalled ? record.direction === 'inbound' : isCalled;
    found.set(record.id, isOfCalled ? { target: key } : { company: key });
  }
  return found;
}

const keyOf = (handle: string | null): string[] => (handle === null ? [] : [companyKey(handle)]);
const textOf = (word: string | true | undefined): string | null => (typeof word === 'string' ? word : null);
