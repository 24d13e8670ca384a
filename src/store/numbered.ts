// What lists with page numbers and totals need beside pages by keyset: counts of stretches of ids, places some records on, and kin. Each is
// one short statement: whoever needs many of them takes turns with the others (http/dialects/voipstudio).
import { kinOf, type Kin, type KinRow } from '../cdr/kin.ts';
import type { CdrQuery, Place, Within } from '../cdr/query.ts';
import type { Dictionaries } from './where.ts';
import { whereOf } from './where.ts';
import { beyond, type Reader } from './read.ts';
import { placeholders, type Database, type Sql, type Value } from './sql.ts';

export type CountQuery = Omit<CdrQuery, 'limit' | 'after' | 'before' | 'order'>;

export interface Numbered {
  /** The newest id and place of the change sequence, of one moment. */
  edge(): Promise<{ most: number; head: number }>;
  /** Ids of records that changed with after < seq <= upTo; null when there are more than `limit` changes. */
  changedIds(after: number, upTo: number, limit: number): Promise<number[] | null>;
  /** The ids of records that began in this time: all that can be part of a list of it. `until` is exclusive. */
  idsBetween(from: number | undefined, until: number | undefined): Promise<{ least: number; most: number }>;
  /** How many records of the query have an id from `least` to `most`. */
  count(query: CountQuery, least: number, most: number): Promise<number>;
  /** The place of the record that comes `steps` (from 1) after the query's place; undefined when there are fewer. */
  placeAhead(query: Omit<CdrQuery, 'limit'>, steps: number): Promise<Place | undefined>;
  /** Of these records and all others of their calls, by id. */
  kin(ids: readonly number[], within: Within): Promise<Map<number, Kin>>;
}

const hints = { sqlite: ' NOT INDEXED', mysql: ' FORCE INDEX (PRIMARY)' };

export function numberedOn(database: Database, names: Dictionaries & { read: Reader }): Numbered {
  const { read } = names;
  return {
    edge: () =>
      database.read(async (sql) => {
        const [row] = await sql.all<{ most: number | null; head: number | null }>(
          "SELECT (SELECT MAX(`id`) FROM `cdr`) AS `most`, (SELECT `last` FROM `place` WHERE `name` = 'change') AS `head`",
        );
        return { most: row?.most ?? 0, head: row?.head ?? 0 };
      }),
    changedIds: (after, upTo, limit) =>
      database.read(async (sql) => {
        const rows = await sql.all<{ id: number }>(
          'SELECT `cdr_id` AS `id` FROM `change` WHERE `seq` > ? AND `seq` <= ? ORDER BY `seq` LIMIT ?',
          [after, upTo, limit + 1],
        );
        return rows.length > limit ? null : [...new Set(rows.map(({ id }) => id))];
      }),
    idsBetween: (from, until) =>
      database.read(async (sql) => {
        const bounds = [
          ...(from === undefined ? [] : [{ sql: '`start` >= ?', value: from }]),
          ...(until === undefined ? [] : [{ sql: '`start` < ?', value: until }]),
        ];
        const where = bounds.length === 0 ? '' : ` WHERE ${bounds.map((bound) => bound.sql).join(' AND ')}`;
        const [row] = await sql.all<{ least: number | null; most: number | null }>(
          `SELECT MIN(\`id\`) AS \`least\`, MAX(\`id\`) AS \`most\` FROM \`cdr\`${where}`,
          bounds.map(({ value }) => value),
        );
        return { least: row?.least ?? 1, most: row?.most ?? 0 };
      }),
    count: (query, least, most) =>
      database.read(async (sql) => {
        await read.learn(sql, query.within, query);
        const where = whereOf(query, names);
        const [row] = await sql.all<{ count: number }>(
          `SELECT COUNT(*) AS \`count\` FROM \`cdr\`${hints[sql.dialect]} WHERE \`id\` >= ? AND \`id\` <= ?${where.sql}`,
          [least, most, ...where.values],
        );
        return row!.count;
      }),
    placeAhead: (query, steps) => database.read((sql) => placeAhead(sql, names, query, steps)),
    kin: (ids, within) => database.read((sql) => kinsOf(sql, names, ids, within)),
  };
}

async function placeAhead(
  sql: Sql,
  names: Dictionaries & { read: Reader },
  { order = 'id', after, ...query }: Omit<CdrQuery, 'limit'>,
  steps: number,
): Promise<Place | undefined> {
  await names.read.learn(sql, query.within, query);
  const byStart = order.endsWith('start');
  const isRising = !order.startsWith('-');
  const way = isRising ? 'ASC' : 'DESC';
  const where = whereOf(query, names);
  const from = after === undefined ? { sql: '', values: [] } : beyond(after, byStart, isRising);
  const [row] = await sql.all<{ id: number; start: number }>(
    `SELECT \`id\`, \`start\` FROM \`cdr\` WHERE 1 = 1${from.sql}${where.sql} ` +
      `ORDER BY ${byStart ? `\`start\` ${way}, ` : ''}\`id\` ${way} LIMIT 1 OFFSET ?`,
    [...from.values, ...where.values, steps - 1],
  );
  return row && (byStart ? { start: row.start, id: row.id } : row.id);
}

type Row = Omit<KinRow, 'isVisible'> & { callId: number | null; visible: number };
const kinColumns =
  '`id`, `call_id` AS `callId`, `system_id` AS `systemId`, `uniqueid`, `linkedid`, `start`, CASE WHEN 1 = 1';
/** Numbers of a list: each length is a statement of its own. */
const idsAtOnce = 100;

async function kinsOf(
  sql: Sql,
  names: Dictionaries & { read: Reader },
  ids: readonly number[],
  within: Within,
): Promise<Map<number, Kin>> {
  await names.read.learn(sql, within, {});
  const seen = whereOf({ within }, names);
  const rowsBy = async (column: string, values: readonly number[]): Promise<Row[]> => {
    const rows: Row[] = [];
    for (let from = 0; from < values.length; from += idsAtOnce) {
      const some = values.slice(from, from + idsAtOnce);
      const padded: Value[] = [...some, ...new Array<number>(idsAtOnce - some.length).fill(some.at(-1)!)];
      rows.push(
        ...(await sql.all<Row>(
          `SELECT ${kinColumns}${seen.sql} THEN 1 ELSE 0 END AS \`visible\` FROM \`cdr\` WHERE \`${column}\` IN ${placeholders(1, idsAtOnce)}`,
          [...seen.values, ...padded],
        )),
      );
    }
    return rows;
  };
  const own = await rowsBy('id', ids);
  const callIds = [...new Set(own.map(({ callId }) => callId).filter((callId) => callId !== null))];
  const all = await rowsBy('call_id', callIds);
  const alone = own.filter(({ callId }) => callId === null).map((row) => [row]);
  const calls = [...Map.groupBy(all, ({ callId }) => callId).values(), ...alone];
  return new Map(
    calls.flatMap((rows) => [...kinOf(rows.map(({ visible, ...row }) => ({ ...row, isVisible: visible === 1 })))]),
  );
}
