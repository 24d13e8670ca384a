// Rows we could not understand: kept with their raw text, one per content and source with a count.
import { createHash } from 'node:crypto';
import type { Micros } from '../cdr/cdr.ts';
import type { Fault } from '../errors.ts';
import { allot } from './names.ts';
import type { Sql } from './sql.ts';

export interface Reject {
  /** The row as it came, as JSON. */
  raw: string;
  /** Every fault in one text: field, what was found, what was expected. */
  reason: string;
  /** The same one by one, for the writer of the row; not stored. */
  faults: Fault[];
}

export interface StoredReject extends Omit<Reject, 'faults'> {
  id: number;
  source: string;
  count: number;
  first: Micros;
  last: Micros;
}

/** Longest raw text kept, in characters. */
const rawMax = 64 * 1024;

/** Part of the transaction of a batch. */
export async function writeRejects(sql: Sql, sourceId: number, rejects: readonly Reject[], now: Micros): Promise<void> {
  for (const { raw, reason } of rejects) {
    const content = createHash('sha256').update(raw).digest('hex');
    const again = await sql.run(
      'UPDATE `reject` SET `count` = `count` + 1, `last` = ?, `reason` = ? WHERE `source_id` = ? AND `content` = ?',
      [now, reason.slice(0, rawMax), sourceId, content],
    );
    if (again > 0) continue;
    const id = await allot(sql, 'reject', 1);
    await sql.run(
      'INSERT INTO `reject` (`id`, `source_id`, `content`, `raw`, `reason`, `count`, `first`, `last`) VALUES (?, ?, ?, ?, ?, 1, ?, ?)',
      [id, sourceId, content, raw.slice(0, rawMax), reason.slice(0, rawMax), now, now],
    );
  }
}

/** Newest last-seen first. */
export function listRejects(sql: Sql, limit: number): Promise<StoredReject[]> {
  return sql.all<StoredReject>(
    'SELECT `reject`.`id`, `source`.`name` AS `source`, `raw`, `reason`, `count`, `first`, `reject`.`last` ' +
      'FROM `reject` JOIN `source` ON `source`.`id` = `source_id` ORDER BY `reject`.`last` DESC, `reject`.`id` DESC LIMIT ?',
    [limit],
  );
}
