// What the store knows of one record beside the record itself, and of records that are gone. Reads only, all by an index.
import type { Micros } from '../cdr/cdr.ts';
import type { Life } from '../cdr/explain.ts';
import type { Within } from '../cdr/query.ts';
import { editsOf } from './edit.ts';
import type { Reader } from './read.ts';
import { contradictionsOf, selectColumns, sightsOf, type Row } from './row.ts';
import type { StoredReject } from './rejects.ts';
import type { Sql } from './sql.ts';
import { nameOf } from './stones.ts';

/** Most edits and changes of one record that are told, most records of one uniqueid. */
const partsMax = 1000;
export const livesMax = 100;
/** The newest rejects that are looked through for a uniqueid: they have no column of it. */
const rejectsMax = 10_000;

/** Of a record that is gone, or of a uniqueid that no stored record has. */
export interface Taken {
  system: string;
  /** Records of this uniqueid that retention has taken. */
  records: number;
  /** Records that began before are not taken in any more; null = none is turned away. */
  horizon: Micros | null;
}

/** Undefined when there is no such record behind the wall; a hidden one is there with `raw` only. */
export async function lifeOf(
  sql: Sql,
  reader: Reader,
  id: number,
  within: Within,
  raw: boolean,
): Promise<Life | undefined> {
  const cdr = await reader.one(sql, id, within, false);
  const bare = await reader.one(sql, id, within, true);
  const seen = cdr ?? (raw ? bare : undefined);
  if (!seen || !bare) return undefined;
  const [row] = await sql.all<Row>(`SELECT ${selectColumns} FROM \`cdr\` WHERE \`id\` = ?`, [id]);
  // Retention may take it while we look.
  if (!row) return undefined;
  const edits = await editsOf(sql, id, 0, partsMax + 1, within);
  const changes = await changesOf(sql, id, partsMax + 1);
  return {
    cdr: seen,
    raw: bare,
    isErased: row.erased !== 0,
    sights: sightsOf(row),
    contradictions: contradictionsOf(row),
    edits: edits.slice(0, partsMax),
    changes: changes.slice(0, partsMax),
    more: edits.length > partsMax || changes.length > partsMax,
  };
}

/** Places of a record in the change sequence, also of one that is gone. */
export function changesOf(sql: Sql, id: number, limit = partsMax): Promise<{ seq: number; op: string; at: Micros }[]> {
  return sql.all('SELECT `seq`, `op`, `at` FROM `change` WHERE `cdr_id` = ? ORDER BY `seq` LIMIT ?', [id, limit]);
}

/** Ids of the records with this uniqueid, of all systems or of one; at most `livesMax`. */
export async function idsOf(sql: Sql, uniqueid: string, only?: string): Promise<number[]> {
  const ids: number[] = [];
  const systems = await sql.all<{ id: number; name: string }>('SELECT `id`, `name` FROM `system` ORDER BY `id`');
  for (const { id: system } of systems.filter(({ name }) => only === undefined || name === only)) {
    const found = await sql.all<{ id: number }>(
      'SELECT `id` FROM `cdr` WHERE `system_id` = ? AND `uniqueid` = ? ORDER BY `id` LIMIT ?',
      [system, uniqueid, livesMax],
    );
    ids.push(...found.map(({ id }) => id));
  }
  return ids.slice(0, livesMax);
}

/** By each system that may have had such records: tombstones of this uniqueid, and its horizon. */
export async function takenOf(sql: Sql, uniqueid: string): Promise<Taken[]> {
  const [key] = await sql.all<{ value: string }>("SELECT `value` FROM `meta` WHERE `name` = 'tombstone_key'");
  const taken: Taken[] = [];
  const systems = await sql.all<{ name: string; horizon: Micros | null }>('SELECT `name`, `horizon` FROM `system`');
  for (const { name: system, horizon } of systems) {
    const stones = key
      ? await sql.all('SELECT 1 FROM `tombstone` WHERE `name` = ? LIMIT ?', [
          nameOf(key.value, { system, uniqueid }),
          livesMax,
        ])
      : [];
    if (stones.length > 0 || horizon !== null) taken.push({ system, records: stones.length, horizon });
  }
  return taken;
}

/** Rejects that name this uniqueid, among the newest. */
export function rejectsOf(sql: Sql, uniqueid: string): Promise<StoredReject[]> {
  const end = `, uniqueid ${uniqueid})`;
  return sql.all<StoredReject>(
    'SELECT `reject`.`id`, `source`.`name` AS `source`, `raw`, `reason`, `count`, `first`, `reject`.`last` ' +
      'FROM `reject` JOIN `source` ON `source`.`id` = `source_id` ' +
      "WHERE `reject`.`id` > (SELECT `last` FROM `place` WHERE `name` = 'reject') - ? " +
      'AND INSTR(`reason`, ?) > 0 ORDER BY `reject`.`id` LIMIT ?',
    [rejectsMax, end, livesMax],
  );
}
