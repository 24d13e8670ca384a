// Records written over HTTP: the same path as any source, with an answer for each.
import type { RawRow, RawValue } from '../../../cdr/normalise.ts';
import type { Within } from '../../../cdr/query.ts';
import { ClientError, type Fault } from '../../../errors.ts';
import { failpoint } from '../../../failpoint.ts';
import { bare, systemOf, withoutSystem } from '../../../ingest/rows.ts';
import type { Outcome } from '../../../store/append.ts';
import type { HttpContext } from '../../context.ts';
import { faultsMax, found, sentenceOf } from '../../validate.ts';

export type PostResult =
  | { status: 'created'; id: number }
  | { status: 'duplicate'; id: number }
  | { status: 'expired' }
  | { status: 'rejected'; errors: Fault[] };

/** One result per given record, in their order. */
export async function postCdrs(given: readonly unknown[], within: Within, context: HttpContext): Promise<PostResult[]> {
  const results = new Array<PostResult>(given.length);
  const bySystem = new Map<string | null, { at: number; row: RawRow }[]>();
  given.forEach((record, at) => {
    if (!isRecord(record)) {
      results[at] = { status: 'rejected', errors: [{ field: '', message: `${found(record)} is not a record` }] };
      return;
    }
    const named = systemOf(record, context.systems.keys());
    const system = typeof named === 'string' ? named : null;
    // Whatever is wrong with a record, it is handed over: it is kept as a reject.
    const fields = system === null ? bare(record) : withoutSystem(record);
    const rows = bySystem.get(system) ?? [];
    rows.push({ at, row: { kind: 'api', timezone: 'UTC', fields } });
    bySystem.set(system, rows);
  });
  for (const [system, rows] of bySystem) {
    const fields = rows.map(({ row }) => row);
    const outcomes = await context.ingest.post(system, fields, within);
    failpoint('before answer');
    rows.forEach(({ at }, index) => (results[at] = resultOf(outcomes[index]!)));
  }
  return results;
}

/** The answer for one record sent alone: 201, 200, or 422 with the faults. */
export function statusOf(result: PostResult): number {
  if (result.status === 'created') return 201;
  if (result.status === 'duplicate') return 200;
  if (result.status === 'expired')
    throw new ClientError(410, 'this record was taken away by retention, it does not come back');
  throw new ClientError(422, `the record was not stored: ${sentenceOf(result.errors)}`, result.errors);
}

function resultOf(outcome: Outcome): PostResult {
  if (outcome.outcome === 'rejected') {
    return { status: 'rejected', errors: outcome.reject.faults.slice(0, faultsMax) };
  }
  return outcome.outcome === 'expired' ? { status: 'expired' } : { status: outcome.outcome, id: outcome.id };
}

function isRecord(value: unknown): value is Record<string, RawValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
