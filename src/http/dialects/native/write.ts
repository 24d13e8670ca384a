// Records written over HTTP: the same path as any source, with an answer for each.
import { customMax, texts } from '../../../cdr/fields.ts';
import type { RawRow, RawValue } from '../../../cdr/normalise.ts';
import type { Within } from '../../../cdr/query.ts';
import { ClientError, type Fault } from '../../../errors.ts';
import type { Outcome } from '../../../store/append.ts';
import type { HttpContext } from '../../context.ts';
import { faultsMax, found, sentenceOf } from '../../validate.ts';

export type PostResult =
  { status: 'created'; id: number } | { status: 'duplicate'; id: number } | { status: 'rejected'; errors: Fault[] };

/** A number would lose what a text keeps: 1700000000.10 is not 1700000000.1. */
const textual = new Set<string>([
  ...texts.map(({ name }) => name),
  ...['system', 'uniqueid', 'linkedid', 'start', 'answer', 'end', 'disposition'],
]);
const known = new Set<string>([...textual, 'sequence', 'duration', 'billsec', 'amaflags', 'custom']);

/** One result per given record, in their order. */
export async function postCdrs(given: readonly unknown[], within: Within, context: HttpContext): Promise<PostResult[]> {
  const results = new Array<PostResult>(given.length);
  const bySystem = new Map<string, { at: number; row: RawRow }[]>();
  given.forEach((record, at) => {
    const system = isObject(record) ? systemOf(record, context.systems) : '';
    const faults = isObject(record)
      ? shapeFaults(record)
      : [{ field: '', message: `${found(record)} is not a record` }];
    if (typeof system !== 'string') faults.push(system);
    if (faults.length > 0) {
      results[at] = { status: 'rejected', errors: faults };
      return;
    }
    const rows = bySystem.get(system as string) ?? [];
    rows.push({ at, row: { kind: 'api', timezone: 'UTC', fields: fieldsOf(record as Record<string, RawValue>) } });
    bySystem.set(system as string, rows);
  });
  for (const [system, rows] of bySystem) {
    const fields = rows.map(({ row }) => row);
    const outcomes = await context.ingest.post(system, fields, within);
    rows.forEach(({ at }, index) => (results[at] = resultOf(outcomes[index]!)));
  }
  return results;
}

/** The answer for one record sent alone: 201, 200, or 422 with the faults. */
export function statusOf(result: PostResult): number {
  if (result.status === 'created') return 201;
  if (result.status === 'duplicate') return 200;
  throw new ClientError(422, `the record was not stored: ${sentenceOf(result.errors)}`, result.errors);
}

function resultOf(outcome: Outcome): PostResult {
  if (outcome.outcome !== 'rejected') return { status: outcome.outcome, id: outcome.id };
  return { status: 'rejected', errors: outcome.reject.faults };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What no record can hold, whatever its values mean; normalise judges the values. */
function shapeFaults(record: Record<string, unknown>): Fault[] {
  const faults: Fault[] = [];
  for (const [field, value] of Object.entries(record)) {
    const message = shapeFault(field, value);
    if (message !== null) faults.push({ field: field.slice(0, 100), message });
    if (faults.length >= faultsMax) break;
  }
  return faults;
}

function shapeFault(field: string, value: unknown): string | null {
  if (!known.has(field)) return `is not a field of a record, expected one of ${[...known].join(', ')}`;
  if (value === null || value === undefined) return null;
  if (field === 'custom') return customFault(value);
  if (typeof value === 'string') return null;
  if (textual.has(field)) return `${found(value)} is not a text`;
  return typeof value === 'number' ? null : `${found(value)} is not a number`;
}

function customFault(value: unknown): string | null {
  if (!isObject(value)) return `${found(value)} is not an object of texts`;
  const entries = Object.entries(value);
  if (entries.length > customMax.count) return `${entries.length} values are not at most ${customMax.count}`;
  const long = entries.find(([, text]) => typeof text === 'string' && text.length > customMax.value);
  if (long) return `${long[0].slice(0, 100)} is not at most ${customMax.value} characters long`;
  const odd = entries.find(([, text]) => typeof text === 'object' && text !== null);
  return odd ? `${odd[0].slice(0, 100)}: ${found(odd[1])} is not a text` : null;
}

/** The named system, or the only one there is. */
function systemOf(record: Record<string, unknown>, systems: ReadonlyMap<string, string>): string | Fault {
  const named = record['system'];
  const names = [...systems.keys()];
  if (named === undefined && names.length === 1) return names[0]!;
  if (typeof named === 'string' && systems.has(named)) return named;
  const expected = names.length > 0 ? `expected one of ${names.join(', ')}` : 'and no system is configured';
  return {
    field: 'system',
    message: `${named === undefined ? 'is missing' : `${found(named)} is not configured`}, ${expected}`,
  };
}

function fieldsOf(record: Record<string, RawValue>): Record<string, RawValue> {
  const fields = Object.create(null) as Record<string, RawValue>;
  for (const [key, value] of Object.entries(record)) if (key !== 'system') fields[key] = wellFormed(value);
  return fields;
}

/** Half a surrogate pair would come back from the database as another character, and the record as another record. */
function wellFormed(value: RawValue): RawValue {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, wellFormed(inside)]));
}
