// Lists of calls for those who ask with numbers instead of places: how many there are, and which stand behind so many others.
// Long ways are gone in stretches along the index on start, each a statement of its own, with a turn of the loop between.
import type { StoredCdr } from '../cdr/cdr.ts';
import { isVisible, type Within } from '../cdr/wall.ts';
import { recordsByCall } from './changelist.ts';
import { boundWhere, listCalls, type CallQuery, type ListedCall } from './calllist.ts';
import type { Rooms } from './calls.ts';
import { beyond } from './read.ts';
import type { Database, Sql } from './sql.ts';

/** A place in the order by start. */
export interface StartPlace {
  start: number;
  id: number;
}

/** A call with those of its records that its reader may see, in the order of their ids. */
export type CallWithRecords = ListedCall & { cdrs: readonly StoredCdr[] };

export interface CallPages {
  /** `most`: calls that may be judged one by one, because their reader sees a part of them; undefined when there are more. */
  countCalls(query: Omit<CallPageQuery, 'order'>, most?: number): Promise<number | undefined>;
  /** Where the first `count` (at least 1) of a list end; null when it has fewer. `most` as above. */
  passCalls(query: CallPageQuery, count: number, most?: number): Promise<StartPlace | null | undefined>;
  listCallsInFull(query: CallQuery): Promise<CallWithRecords[]>;
}

export type CallPageQuery = Omit<CallQuery, 'limit' | 'before' | 'after' | 'order'> & { order: 'start' | '-start' };

/** How many calls one statement may pass over. */
const stretch = 20_000;
/** Of those that SQL alone cannot judge, see calllist.ts. */
const pageRows = 500;

/** Calls of which SQL knows all that their reader sees; of the others it knows that something of them may be seen. */
function sureOf(within: Within): { sure: string; others: string | null } {
  if (within === null) return { sure: '', others: null };
  if ('extensions' in within) return { sure: ' AND `records` = 1', others: ' AND `records` > 1' };
  return { sure: ' AND `mixed` = 0', others: ' AND `mixed` = 1' };
}

export function callPagesOn(database: Database, rooms: Rooms): CallPages {
  return {
    countCalls: async (asked, most = Infinity) => {
      const { sure, others } = sureOf(asked.within);
      const query: CallPageQuery = { ...asked, order: 'start' };
      const judged = others === null ? 0 : (await passListed(database, rooms, query, most + 1, others)).passed;
      if (judged > most) return undefined;
      return judged + (await passSure(database, rooms, query, { most: Infinity, sure })).passed;
    },
    passCalls: async (query, count, most = Infinity) => {
      const { sure, others } = sureOf(query.within);
      const hasOthers = others !== null && (await passListed(database, rooms, query, 1, others)).passed > 0;
      if (hasOthers && count > most) return undefined;
      const way = hasOthers
        ? await passListed(database, rooms, query, count, '')
        : await passSure(database, rooms, query, { most: count, sure });
      return way.passed === count ? way.place : null;
    },
    listCallsInFull: (query) =>
      database.read(async (sql) => {
        const calls = await listCalls(sql, rooms, query);
        const ids = calls.map(({ id }) => id);
        const records = await recordsByCall(sql, rooms.read, ids);
        return calls.flatMap((call) => {
          const cdrs = records.get(call.id)!.filter((cdr) => isVisible(cdr, query.within));
          return cdrs.length === 0 ? [] : [{ ...call, cdrs }];
        });
      }),
  };
}

interface Way {
  passed: number;
  place: StartPlace | null;
}

async function passSure(
  database: Database,
  rooms: Rooms,
  query: CallPageQuery,
  { most, sure }: { most: number; sure: string },
): Promise<Way> {
  const way: Way = { passed: 0, place: null };
  while (way.passed < most) {
    const step = Math.min(stretch, most - way.passed);
    const place = await database.read((sql) => placeAfter(sql, rooms, query, { from: way.place, step, sure }));
    if (place === null) {
      const left = await database.read((sql) => leftAfter(sql, rooms, query, { from: way.place, step, sure }));
      return { passed: way.passed + left, place: null };
    }
    way.passed += step;
    way.place = place;
    await turn();
  }
  return way;
}

interface Step {
  from: StartPlace | null;
  step: number;
  sure: string;
}

async function placeAfter(sql: Sql, rooms: Rooms, query: CallPageQuery, step: Step): Promise<StartPlace | null> {
  const { where, values, order } = await wayOf(sql, rooms, query, step);
  const [row] = await sql.all<StartPlace>(
    `SELECT \`start\`, \`id\` FROM \`call\` WHERE 1 = 1${where} ORDER BY ${order} LIMIT 1 OFFSET ?`,
    [...values, step.step - 1],
  );
  return row ?? null;
}

async function leftAfter(sql: Sql, rooms: Rooms, query: CallPageQuery, step: Step): Promise<number> {
  const { where, values } = await wayOf(sql, rooms, query, step);
  const [row] = await sql.all<{ count: number }>(
    `SELECT COUNT(*) AS \`count\` FROM \`call\` WHERE 1 = 1${where}`,
    values,
  );
  // Calls that came since then are of the next count.
  return Math.min(row!.count, step.step - 1);
}

async function wayOf(sql: Sql, rooms: Rooms, query: CallPageQuery, { from, sure }: Step) {
  await rooms.read.learn(sql, query.within, query);
  const isRising = query.order === 'start';
  const where = boundWhere(query, rooms);
  const place = from === null ? { sql: '', values: [] } : beyond(from, true, isRising);
  const way = isRising ? 'ASC' : 'DESC';
  return {
    where: `${place.sql}${where.sql}${sure}`,
    values: [...place.values, ...where.values],
    order: `\`start\` ${way}, \`id\` ${way}`,
  };
}

async function passListed(
  database: Database,
  rooms: Rooms,
  query: CallPageQuery,
  most: number,
  extra: string,
): Promise<Way> {
  const way: Way = { passed: 0, place: null };
  while (way.passed < most) {
    const limit = Math.min(pageRows, most - way.passed);
    const after = way.place === null ? {} : { after: way.place };
    const page = await database.read((sql) =>
      listCalls(sql, rooms, { ...query, ...after, limit }, { sql: extra, values: [] }),
    );
    way.passed += page.length;
    way.place = page.at(-1)?.place ?? way.place;
    if (page.length < limit) break;
    await turn();
  }
  return way;
}

/** The database answers within this very turn of the loop: others are to have one in between. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
