// Kept rejects back to rows: by the very path their source used, with its vocabulary, the zone they came in, and the wall of their writer.
import type { Cdr } from '../cdr/cdr.ts';
import type { RawRow } from '../cdr/normalise.ts';
import type { Within } from '../cdr/query.ts';
import type { Fault } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Append } from '../store/append.ts';
import { nobodys, rawMax, type Reject, type StoredReject } from '../store/rejects.ts';
import type { Retried } from '../store/retry.ts';
import type { Store } from '../store/store.ts';
import { cameAs, fieldsOf, readRow, refusalOf, systemOf, withoutSystem } from './rows.ts';
import type { SourceKind } from './source.ts';

/** Rejects that are handed over together: of one source, written behind one wall. */
export interface RetryBatch {
  source: string;
  system: string;
  within: Within;
  ids: number[];
  rows: (Cdr | Reject)[];
  raws: RawRow[];
}

export interface RetryRules {
  /** The names of the configured systems. */
  systems: readonly string[];
  /** The zone of a source whose rejects do not know theirs. */
  zoneOf: (source: string) => string;
  log: Log;
}

/** In the order of the rejects, as far as batches allow. */
export function batchesOf(rejects: readonly StoredReject[], rules: RetryRules): RetryBatch[] {
  const batches = new Map<string, RetryBatch>();
  for (const reject of rejects) {
    const { raw, row, source, system } = readAgain(reject, rules);
    const key = JSON.stringify([source, reject.wall]);
    const batch = batches.get(key) ?? { source, system, within: reject.wall, ids: [], rows: [], raws: [] };
    batches.set(key, batch);
    batch.ids.push(reject.id);
    batch.rows.push(row);
    batch.raws.push(raw);
  }
  return [...batches.values()];
}

function readAgain(reject: StoredReject, { systems, zoneOf, log }: RetryRules) {
  const at = reject.source.lastIndexOf('/');
  const named = reject.source.slice(0, Math.max(at, 0));
  const kind = reject.source.slice(at + 1) as SourceKind;
  const fields = fieldsOf(reject.raw);
  const system = reject.source === nobodys ? systemOf(fields ?? {}, systems) : known(ofOther(reject, named), systems);
  const isFound = typeof system === 'string';
  const timezone = reject.timezone ?? (kind === 'api' ? 'UTC' : zoneOf(reject.source));
  const taken = fields && reject.source === nobodys && isFound ? withoutSystem(fields) : (fields ?? {});
  const raw: RawRow = {
    kind: reject.kind ?? (kind === 'ami' || kind === 'api' ? kind : 'table'),
    timezone,
    fields: taken,
    ...reject.row,
  };
  const place = isFound ? { source: `${system}/${kind}`, system } : { source: reject.source, system: named };
  const row = fields ? readRow(raw, place.system, log, isFound ? undefined : system) : cut(reject);
  return { ...place, raw, row };
}

/**
 * Whose record it is: `named`, the system of the source, or the one that the row of a file named, as its fault tells (importrun.ts): the
 * row itself is kept without it. A row that named none, or one that --system did not want, stays refused.
 */
function ofOther({ faults }: StoredReject, named: string): string | Fault {
  const fault = faults.find(({ field }) => field === 'system');
  return fault ? (/^"(.*)" is not configured/.exec(fault.message)?.[1] ?? fault) : named;
}

function known(system: string | Fault, systems: readonly string[]): string | Fault {
  return typeof system === 'string' && !systems.includes(system) ? systemOf({ system }, systems) : system;
}

function cut({ raw, reason }: StoredReject): Reject {
  const message = `was cut after ${rawMax} characters when it was kept, so it cannot be tried again; the fault was: ${reason}`;
  const told = reason.startsWith('raw: ') ? reason : `raw: ${message}`;
  return { raw, reason: told, faults: [{ field: 'raw', message: told.slice('raw: '.length) }] };
}

type Some = Pick<Append, 'rows' | 'marks' | 'cameAs' | 'within'>;

/** All in one transaction; where the database refuses a value, each in its own. */
export async function commitRetry(
  store: Pick<Store, 'isDataFault'>,
  { ids, rows, raws, within }: RetryBatch,
  persist: (some: Some, ids: number[]) => Promise<Retried[]>,
): Promise<Retried[]> {
  const hand = (which: readonly number[], given: readonly (Cdr | Reject)[] = rows) => {
    const some = which.map((at) => given[at]!);
    const cameAsAt = (at: number) => cameAs(raws[which[at]!]!);
    return persist(
      { rows: some, marks: which.map((at) => raws[at]!.mark), cameAs: cameAsAt, within },
      which.map((at) => ids[at]!),
    );
  };
  const ifRefused = <T>(error: unknown, otherwise: () => T): T => {
    if (!store.isDataFault(error)) throw error;
    return otherwise();
  };
  const refuse = (at: number, error: unknown) => hand([at], rows.with(at, refusalOf(error, cameAs(raws[at]!))));
  const singly = async () => {
    const retried: Retried[] = [];
    for (const at of rows.keys()) {
      retried.push(...(await hand([at]).catch((error: unknown) => ifRefused(error, () => refuse(at, error)))));
    }
    return retried;
  };
  return hand([...rows.keys()]).catch((error: unknown) => ifRefused(error, singly));
}
