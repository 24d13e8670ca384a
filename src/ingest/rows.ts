// One raw row to a record or a reject, with what is kept of it. Pure, but for a line in the debug log.
import type { Cdr } from '../cdr/cdr.ts';
import { normalise, type RawRow, type RawValue } from '../cdr/normalise.ts';
import { shown } from '../cdr/rowreader.ts';
import { BadRecord, messageOf, type Fault } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Came, Reject } from '../store/rejects.ts';

/** `unknown`: why no system of ours is meant; the row is a reject then, told all that is wrong with it. */
export function readRow(row: RawRow, system: string, log: Log, unknown?: Fault): Cdr | Reject {
  let error: BadRecord;
  try {
    const cdr = normalise(row, system);
    if (!unknown) return cdr;
    error = new BadRecord([unknown]);
  } catch (thrown) {
    if (!(thrown instanceof BadRecord)) throw thrown;
    error = unknown ? new BadRecord([...thrown.faults, unknown]) : thrown;
  }
  const found = row.fields['uniqueid'];
  const uniqueid = typeof found === 'string' && found !== '' ? found.slice(0, 150) : 'unknown';
  log.debug({ system, uniqueid, reason: error.message }, 'record rejected');
  const where = unknown ? `uniqueid ${uniqueid}` : `system ${system}, uniqueid ${uniqueid}`;
  return { ...cameAs(row), reason: `${error.message} (${where})`, faults: error.faults };
}

/** What a reject keeps of a row. JSON nested deeper than the stack allows can come over HTTP only, and says nothing. */
export function cameAs({ kind, timezone, fields, idColumn, mark }: RawRow): Came {
  const raw = () => {
    try {
      return JSON.stringify(fields);
    } catch {
      return JSON.stringify({ keys: Object.keys(fields), note: 'nested too deeply to be kept' });
    }
  };
  const row = { ...(idColumn && { idColumn }), ...(mark && { mark }) };
  return { raw: raw(), kind, timezone, ...(Object.keys(row).length > 0 && { row }) };
}

/** The row whose value the database would refuse for ever. */
export function refusalOf(error: unknown, came: Came): Reject {
  const message = `the store's database refused it: ${messageOf(error)}`;
  return { ...came, reason: message, faults: [{ field: '', message }] };
}

/** The fields of a kept row; undefined when its text was cut. */
export function fieldsOf(raw: string): RawRow['fields'] | undefined {
  try {
    return bare(JSON.parse(raw) as RawRow['fields']);
  } catch {
    return undefined;
  }
}

/** The same without a prototype: no field is there that nobody gave. */
export function bare(record: Readonly<Record<string, RawValue>>): RawRow['fields'] {
  const fields = Object.create(null) as RawRow['fields'];
  for (const [key, value] of Object.entries(record)) fields[key] = value;
  return fields;
}

/** The system a written record names, or the only one there is. */
export function systemOf(record: { system?: RawValue }, systems: Iterable<string>): string | Fault {
  const named = record.system;
  const names = [...systems];
  if (named === undefined && names.length === 1) return names[0]!;
  if (typeof named === 'string' && names.includes(named)) return named;
  const expected = names.length > 0 ? `expected one of ${names.join(', ')}` : 'and no system is configured';
  const message = `${named === undefined ? 'is missing' : `${shown(named)} is not configured`}, ${expected}`;
  return { field: 'system', message };
}

/** A written record without the name of its system, which has a place of its own. */
export function withoutSystem(record: Readonly<Record<string, RawValue>>): RawRow['fields'] {
  const fields = bare(record);
  delete fields['system'];
  return fields;
}
