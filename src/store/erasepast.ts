// A number in what is over: in edits of records, and in changes of records and of calls, that say what was there before. Part of a slice of
// erasenumbers.ts, which looks through ids of records and of calls side by side; both have an index for that.
import { numbersIn, tells, type Erasure } from '../cdr/anonymise.ts';
import type { CallFacts } from '../cdr/callquery.ts';
import type { Facts } from '../cdr/query.ts';
import { forgetCalls, forgetRecords } from './forget.ts';
import type { Held } from './holds.ts';
import { handsOf, type InHand } from './inhand.ts';
import { selectColumns, type Row } from './row.ts';
import type { Desk } from './save.ts';
import { chunks, placeholders, type Sql } from './sql.ts';

export interface Past {
  /** Edits with the number, by record. */
  edits: ReadonlyMap<number, readonly number[]>;
  /** Records, also those that are gone, of which a change tells it as a tag; their other words are forgotten with who said them. */
  tagged: ReadonlySet<number>;
  /** Calls, or what were calls, whose changes tell it. */
  calls: readonly number[];
}

/** Ids, `after` excluded. */
interface Range {
  after: number;
  last: number;
}

export async function pastOf(sql: Sql, numbers: readonly string[], { after, last }: Range): Promise<Past> {
  const isMeant = (text: unknown) =>
    typeof text === 'string' && numbersIn(text).some((number) => numbers.includes(number));
  const like = (column: string) => `(${numbers.map(() => `\`${column}\` LIKE ?`).join(' OR ')})`;
  const values = [after, last, ...numbers.map((number) => `%${number}%`)];
  const edits = await sql.all<{ id: number; cdr_id: number; changes: string }>(
    `SELECT \`id\`, \`cdr_id\`, \`changes\` FROM \`edit\` WHERE \`cdr_id\` > ? AND \`cdr_id\` <= ? AND ${like('changes')}`,
    values,
  );
  const meant = edits.filter(({ changes }) => textsIn(JSON.parse(changes)).some(isMeant));
  const moved = await sql.all<{ cdr_id: number; was: string }>(
    `SELECT \`cdr_id\`, \`was\` FROM \`change\` WHERE \`cdr_id\` > ? AND \`cdr_id\` <= ? AND ${like('was')}`,
    values,
  );
  const tagged = moved.filter(({ was }) => (JSON.parse(was) as Partial<Facts>).tags?.some(isMeant));
  const changes = await sql.all<{ call_id: number; was: string }>(
    `SELECT \`call_id\`, \`was\` FROM \`call_change\` WHERE \`call_id\` > ? AND \`call_id\` <= ? AND ${like('was')}`,
    values,
  );
  const calls = changes.filter(({ was }) => {
    const { caller, called, answeredBy } = JSON.parse(was) as CallFacts;
    return [caller, called, answeredBy].some(isMeant);
  });
  return {
    edits: new Map(
      [...Map.groupBy(meant, (edit) => edit.cdr_id)].map(([id, some]) => [id, some.map((edit) => edit.id)]),
    ),
    tagged: new Set(tagged.map(({ cdr_id }) => cdr_id)),
    calls: [...new Set(calls.map(({ call_id }) => call_id))],
  };
}

export const nothingPast: Past = { edits: new Map(), tagged: new Set(), calls: [] };

/** Of a record. */
export function isPast({ edits, tagged }: Past, id: number): boolean {
  return edits.has(id) || tagged.has(id);
}

/** All texts of what was read as JSON. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** Of records that are not held: their edits with the number, and what changes of them and of their calls say of before. */
export async function forgetEdits(
  sql: Sql,
  { edits }: Past,
  records: readonly InHand[],
  erasure: Erasure,
): Promise<void> {
  for (const some of chunks(records.flatMap(({ cdr }) => edits.get(cdr.id) ?? [])))
    await sql.run(`DELETE FROM \`edit\` WHERE \`id\` IN ${placeholders(1, some.length)}`, some);
  await forgetRecords(
    sql,
    records.map(({ cdr }) => cdr.id),
    (tag) => tells(tag, erasure),
  );
  await forgetCalls(sql, [...new Set(records.flatMap(({ callId }) => callId ?? []))]);
}

/** What changes of records that are gone say of before. */
export async function forgetGone(sql: Sql, { tagged }: Past, erasure: Erasure): Promise<void> {
  for (const some of chunks([...tagged])) {
    const among = placeholders(1, some.length);
    const rows = await sql.all<{ id: number }>(`SELECT \`id\` FROM \`cdr\` WHERE \`id\` IN ${among}`, some);
    const there = new Set(rows.map(({ id }) => id));
    const gone = some.filter((id) => !there.has(id));
    await forgetRecords(sql, gone, (tag) => tells(tag, erasure));
  }
}

/** What changes of calls say of before; a call that is held, or has become part of one, keeps it. */
export async function forgetPast(sql: Sql, { read }: Desk, { calls }: Past, isHeld: Held): Promise<void> {
  for (const id of calls) {
    const [alias] = await sql.all<{ call_id: number }>('SELECT `call_id` FROM `call_alias` WHERE `id` = ?', [id]);
    const rows = await sql.all<Row>(`SELECT ${selectColumns} FROM \`cdr\` WHERE \`call_id\` = ? LIMIT 1000`, [
      alias?.call_id ?? id,
    ]);
    if (rows.length === 0 || !isHeld(await handsOf(sql, read, rows))) await forgetCalls(sql, [id]);
  }
}
