// Calls that wait to be told to a webhook: each once, however often it changes meanwhile. What it was to the receiver before the first of
// these changes is kept, so what is told in the end is all that has become of it since.
import type { Micros } from '../cdr/cdr.ts';
import { inserting, placeholders, type Sql } from './sql.ts';

export interface WaitingCall {
  id: number;
  /** The place of its last change. */
  seq: number;
  /** Whether the receiver knew of it before. */
  had: boolean;
  /** Not to be told before. */
  due: Micros;
}

/** Calls taken at once when they are due. */
const sliceMax = 100;

const columns = ['webhook', 'call_id', 'seq', 'had', 'due'];
const upserts = {
  sqlite: inserting(
    'waiting_call',
    columns,
    ' ON CONFLICT (`webhook`, `call_id`) DO UPDATE SET `seq` = `excluded`.`seq`, `due` = `excluded`.`due`',
  ),
  mysql: inserting('waiting_call', columns, ' ON DUPLICATE KEY UPDATE `seq` = VALUES(`seq`), `due` = VALUES(`due`)'),
};

/** Those that are there keep what they were before, and wait anew. Each once. */
export async function putWaiting(sql: Sql, webhook: string, calls: readonly WaitingCall[]): Promise<void> {
  await upserts[sql.dialect](
    sql,
    calls.map(({ id, seq, had, due }) => [webhook, id, seq, had ? 1 : 0, due]),
  );
}

export async function endWaiting(sql: Sql, webhook: string, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  const where = `\`webhook\` = ? AND \`call_id\` IN ${placeholders(1, ids.length)}`;
  await sql.run(`DELETE FROM \`waiting_call\` WHERE ${where}`, [webhook, ...ids]);
}

/** The next of them, the longest due first, also those that are not due yet. */
export async function nextWaiting(sql: Sql, webhook: string): Promise<WaitingCall[]> {
  type Row = Omit<WaitingCall, 'had'> & { had: number };
  const rows = await sql.all<Row>(
    `SELECT \`call_id\` AS \`id\`, \`seq\`, \`had\`, \`due\` FROM \`waiting_call\` WHERE \`webhook\` = ? ORDER BY \`due\`, \`seq\` LIMIT ${sliceMax}`,
    [webhook],
  );
  return rows.map(({ had, ...row }) => ({ ...row, had: had !== 0 }));
}
