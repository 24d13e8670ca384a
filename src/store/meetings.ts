// The newest records that both AMI and the table have shown, with the start that each tells; and since when each is read in its zone.
// Records are only read, along the ids.
import type { Meeting } from '../cdr/clocks.ts';
import type { Micros } from '../cdr/cdr.ts';
import { contradictionsOf, sightsOf, type Row } from './row.ts';
import type { Sql } from './sql.ts';

/** Ids that are gone through, newest first, and records that are looked at: while a history is read, few of them were met by AMI. */
const idsMax = 20_000;
const rowsMax = 500;
/**
 * Where these are of other systems or of a history, so many of the system's own are gone through by uniqueid: Asterisk
 * makes it of the time, so the newest calls come first, whenever they were stored.
 */
const ownMax = 5000;

type MeetingRow = Pick<Row, 'uniqueid' | 'start' | 'time_origin' | 'sources' | 'contradictions'>;

const columns = '`uniqueid`, `start`, `time_origin`, `sources`, `contradictions`';

/** In which zone (IANA) what AMI and the table tell is read, and since when. */
export type ReadIn = Record<'ami' | 'table', { zone: string; since: Micros }>;

/** As it was kept last; null: it never was. */
export async function readInOf(sql: Sql, system: string): Promise<ReadIn | null> {
  const find = 'SELECT `value` FROM `meta` WHERE `name` = ?';
  const [row] = await sql.all<{ value: string }>(find, [`zones ${system}`]);
  return row ? (JSON.parse(row.value) as ReadIn) : null;
}

/** Must run inside a write. */
export async function keepReadIn(sql: Sql, system: string, readIn: ReadIn): Promise<void> {
  const [name, value] = [`zones ${system}`, JSON.stringify(readIn)];
  await sql.run('DELETE FROM `meta` WHERE `name` = ?', [name]);
  await sql.run('INSERT INTO `meta` (`name`, `value`) VALUES (?, ?)', [name, value]);
}

/** From when on (included) each must have shown a record first. */
export type Since = Record<'ami' | 'table', Micros>;

/** Newest first, at most `limit`; none for a system that has no record. */
export async function meetingsOf(sql: Sql, system: string, limit: number, since: Since): Promise<Meeting[]> {
  const [found] = await sql.all<{ id: number }>('SELECT `id` FROM `system` WHERE `name` = ?', [system]);
  if (!found) return [];
  const newest = await sql.all<MeetingRow>(
    `SELECT ${columns} FROM \`cdr\` WHERE \`cdr\`.\`id\` > (SELECT \`last\` FROM \`place\` WHERE \`name\` = 'cdr') - ? ` +
      'AND `system_id` = ? ORDER BY `cdr`.`id` DESC LIMIT ?',
    [idsMax, found.id, rowsMax],
  );
  const meetings = meetingsIn(newest, system, limit, since);
  if (meetings.length === limit) return meetings;
  // Along the index cdr_identity.
  const own = await sql.all<MeetingRow>(
    `SELECT ${columns} FROM (SELECT ${columns} FROM \`cdr\` WHERE \`system_id\` = ? ` +
      'ORDER BY `uniqueid` DESC LIMIT ?) AS `own` ' +
      'WHERE INSTR(`sources`, ?) > 0 AND INSTR(`sources`, ?) > 0 ORDER BY `uniqueid` DESC LIMIT ?',
    [found.id, ownMax, `${system}/ami`, `${system}/table`, rowsMax],
  );
  return meetingsIn(own, system, limit, since);
}

function meetingsIn(rows: readonly MeetingRow[], system: string, limit: number, since: Since): Meeting[] {
  const meetings: Meeting[] = [];
  for (const row of rows) {
    const [ami, table] = [`${system}/ami`, `${system}/table`];
    const sights = sightsOf(row);
    const isShown = (name: string, from: Micros) => sights.some(({ source, at }) => source === name && at >= from);
    if (!isShown(ami, since.ami) || !isShown(table, since.table)) continue;
    // Who is not among those that contradict each other says what the record has.
    const words = contradictionsOf(row)['start'] ?? {};
    const startBy = (source: string) => Number(words[source] ?? row.start);
    meetings.push({
      ...{ uniqueid: row.uniqueid as string, ami: startBy(ami), table: startBy(table) },
      isEpoch: row.time_origin === 'epoch',
    });
    if (meetings.length === limit) break;
  }
  return meetings;
}
