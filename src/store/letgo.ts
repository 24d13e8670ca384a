// Which rejects go when too many are kept: what can be had again goes first, and no source takes the place of one that has less.
// What the PBX wrote counts on, beside its day: its record is not here, whether its text is kept or not.
import type { Micros } from '../cdr/cdr.ts';
import { byCommand, writeAudit } from './audit.ts';
import { addSlips, quarterOf } from './days.ts';
import { remove } from './rejects.ts';
import type { Sql } from './sql.ts';

/** How many rejects of a source went. */
export interface LetGo {
  source: string;
  count: number;
}

/** Their rows stand in a file, or were told to their writer; all others are of a PBX. */
const elsewhere = /(?:^|\/)(?:import|api)$/;
/** What is wrong with them was told to their writer: they are no rows of a PBX that nobody understood. */
export const isWritten = (source: string): boolean => /(?:^|\/)api$/.test(source);

interface Kept {
  id: number;
  source: string;
  kept: number;
}

/**
 * Part of the transaction of a batch. Beyond `most`, so many go that a twentieth is free: of files and writers first, of a PBX
 * only when its sources alone have more than `most`; each time of the source that has most, the ones not seen for longest.
 */
export async function keepAtMost(sql: Sql, most: number, now: Micros): Promise<LetGo[]> {
  const sources = await sql.all<Kept>(
    'SELECT `source`.`id`, `source`.`name` AS `source`, COUNT(*) AS `kept` FROM `reject` ' +
      'JOIN `source` ON `source`.`id` = `source_id` GROUP BY `source`.`id`, `source`.`name`',
  );
  const gone = sharesOf(sources, most);
  for (const { id, source, count } of gone) {
    const rows = await sql.all<{ id: number; first: Micros; gone: Micros | null }>(
      'SELECT `id`, `first`, `gone` FROM `reject` WHERE `source_id` = ? ORDER BY `last`, `id` LIMIT ?',
      [id, count],
    );
    await remove(
      sql,
      rows.map((row) => row.id),
    );
    if (isWritten(source)) continue;
    const counted = rows.filter((row) => row.gone === null);
    for (const some of Map.groupBy(counted, ({ first }) => quarterOf(first)).values())
      await addSlips(sql, id, some[0]!.first, { letGo: some.length });
  }
  const count = totalOf(gone.map((one) => one.count));
  if (count === 0) return [];
  const by = Object.fromEntries(gone.map((one) => [one.source, one.count]));
  const detail = { why: `more than ${most} rejects (rejects.keep)`, sources: by };
  const object = `${count} rejects`;
  await writeAudit(sql, { at: now, by: byCommand, action: 'reject.discarded', object, detail, count });
  return gone.map((one) => ({ source: one.source, count: one.count }));
}

function sharesOf(sources: readonly Kept[], most: number): (Kept & { count: number })[] {
  const kept = totalOf(sources.map((one) => one.kept));
  if (kept <= most) return [];
  const [others, ofPbx] = [true, false].map((is) => sources.filter(({ source }) => elsewhere.test(source) === is));
  const slack = Math.floor(most / 20);
  const pbxKept = totalOf(ofPbx!.map((one) => one.kept));
  const pbxOver = pbxKept > most ? pbxKept - most + slack : 0;
  return [...level(others!, kept - most + slack - pbxOver), ...level(ofPbx!, pbxOver)];
}

/** Takes one after the other of whoever has most. */
function level(sources: readonly Kept[], over: number): (Kept & { count: number })[] {
  const shares = sources.map((one) => ({ ...one, count: 0 }));
  const left = (one: (typeof shares)[number]) => one.kept - one.count;
  const all = totalOf(sources.map((one) => one.kept));
  for (let taken = 0; taken < Math.min(over, all); taken++)
    shares.reduce((a, b) => (left(b) > left(a) ? b : a)).count++;
  return shares.filter(({ count }) => count > 0);
}

function totalOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
