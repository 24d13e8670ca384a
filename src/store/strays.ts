// Records of systems that are not configured: nothing brings, watches or classifies them, and nobody sees it by himself.
import { isClaimed } from './claim.ts';
import type { Sql } from './sql.ts';

export interface Stray {
  system: string;
  records: number;
  /** There are more: so many were counted. */
  isMore: boolean;
}

/** A system is counted no further than this. */
const countMax = 100_000;

/** Of all systems but these, by name; those without records are left out, and those that another daemon on the store has. */
export async function straysOf(sql: Sql, configured: readonly string[]): Promise<Stray[]> {
  const systems = await sql.all<{ id: number; name: string }>('SELECT `id`, `name` FROM `system` ORDER BY `name`');
  const strays: Stray[] = [];
  for (const { id, name } of systems.filter((one) => !configured.includes(one.name))) {
    // Along the index cdr_identity.
    const [row] = await sql.all<{ records: number }>(
      'SELECT COUNT(*) AS `records` FROM (SELECT 1 AS `one` FROM `cdr` WHERE `system_id` = ? LIMIT ?) AS `some`',
      [id, countMax],
    );
    if (row!.records === 0 || (await isClaimed(sql, name))) continue;
    strays.push({ system: name, records: row!.records, isMore: row!.records === countMax });
  }
  return strays;
}
