// Records written over HTTP: the same path as any source, with an answer for each.
import type { RawRow, RawValue } from '../../../cdr/normalise.ts';
import { texts } from '../../../cdr/fields.ts';
import type { Within } from '../../../cdr/query.ts';
import { ClientError, type Fault } from '../../../errors.ts';
import type { Outcome } from '../../../store/append.ts';
import type { HttpContext } from '../../context.ts';

export type PostResult =
  | { status: 'created'; id: number }
  | { status: 'duplicate'; id: number }
  | { status: 'rejected'; errors: Fault[] };

const known = new Set<string>([
  ...texts.map(({ name }) => name),
  ...['system', 'uniqueid', 'sequence', 'linkedid', 'start', 'answer', 'end', 'duration', 'billsec', 'disposition'],
  ...['amaflags', 'custom'],
]);

/** One result per given record, in their order. */
export async function postCdrs(given: readonly unknown[], within: Within, context: HttpContext): Promise<PostResult[]> {
  const results = new Array<PostResult>(given.length);
  const bySystem = new Map<string, { at: number; row: RawRow }[]>();
  given.forEach((record, at) => {
    const system = systemOf(record, context.systems);
    const faults = isObject(record) ? unknownKeys(record) : [{ field: '', message: 'is not an object' }];
    if (typeof system !== 'string') faults.push(system);
    if (faults.length > 0) results[at] = { status: 'rejected', errors: faults };
    else {
      const rows = bySystem.get(system as string) ?? [];
      rows.push({ at, row: { kind: 'api', timezone: 'UTC', fields: lowered(record as Record<string, unknown>) } });
      bySystem.set(system as string, rows);
    }
  });
  for (const [system, rows] of bySystem) {
    const outcomes = await context.ingest.post(system, rows.map(({ row }) => row), within);
    rows.forEach(({ at }, index) => (results[at] = resultOf(outcomes[index]!)));
  }
  return results;
}

function resultOf(outcome: Outcome): PostResult {
  if (outcome.outcome !== 'rejected') return { status: outcome.outcome, id: outcome.id };
  const errors = outcome.reject.reason.split('; ').map((text) => {
    const [, field, message] = /^([\w.]+): (.*)$/.exec(text) ?? [null, '', text];
    return { field: field!, message: message! };
  });
  return { status: 'rejected', errors };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownKeys(record: Record<string, unknown>): Fault[] {
  return Object.keys(record)
    .filter((key) => !known.has(key))
    .map((key) => ({ field: key.slice(0, 100), message: `is not a field of a record, expected one of ${[...known].join(', ')}` }));
}

/** The named system, or the only one there is. */
function systemOf(record: unknown, systems: ReadonlyMap<string, string>): string | Fault {
  const named = isObject(record) ? record['system'] : undefined;
  const names = [...systems.keys()];
  if (named === undefined && names.length === 1) return names[0]!;
  if (typeof named === 'string' && systems.has(named)) return named;
  const found = named === undefined ? 'is missing' : `${JSON.stringify(named)?.slice(0, 100)} is not configured`;
  return { field: 'system', message: `${found}, expected one of ${names.join(', ') || 'none: no system is configured'}` };
}

function lowered(record: Record<string, unknown>): Record<string, RawValue> {
  const fields = Object.create(null) as Record<string, RawValue>;
  for (const [key, value] of Object.entries(record)) if (key !== 'system') fields[key] = value as RawValue;
  return fields;
}

/** The answer for one record sent alone: 201, 200, or 422 with the faults. */
export function statusOf(result: PostResult): number {
  if (result.status === 'created') return 201;
  if (result.status === 'duplicate') return 200;
  throw new ClientError(422, 'the record was not stored, it is kept as a reject', result.errors);
}
