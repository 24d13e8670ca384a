// Records that people make by hand, of no Asterisk: they say themselves whose they are, and no rule is asked.
import { randomUUID } from 'node:crypto';
import { directions, type Cdr, type Derived } from '../cdr/cdr.ts';
import type { RawRow, RawValue } from '../cdr/normalise.ts';
import { isoOf } from '../cdr/time.ts';
import { Broken } from '../errors.ts';
import { classify } from '../rules/classify.ts';
import type { RuleSet } from '../rules/compile.ts';
import type { Tables } from '../rules/tables.ts';

/** The system they are of, unless one of the configuration is called so. */
export const byHand = 'manual';

export interface Written
  extends
    Pick<Cdr, 'src' | 'dst' | 'disposition' | 'duration' | 'billsec' | 'start' | 'answer' | 'end'>,
    Pick<Derived, 'company' | 'target' | 'extension' | 'direction'> {}

/** A row of it, under a name that no other has. */
export function rowOf({ company, target, extension, direction, start, answer, end, ...words }: Written): RawRow {
  const time = (at: number | null) => (at === null ? null : isoOf(at));
  const fields: Record<string, RawValue> = {
    ...{ uniqueid: `manual-${randomUUID()}`, ...words, start: time(start), answer: time(answer), end: time(end) },
    ...{ channel: '', dstchannel: '', accountcode: company ?? '', peeraccount: target ?? '' },
    custom: { ...(extension === null ? {} : { extension }), ...(direction === null ? {} : { direction }) },
  };
  return { kind: 'api', timezone: 'UTC', fields };
}

/** How what is not told is made of a record of a system. `rules`: those of the system, where it is configured. */
export function derivingOf(system: string, rules: RuleSet | undefined): (cdr: Cdr, tables: Tables) => Derived {
  return (cdr, tables) => {
    if (rules) return classify(rules, cdr, tables);
    if (system === byHand) return derivedByHand(cdr);
    throw new Broken(`no rules for the system ${system}`);
  };
}

export function derivedByHand({ accountcode, peeraccount, custom }: Cdr): Derived {
  const direction = directions.find((one) => one === custom['direction']) ?? null;
  const parties = { company: accountcode || null, target: peeraccount || null };
  return { properties: {}, ...parties, extension: custom['extension'] ?? null, peerExtension: null, direction };
}
