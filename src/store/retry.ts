// Kept rejects handed over again: what is understood now is stored and its reject goes in the same transaction; what is not stays,
// with the new reason. A crash anywhere leaves either the reject or the record, never both and never neither.
import type { Micros } from '../cdr/cdr.ts';
import { Broken, type Fault } from '../errors.ts';
import { append, type Append } from './append.ts';
import { isRecord } from './meet.ts';
import { writeAudit, type By } from './audit.ts';
import { allot } from './names.ts';
import { rawMax, remove, type Reject } from './rejects.ts';
import type { Desk } from './save.ts';
import { chunks, placeholders, type Sql } from './sql.ts';

/** The rejects of the rows of a batch, in their order; all of one source and one wall. */
export interface Retry {
  ids: readonly number[];
  by: By;
}

/** What became of a reject. gone: another has stored or discarded it meanwhile. */
export type Retried =
  | { id: number; outcome: 'created' | 'duplicate'; cdr: number }
  /** Retention has taken its record: the reject goes too. */
  | { id: number; outcome: 'expired' }
  | { id: number; outcome: 'rejected'; reason: string; faults: Fault[] }
  | { id: number; outcome: 'gone' };

/** Must run inside the transaction of a write; see append. */
export async function retry(
  sql: Sql,
  rooms: Desk,
  work: Append,
  { ids, by }: Retry,
): Promise<{ retried: Retried[]; keep: () => void }> {
  // Ingest's lock, then that of all who take rejects away: in this order everywhere.
  await allot(sql, 'cdr', 0);
  await allot(sql, 'reject', 0);
  const there = await present(sql, ids);
  const at = ids.map((_, index) => index).filter((index) => there.has(ids[index]!) && isRecord(work.rows[index]!));
  const rows = at.map((index) => work.rows[index]!);
  const marks = at.map((index) => work.marks?.[index]);
  const cameAs = work.cameAs && ((index: number) => work.cameAs!(at[index]!));
  const done = rows.length === 0 ? null : await append(sql, rooms, { ...work, rows, marks, cameAs, isRetry: true });
  if (rows.length > 0 && !done) throw new Broken('a retry was taken for a batch that is stored already');
  const outcomes = new Map(at.map((index, place) => [index, done!.outcomes[place]!]));

  const retried = ids.map((id, index): Retried => {
    if (!there.has(id)) return { id, outcome: 'gone' };
    const outcome = outcomes.get(index);
    if (outcome?.outcome === 'expired') return { id, outcome: 'expired' };
    if (outcome && outcome.outcome !== 'rejected') return { id, outcome: outcome.outcome, cdr: outcome.id };
    const { reason, faults } = outcome?.reject ?? (work.rows[index] as Reject);
    return { id, outcome: 'rejected', reason, faults };
  });
  const stored = retried.filter((one) => 'cdr' in one);
  const expired = retried.filter((one) => one.outcome === 'expired');
  await remove(
    sql,
    [...stored, ...expired].map(({ id }) => id),
  );
  const failed = retried.filter((one) => one.outcome === 'rejected');
  for (const one of failed) await noteTry(sql, one, work.now);
  if (stored.length + expired.length + failed.length > 0) {
    const detail = {
      source: work.sourceName,
      stored: stored.map(({ id, outcome, cdr }) => ({ reject: id, cdr, outcome })),
      ...(expired.length > 0 ? { expired: expired.map(({ id }) => id) } : {}),
      failed: failed.map(({ id }) => id),
    };
    const object = ids.length === 1 ? `reject ${ids[0]}` : `${ids.length} rejects`;
    const count = stored.length + expired.length + failed.length;
    await writeAudit(sql, { at: work.now, by, action: 'reject.retried', object, detail, count });
  }
  return { retried, keep: () => done?.keep() };
}

async function noteTry(
  sql: Sql,
  { id, reason, faults }: { id: number; reason: string; faults: readonly Fault[] },
  now: Micros,
): Promise<void> {
  await sql.run('UPDATE `reject` SET `tries` = `tries` + 1, `tried` = ?, `reason` = ?, `faults` = ? WHERE `id` = ?', [
    ...[now, reason.slice(0, rawMax).toWellFormed(), JSON.stringify(faults), id],
  ]);
}

async function present(sql: Sql, ids: readonly number[]): Promise<Set<number>> {
  const found = new Set<number>();
  for (const some of chunks(ids)) {
    const where = placeholders(1, some.length);
    for (const { id } of await sql.all<{ id: number }>(
      `SELECT \`id\` FROM \`reject\` WHERE \`id\` IN ${where}`,
      some,
    )) {
      found.add(id);
    }
  }
  return found;
}
