// What a batch leaves behind of rows that are not understood, and takes away of those that were not and are now.
import type { Micros } from '../cdr/cdr.ts';
import type { RowMark } from '../cdr/sight.ts';
import type { Append } from './append.ts';
import type { Outcome } from './meet.ts';
import { byCommand, writeAudit } from './audit.ts';
import { allot } from './names.ts';
import { keepAtMost, type LetGo } from './letgo.ts';
import { digestOfRow, remove, writeRejects, type RowName } from './rejects.ts';
import { chunks, placeholders, type Sql } from './sql.ts';

/**
 * Part of the transaction of a batch of the source `name`; `kept`: most rejects, when nobody says.
 * What a backfill or a reconcile shows, the table has shown: the reject is the table's, once, whoever reads the row. Resolves to
 * what went because too many are kept.
 */
export async function settleRejects(
  sql: Sql,
  name: string,
  { sourceId, sourceName, marks = [], within, now, rejectsMax, isRetry }: Append,
  outcomes: readonly Outcome[],
  kept: number,
): Promise<LetGo[]> {
  if (isRetry) return [];
  const rejects = outcomes.flatMap((result, at) =>
    result.outcome === 'rejected' ? [{ ...result.reject, key: keyOf(marks[at]) }] : [],
  );
  const mended = marks.flatMap((mark, at) => {
    const key = keyOf(mark);
    return key !== undefined && outcomes[at]?.outcome !== 'rejected' ? [key] : [];
  });
  if (rejects.length + mended.length === 0) return [];
  const owner = name === sourceName ? sourceId : ((await sourceIdOf(sql, sourceName)) ?? sourceId);
  const hasNew = await writeRejects(sql, owner, rejects, { within, now });
  await dropMended(sql, owner, mended, now);
  return hasNew ? keepAtMost(sql, rejectsMax ?? kept, now) : [];
}

/** By what the reject of a row is known when the row comes again: its name in a table, or its text in a file. */
function keyOf({ key, line }: RowMark = {}): string | undefined {
  return key ?? (line === undefined ? undefined : `line ${line}`);
}

async function sourceIdOf(sql: Sql, name: string): Promise<number | undefined> {
  return (await sql.all<{ id: number }>('SELECT `id` FROM `source` WHERE `name` = ?', [name]))[0]?.id;
}

/** Rows of these names are understood by now, so what was kept of them goes. Audited. */
async function dropMended(sql: Sql, sourceId: number, keys: readonly string[], now: Micros): Promise<void> {
  if (keys.length === 0) return;
  const [some] = await sql.all('SELECT `id` FROM `reject` WHERE `source_id` = ? LIMIT 1', [sourceId]);
  if (some === undefined) return;
  const ids: number[] = [];
  for (const digests of chunks(keys.map(digestOfRow))) {
    const found = await sql.all<{ id: number }>(
      `SELECT \`id\` FROM \`reject\` WHERE \`source_id\` = ? AND \`content\` IN ${placeholders(1, digests.length)}`,
      [sourceId, ...digests],
    );
    ids.push(...found.map(({ id }) => id));
  }
  if (ids.length === 0) return;
  // Whoever retries or discards holds it too; ingest's own lock was taken before.
  await allot(sql, 'reject', 0);
  await remove(sql, ids);
  const object = ids.length === 1 ? `reject ${ids[0]}` : `${ids.length} rejects`;
  await writeAudit(sql, {
    at: now,
    by: byCommand,
    action: 'reject.mended',
    object,
    detail: { ids },
    count: ids.length,
  });
}

/** When each kept reject of these sources was first seen, of those that were between two instants and whose rows are there still. */
export async function firstSights(
  sql: Sql,
  sourceIds: readonly number[],
  from: Micros,
  until: Micros,
): Promise<Micros[]> {
  if (sourceIds.length === 0) return [];
  const rows = await sql.all<{ first: Micros }>(
    `SELECT \`first\` FROM \`reject\` WHERE \`source_id\` IN ${placeholders(1, sourceIds.length)} AND \`first\` >= ? AND \`first\` < ? AND \`gone\` IS NULL`,
    [...sourceIds, from, until],
  );
  return rows.map(({ first }) => first);
}

/** A reject whose row has a name (`RowMark.key`). */
export interface NamedReject {
  id: number;
  key: string;
}

/** A page of those of a source whose rows are there as far as is known, above `after` by id; the last page has fewer than `limit`. */
export async function namedRejects(sql: Sql, source: string, after: number, limit: number): Promise<NamedReject[]> {
  const rows = await sql.all<{ id: number; name: string }>(
    'SELECT `id`, `row_name` AS `name` FROM `reject` WHERE `source_id` = (SELECT `id` FROM `source` WHERE `name` = ?) ' +
      'AND `id` > ? AND `row_name` IS NOT NULL AND `gone` IS NULL ORDER BY `id` LIMIT ?',
    [source, after, limit],
  );
  return rows.map(({ id, name }) => ({ id, key: (JSON.parse(name) as RowName).mark?.key ?? '' }));
}

/** Must run inside a write. They stay, to be tried again or discarded, and count no more; a row that comes again is there again. */
export async function rowsGone(sql: Sql, ids: readonly number[], now: Micros): Promise<void> {
  for (const some of chunks(ids))
    await sql.run(`UPDATE \`reject\` SET \`gone\` = ? WHERE \`id\` IN ${placeholders(1, some.length)}`, [now, ...some]);
}
