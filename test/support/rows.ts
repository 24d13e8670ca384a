// The captured calls as sources hand them over, and small made-up ones.
import type { Cdr } from '../../src/cdr/cdr.ts';
import { normalise, type RawRow } from '../../src/cdr/normalise.ts';
import { rulesOf } from '../../src/configrules.ts';
import { classify } from '../../src/rules/classify.ts';
import { noTables, type Tables } from '../../src/rules/tables.ts';
import { captureEvents, captureRows } from '../simulator/capture.ts';

/** The rules of a system that says nothing of them. */
export const naming = rulesOf({ systems: [{ name: 'pbx1' }] }).get('pbx1')!;

export const derive = (cdr: Cdr, tables: Tables = noTables) => classify(naming, cdr, tables);

/** The 40 captured events as src/sources/ami emits them; `without` leaves headers out, as a PBX without mappings does. */
export function amiRows(without: readonly string[] = []): RawRow[] {
  return captureEvents.map((block) => {
    const lines = block.trim().split('\r\n');
    const headers = lines.map((line): [string, string] => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trimStart()];
    });
    return raw(
      'ami',
      Object.fromEntries(headers.filter(([name]) => !['event', 'privilege', ...without].includes(name))),
    );
  });
}

/** The rows of the same calls as src/sources/table emits them. */
export function tableRows(without: readonly string[] = []): RawRow[] {
  return captureRows.map((row) =>
    raw('table', Object.fromEntries(Object.entries(row).filter(([name]) => !without.includes(name)))),
  );
}

export function raw(kind: RawRow['kind'], fields: RawRow['fields']): RawRow {
  return { kind, timezone: 'UTC', fields: Object.assign(Object.create(null), fields) as RawRow['fields'] };
}

export function cdrs(rows: readonly RawRow[], system = 'pbx1'): Cdr[] {
  return rows.map((row) => normalise(row, system));
}

/** A small answered record; every number is a record of its own. */
export function someCdr(number: number, change: Partial<Cdr> = {}): Cdr {
  const second = 1_795_000_000 + number;
  const [cdr] = cdrs([
    raw('table', {
      calldate: new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' '),
      src: '101',
      dst: '102',
      channel: `PJSIP/acme-101-${number.toString(16).padStart(8, '0')}`,
      duration: 5,
      billsec: 4,
      disposition: 'ANSWERED',
      uniqueid: `${second}.${number}`,
      linkedid: `${second}.${number}`,
      sequence: number,
    }),
  ]);
  return { ...cdr!, ...change };
}
