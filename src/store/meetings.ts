// The newest records that both AMI and the table have shown, with the start that each tells. Reads only, along the ids.
import type { Meeting } from '../cdr/clocks.ts';
import { contradictionsOf, sightsOf, type Row } from './row.ts';
import type { Sql } from './sql.ts';

/** Ids that are gone through, newest first, and records that are looked at: while a history is read, few of them were met by AMI. */
const idsMax = 20_000;
const rowsMax = 500;

type MeetingRow = Pick<Row, 'uniqueid' | 'start' | 'time_origin' | 'sources' | 'contradictions'>;

/** Newest first, at most `limit`; none for a system that has no record. */
export async function meetingsOf(sql: Sql, system: string, limit: number): Promise<Meeting[]> {
  const rows = await sql.all<MeetingRow>(
    'SELECT `uniqueid`, `start`, `time_origin`, `sources`, `contradictions` FROM `cdr` ' +
      "WHERE `cdr`.`id` > (SELECT `last` FROM `place` WHERE `name` = 'cdr') - ? " +
      'AND `system_id` = (SELECT `id` FROM `system` WHERE `name` = ?) ORDER BY `cdr`.`id` DESC LIMIT ?',
    [idsMax, system, rowsMax],
  );
  const meetings: Meeting[] = [];
  for (const row of rows) {
    const [ami, table] = [`${system}/ami`, `${system}/table`];
    const shown = new Set(sightsOf(row).map(({ source }) => source));
    if (!shown.has(ami) || !shown.has(table)) continue;
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
