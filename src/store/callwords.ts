// Calls by the words of their records. Calls have no words of their own: each is asked for one record that has them all, along the order of
// the list in stretches that take a few milliseconds, as lists of records are (pages.ts), with a turn of the loop between two.
import type { Place } from '../cdr/query.ts';
import type { CallQuery, ListedCall } from './calllist.ts';
import type { Steps } from './pages.ts';
import { beyond, upTo } from './read.ts';
import type { Piece } from './searches.ts';
import type { Sql } from './sql.ts';
import { whereOf, type Dictionaries, type Where } from './where.ts';

/** Calls of one stretch, all of which come after those before; `stretch`: where it ends. */
type List = (sql: Sql, query: CallQuery, stretch: Where) => Promise<ListedCall[]>;

const none: Where = { sql: '', values: [] };

/** After an AND: a record of the call, one that its reader may see, has all these words. */
export function wordsOf({ text, within }: Pick<CallQuery, 'text' | 'within'>, names: Dictionaries): Where {
  if (text === undefined) return none;
  const { sql, values } = whereOf({ text, within }, names);
  return { sql: ` AND EXISTS (SELECT 1 FROM \`cdr\` WHERE \`cdr\`.\`call_id\` = \`call\`.\`id\`${sql})`, values };
}

/** A page by stretches, each a piece of a search. */
export async function inStretches(
  query: CallQuery,
  piece: Piece,
  list: List,
  steps: Pick<Steps, 'entries' | 'sliceMs'>,
): Promise<ListedCall[]> {
  const { order = 'id', before, limit } = query;
  const way = { byStart: order.endsWith('start'), isRising: order.startsWith('-') === (before !== undefined) };
  const found: ListedCall[] = [];
  let place = before ?? query.after;
  for (let { entries } = steps; ;) {
    const { result: end, tookMs } = await piece(async (sql) => {
      const end = await endOf(sql, { ...query, ...way, place }, entries);
      const from = place === undefined ? {} : before === undefined ? { after: place } : { before: place };
      const until = end === null ? none : upTo(end, way.isRising);
      const some = await list(sql, { ...query, ...from, limit: limit - found.length }, until);
      // What comes before a place is read backwards, and told in the order that is asked for.
      if (before === undefined) found.push(...some);
      else found.unshift(...some);
      return end;
    });
    if (end === null || found.length >= limit) return found;
    place = end;
    entries = Math.ceil(entries * Math.min(4, Math.max(0.1, steps.sliceMs / tookMs)));
  }
}

/** The place that so many calls lead to; null where so many are not left. */
async function endOf(
  sql: Sql,
  { from, until, within, place, byStart, isRising }: CallQuery & { place: Place | undefined } & Way,
  entries: number,
): Promise<Place | null> {
  const after = place === undefined ? none : beyond(place, byStart, isRising);
  // Of a call of which its reader sees a part, the whole may have begun before the range.
  const isRanged = byStart && within === null;
  const since = isRanged && from !== undefined ? { sql: ' AND `start` >= ?', values: [from] } : none;
  const to = isRanged && until !== undefined ? { sql: ' AND `start` < ?', values: [until] } : none;
  const direction = isRising ? 'ASC' : 'DESC';
  const [end] = await sql.all<{ id: number; start: number }>(
    `SELECT \`id\`, \`start\` FROM \`call\` WHERE 1 = 1${after.sql}${since.sql}${to.sql} ` +
      `ORDER BY ${byStart ? `\`start\` ${direction}, ` : ''}\`id\` ${direction} LIMIT 1 OFFSET ?`,
    [...after.values, ...since.values, ...to.values, entries - 1],
  );
  if (!end) return null;
  return byStart ? end : end.id;
}

interface Way {
  byStart: boolean;
  isRising: boolean;
}
