// What a writer who is bound to companies may do to a record: nothing that gives it away, loses it, or takes it from a company of others.
import type { StoredCdr } from '../cdr/cdr.ts';
import type { Patch } from '../cdr/overlay.ts';
import { companyKey, isVisible, type Within } from '../cdr/query.ts';
import { staffOf } from '../cdr/staff.ts';
import { companiesWithin } from '../cdr/wall.ts';
import { ClientError } from '../errors.ts';

/** @throws ClientError 422 for an edit that gives the record away, 403 for one that takes it from others */
export function demandEdit(before: StoredCdr, after: StoredCdr, patch: Patch, within: Within): void {
  const isOwn = ownOf(within);
  if (!isOwn) return;
  for (const field of ['company', 'target'] as const) {
    const given = patch[field];
    if (given == null || isOwn(given)) continue;
    const message = `"${given}" is not among the companies of this token`;
    throw new ClientError(422, `${field}: ${message}`, [{ field, message }]);
  }
  if (!isVisible(after, within)) {
    throw new ClientError(422, 'the record would belong to none of the companies of this token');
  }
  for (const field of ['company', 'target'] as const) {
    const [was, is] = [before[field], after[field]];
    if (was === null || isOwn(was) || (is !== null && companyKey(is) === companyKey(was))) continue;
    throw new ClientError(403, `${field}: ${ofOthers(was)}, and would be taken from there`);
  }
  const staff = new Set(staffOf(after).map(({ company, number }) => `${companyKey(company)} ${number}`));
  for (const { company, number } of staffOf(before)) {
    if (isOwn(company) || staff.has(`${companyKey(company)} ${number}`)) continue;
    throw new ClientError(403, `${ofOthers(company)}, whose extension ${number} would lose it`);
  }
}

/** Hiding, and taking that back, are for all of its companies. @throws ClientError 403 */
export function demandAll({ company, target }: StoredCdr, within: Within): void {
  const isOwn = ownOf(within);
  const other = [company, target].find((handle) => handle !== null && isOwn && !isOwn(handle));
  if (other != null)
    throw new ClientError(
      403,
      `${ofOthers(other)}: whoever hides it must be bound to none, or to all of its companies`,
    );
}

function ownOf(within: Within): ((handle: string) => boolean) | null {
  const companies = companiesWithin(within);
  if (companies === null) return null;
  const keys = new Set(companies.map(companyKey));
  return (handle) => keys.has(companyKey(handle));
}

function ofOthers(handle: string): string {
  return `the record is also of "${handle}", which is not among the companies of this token`;
}
