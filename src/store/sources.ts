// What the store keeps of each source: its cursor and its counts, moved in the same transaction as the rows they speak of.
import type { Micros } from '../cdr/cdr.ts';
import { allot } from './names.ts';
import type { Sql } from './sql.ts';

/** received = stored + duplicate + rejected + expired, always; `lost` stands beside it. */
export interface Counts {
  received: number;
  stored: number;
  duplicate: number;
  rejected: number;
  expired: number;
  lost: number;
}

export interface SourceRow extends Counts {
  id: number;
  name: string;
  cursor: string | null;
  /** End of the newest record it showed. */
  lastRecord: Micros | null;
  /** When it was first opened: what ended before is history to it. null: before that was kept. */
  opened: Micros | null;
}

/** What completeness asks of a source. */
export interface Heard {
  id: number;
  name: string;
  /** End of the earliest record it showed since migration 0007. */
  firstRecord: Micros | null;
  lastRecord: Micros | null;
  /** When it was first opened; null: before migration 0017. */
  opened: Micros | null;
  /** When it last handed anything over. */
  heard: Micros | null;
}

/** Sources of a system, its ways in and what heals it. */
export async function heardOf(sql: Sql, system: string): Promise<Heard[]> {
  const all = await sql.all<Heard>(
    'SELECT `id`, `name`, `first_record` AS `firstRecord`, `last_record` AS `lastRecord`, `opened`, `heard` FROM `source`',
  );
  return all.filter(({ name }) => name.slice(0, name.lastIndexOf('/')) === system);
}

/** The row of a source, made at its first start, which is `now`. */
export async function sourceOf(sql: Sql, name: string, now: Micros): Promise<SourceRow> {
  const find = async () =>
    (
      await sql.all<SourceRow>(
        'SELECT `id`, `name`, `cursor`, `received`, `stored`, `duplicate`, `rejected`, `expired`, `lost`, ' +
          '`last_record` AS `lastRecord`, `opened` FROM `source` WHERE `name` = ?',
        [name],
      )
    )[0];
  // The lock comes before the look-up: two daemons on one store must not both make it.
  const id = await allot(sql, 'source', 1);
  const found = await find();
  if (found) return found;
  await sql.run('INSERT INTO `source` (`id`, `name`, `opened`) VALUES (?, ?, ?)', [id, name, now]);
  return (await find())!;
}

export async function saveSource(
  sql: Sql,
  id: number,
  gain: Counts & {
    batch: string;
    cursor: string | undefined;
    lastRecord: Micros | null;
    firstRecord: Micros | null;
    now: Micros;
  },
): Promise<void> {
  const hasCursor = gain.cursor !== undefined;
  await sql.run(
    'UPDATE `source` SET `batch` = ?, `received` = `received` + ?, `stored` = `stored` + ?, `duplicate` = `duplicate` + ?, ' +
      '`rejected` = `rejected` + ?, `expired` = `expired` + ?, `lost` = `lost` + ?, `last_record` = COALESCE(?, `last_record`), ' +
      '`heard` = ?, `first_record` = CASE WHEN `first_record` <= COALESCE(?, `first_record`) THEN `first_record` ' +
      'ELSE COALESCE(?, `first_record`) END' +
      `${hasCursor ? ', `cursor` = ?' : ''} WHERE \`id\` = ?`,
    [
      gain.batch,
      gain.received,
      gain.stored,
      gain.duplicate,
      gain.rejected,
      gain.expired,
      gain.lost,
      gain.lastRecord,
      gain.now,
      gain.firstRecord,
      gain.firstRecord,
      ...(hasCursor ? [gain.cursor!] : []),
      id,
    ],
  );
}
