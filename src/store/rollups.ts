// Counts of calls by stretches of UTC, kept in the transaction of whatever changed the calls. A call leaves the cells it was in and
// enters those it is in now: new, merged, edited, hidden and expired calls are one path. Its caller holds the lock of ingest.
//
//   viewer     0: everyone who is bound to nothing · an id: a company, with the calls as it sees them · -1: calls that concern no company
//   kind       a set of dimensions and a tier (kinds below); `name` is the extension or the trunk
import { callOf, type StoredCall } from '../cdr/call.ts';
import type { StoredCdr } from '../cdr/cdr.ts';
import { countedOf, type Counted } from '../cdr/stats.ts';
import { isVisible } from '../cdr/wall.ts';
import type { Rooms } from './callgather.ts';
import { anew, Cells, everyone, noCompany, writeCells } from './cells.ts';
import { dropDays } from './packs.ts';
import { chunks, inserting, placeholders, type Sql, type Value } from './sql.ts';

/** What `saveCalls` writes of calls, as far as statistics look at it. */
interface Plan {
  changed: readonly { call: StoredCall; was: StoredCall | null }[];
  swallowed: readonly { was: StoredCall }[];
  mixed: readonly { call: StoredCall; cdrs: readonly StoredCdr[] }[];
}

/** The sets of cells that a call is counted in, by its id. */
type Books = (callId: number) => readonly Cells[];

/** Must run inside the transaction that writes the calls, when their companies are known to it. */
export async function countCalls(sql: Sql, rooms: Pick<Rooms, 'companies'>, plan: Plan): Promise<void> {
  const { until, packedUntil } = await marksOf(sql);
  const [kept, second] = [new Cells(), new Cells()];
  const books: Books = (id) => (id <= until ? [kept, second] : [kept]);
  const idOf = await idsOf(sql, rooms, plan);
  for (const { call, was } of plan.changed) {
    if (was) count(books, was, -1, idOf);
    count(books, call, 1, idOf);
  }
  for (const { was } of plan.swallowed) count(books, was, -1, idOf);
  // A full call that is mixed keeps its parts: nobody looks at its records any more.
  const former = [
    ...plan.changed.flatMap(({ call, was }) => (was?.isMixed && (!call.isMixed || call.hidden) ? [was.id] : [])),
    ...plan.swallowed.flatMap(({ was }) => (was.isMixed ? [was.id] : [])),
  ];
  await countParts(sql, { ...plan, former, from: books, into: books }, idOf);
  await writeKept(sql, kept, packedUntil);
  await writeCells(sql, second.changed, anew);
}

interface Marks {
  /** The highest id of a call that a running recount has counted into the second set (recount.ts); 0 when none runs. */
  until: number;
  /** No day from there on is packed (packs.ts). */
  packedUntil: number;
}

export async function marksOf(sql: Sql): Promise<Marks> {
  const rows = await sql.all<{ name: string; value: string }>(
    "SELECT `name`, `value` FROM `meta` WHERE `name` IN ('recounted', 'packed_until')",
  );
  const numberOf = (name: string, without: number) => Number(rows.find((row) => row.name === name)?.value ?? without);
  return { until: numberOf('recounted', 0), packedUntil: numberOf('packed_until', Number.MIN_SAFE_INTEGER) };
}

async function writeKept(sql: Sql, kept: Cells, packedUntil: number): Promise<void> {
  const { changed } = kept;
  await dropDays(sql, changed, packedUntil);
  await writeCells(sql, changed);
}

/** Counts calls into the second set: all there are of ids after one up to another. The parts of those that are mixed are written anew. */
export async function countAnew(
  sql: Sql,
  rooms: Pick<Rooms, 'companies'>,
  { after, until, ...plan }: Pick<Plan, 'changed' | 'mixed'> & { after: number; until: number },
): Promise<void> {
  const [kept, second] = [new Cells(), new Cells()];
  const idOf = await idsOf(sql, rooms, { ...plan, swallowed: [] });
  for (const { call } of plan.changed) count(() => [second], call, 1, idOf);
  const rows = await sql.all<{ call_id: number }>(
    'SELECT DISTINCT `call_id` FROM `call_part` WHERE `call_id` > ? AND `call_id` <= ?',
    [after, until],
  );
  const former = rows.map(({ call_id }) => call_id);
  await countParts(sql, { ...plan, former, from: () => [kept], into: () => [kept, second] }, idOf);
  await writeKept(sql, kept, (await marksOf(sql)).packedUntil);
  await writeCells(sql, second.changed, anew);
}

async function idsOf(
  sql: Sql,
  { companies }: Pick<Rooms, 'companies'>,
  plan: Plan,
): Promise<(handle: string) => number> {
  const { changed, swallowed, mixed } = plan;
  const keys = new Set(
    [...changed, ...swallowed, ...mixed].flatMap((one) => handlesOf('call' in one ? one.call : one.was)),
  );
  for (const { was } of changed) for (const handle of was ? handlesOf(was) : []) keys.add(handle);
  const ids = await companies.toIds(sql, keys);
  return (handle) => ids.get(companies.key(handle))!;
}

/** `times`: 1 enters, -1 leaves. */
function count(books: Books, call: StoredCall, times: 1 | -1, idOf: (handle: string) => number): void {
  if (call.hidden) return;
  const counted = countedOf(call);
  for (const cells of books(call.id)) {
    cells.count(everyone, counted, times);
    if (call.isMixed) continue;
    const concerned = handlesOf(call);
    if (concerned.length === 0) cells.count(noCompany, counted, times);
    for (const handle of concerned) cells.count(idOf(handle), counted, times);
  }
}

const insertParts = inserting('call_part', ['call_id', 'company_id', 'facts']);

/** What each company sees of calls that they do not see alike; kept beside the call, to be taken away as it was counted. */
async function countParts(
  sql: Sql,
  { mixed, former, from, into }: Pick<Plan, 'mixed'> & { former: readonly number[]; from: Books; into: Books },
  idOf: (handle: string) => number,
): Promise<void> {
  const still = mixed.map(({ call }) => call.id);
  for (const some of chunks([...new Set([...former, ...still])])) {
    const where = `WHERE \`call_id\` IN ${placeholders(1, some.length)}`;
    const rows = await sql.all<{ call_id: number; company_id: number; facts: string }>(
      `SELECT \`call_id\`, \`company_id\`, \`facts\` FROM \`call_part\` ${where}`,
      some,
    );
    for (const { call_id, company_id, facts } of rows)
      for (const cells of from(call_id)) cells.count(company_id, JSON.parse(facts) as Counted, -1);
    if (rows.length > 0) await sql.run(`DELETE FROM \`call_part\` ${where}`, some);
  }
  const parts: Value[][] = [];
  for (const { call, cdrs } of mixed) {
    if (call.hidden) continue;
    for (const handle of handlesOf(call)) {
      const part = countedOf(callOf(cdrs.filter((cdr) => isVisible(cdr, [handle]))));
      for (const cells of into(call.id)) cells.count(idOf(handle), part, 1);
      parts.push([call.id, idOf(handle), JSON.stringify(part)]);
    }
  }
  await insertParts(sql, parts);
}

/** The companies that a call concerns, as they are compared. */
export function handlesOf({ walls }: Pick<StoredCall, 'walls'>): string[] {
  const handles = new Set<string>();
  for (const { company, target } of walls) {
    if (company !== null) handles.add(company);
    if (target !== null) handles.add(target);
  }
  return [...handles];
}
