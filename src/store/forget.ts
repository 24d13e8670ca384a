// What changes say of records and calls that are gone, or anonymised: who could see them stays, so that a reader who resumes is told that
// they left; numbers and names do not. Part of the transaction that takes them.
import { erasedCallFacts, type CallFacts } from '../cdr/callquery.ts';
import { erasedFacts, type Facts } from '../cdr/query.ts';
import { inList, slices, type Sql } from './sql.ts';

/** SQLite leaves what was deleted in the file until its place is needed, unless it is told. For this connection, from now on. */
export async function overwriting(sql: Sql): Promise<void> {
  if (sql.dialect === 'sqlite') await sql.all('PRAGMA secure_delete = ON');
}

/** `isGone`: a tag that goes, too. */
export async function forgetRecords(
  sql: Sql,
  ids: readonly number[],
  isGone: (tag: string) => boolean = () => false,
): Promise<void> {
  for (const some of slices(ids)) {
    const { among, values } = inList(some);
    const rows = await sql.all<{ seq: number; was: string }>(
      `SELECT \`seq\`, \`was\` FROM \`change\` WHERE \`cdr_id\` IN ${among} AND \`was\` IS NOT NULL`,
      values,
    );
    for (const { seq, was } of rows) {
      const facts = erasedFacts(JSON.parse(was) as Partial<Facts>, isGone);
      await sql.run('UPDATE `change` SET `was` = ? WHERE `seq` = ?', [JSON.stringify(facts), seq]);
    }
  }
}

/** Of these calls, and of those that they have swallowed, whose aliases must be there still. */
export async function forgetCalls(sql: Sql, ids: readonly number[]): Promise<void> {
  for (const some of slices([...ids, ...(await swallowedBy(sql, ids))])) {
    const { among, values: calls } = inList(some);
    const rows = await sql.all<{ seq: number; part: number; was: string }>(
      `SELECT \`seq\`, \`part\`, \`was\` FROM \`call_change\` WHERE \`call_id\` IN ${among} AND \`was\` IS NOT NULL`,
      calls,
    );
    for (const { seq, part, was } of rows) {
      const facts = erasedCallFacts(JSON.parse(was) as CallFacts);
      const values = [JSON.stringify(facts), seq, part];
      await sql.run('UPDATE `call_change` SET `was` = ? WHERE `seq` = ? AND `part` = ?', values);
    }
  }
}

async function swallowedBy(sql: Sql, ids: readonly number[]): Promise<number[]> {
  const swallowed: number[] = [];
  for (const some of slices(ids)) {
    const { among, values } = inList(some);
    const rows = await sql.all<{ id: number }>(
      `SELECT \`id\` FROM \`call_alias\` WHERE \`call_id\` IN ${among}`,
      values,
    );
    swallowed.push(...rows.map(({ id }) => id));
  }
  return swallowed;
}

/** Of a full call (calls.ts) no records are at hand. */
export async function isEmptyCall(sql: Sql, id: number): Promise<boolean> {
  return (await sql.all('SELECT 1 FROM `cdr` WHERE `call_id` = ? LIMIT 1', [id])).length === 0;
}

/** Calls without any record are gone too: their numbers must not stay. They are out of the statistics by now. */
export async function dropEmptyCalls(sql: Sql, ids: readonly number[]): Promise<void> {
  for (const some of slices(ids)) {
    const { among, values } = inList(some);
    const there = await sql.all<{ id: number }>(
      `SELECT DISTINCT \`call_id\` AS \`id\` FROM \`cdr\` WHERE \`call_id\` IN ${among}`,
      values,
    );
    const still = new Set(there.map(({ id }) => id));
    const empty = some.filter((id) => !still.has(id));
    if (empty.length === 0) continue;
    const gone = inList(empty);
    await sql.run(`DELETE FROM \`call\` WHERE \`id\` IN ${gone.among}`, gone.values);
    for (const table of ['call_alias', 'call_part'])
      await sql.run(`DELETE FROM \`${table}\` WHERE \`call_id\` IN ${gone.among}`, gone.values);
  }
}
