// Rows we could not understand: kept with all that is needed to hand them over again, one per content (or row
// of a table, by its id, or line of a file, by its text), source and wall, with a count. A row that is understood after all takes its reject away.
import { createHash } from 'node:crypto';
import type { Micros } from '../cdr/cdr.ts';
import type { RawRow } from '../cdr/normalise.ts';
import type { Within } from '../cdr/query.ts';
import type { Fault } from '../errors.ts';
import { writeAudit, type By } from './audit.ts';
import { forgetLetGo } from './days.ts';
import { allot } from './names.ts';
import { chunks, placeholders, type Sql, type Value } from './sql.ts';

/** A row as it came. */
export interface Came {
  /** Its fields as JSON. */
  raw: string;
  /** The vocabulary of the fields and the zone of their times; absent: unknown, as of rejects kept before there was a retry. */
  kind?: RawRow['kind'];
  timezone?: string;
  /** How its source names the row, and by which column. */
  row?: RowName;
}

export type RowName = Pick<RawRow, 'idColumn' | 'mark'>;

export interface Reject extends Came {
  /** Every fault in one text: field, what was found, what was expected. */
  reason: string;
  /** The same one by one. */
  faults: Fault[];
}

export interface StoredReject {
  id: number;
  source: string;
  raw: string;
  kind: RawRow['kind'] | null;
  timezone: string | null;
  /** null: its source has no name for it, or it was kept before names were. */
  row: RowName | null;
  /** The wall of who wrote it: a retry may store no more than the writer could. */
  wall: Within;
  reason: string;
  /** Empty for a reject kept before they were stored. */
  faults: Fault[];
  /** How often its source has brought it. */
  count: number;
  first: Micros;
  last: Micros;
  /** How often a retry has failed, and when last. */
  tries: number;
  tried: Micros | null;
  /** Since when it is known that its row is in its table no more; null: it is there, or nobody has looked. */
  gone: Micros | null;
}

/** The source of written records that name no system of ours; no name of a system can make it. */
export const nobodys = 'api';

/** All that is given must hold; `from` and `until` (excluded) are for the last sight. */
export interface RejectFilter {
  source?: string;
  /** Of the sources of this system, or of nobody's and naming it. */
  system?: string;
  from?: Micros;
  until?: Micros;
}

/** Above `after`, the oldest first; without it the newest first, below `before`. */
export type RejectPage = RejectFilter & { after?: number; before?: number };

/** Longest raw text kept, in characters. A longer one is cut: it can be read, but not handed over again. */
export const rawMax = 64 * 1024;
/** Rejects in one transaction of a discard. */
const sliceMax = 500;

/** A reject of a batch; `key`: by what it is known when its row comes again, where its source says it (`RowMark`). */
export type Refused = Reject & { key?: string | undefined };

/** Part of the transaction of a batch. Resolves to whether any is a new one. */
export async function writeRejects(
  sql: Sql,
  sourceId: number,
  rejects: readonly Refused[],
  { within, now }: { within: Within; now: Micros },
): Promise<boolean> {
  const wall = within === null ? null : JSON.stringify(within);
  let hasNew = false;
  for (const { raw: whole, kind, timezone, row, reason, faults, key } of rejects) {
    const byContent = digestOf(wall === null ? whole : `${whole}\n${wall}`);
    const content = key === undefined ? byContent : digestOfRow(key);
    const raw = whole.slice(0, rawMax).toWellFormed();
    const said = [reason.slice(0, rawMax).toWellFormed(), JSON.stringify(faults)];
    const rowName = row === undefined ? null : JSON.stringify(row);
    const again = (known: string) =>
      sql.run(
        'UPDATE `reject` SET `count` = `count` + 1, `last` = ?, `content` = ?, `raw` = ?, `kind` = COALESCE(?, `kind`), ' +
          '`timezone` = COALESCE(?, `timezone`), `row_name` = COALESCE(?, `row_name`), `gone` = NULL, `reason` = ?, `faults` = ? WHERE `source_id` = ? AND `content` = ?',
        [...[now, content, raw, kind ?? null, timezone ?? null, rowName], ...said, sourceId, known],
      );
    // Rejects kept before rows had names are known by their content.
    if ((await again(content)) > 0 || (key !== undefined && (await again(byContent)) > 0)) continue;
    hasNew = true;
    const id = await allot(sql, 'reject', 1);
    await sql.run(
      'INSERT INTO `reject` (`id`, `source_id`, `content`, `raw`, `kind`, `timezone`, `row_name`, `wall`, `reason`, `faults`, `count`, `first`, `last`) ' +
        `VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)`,
      [...[id, sourceId, content, raw, kind ?? null, timezone ?? null, rowName, wall], ...[...said, now, now]],
    );
  }
  return hasNew;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The `content` of a row by its key; no JSON of a row begins so. */
export function digestOfRow(key: string): string {
  return digestOf(`row ${key}`);
}

type Row = Omit<StoredReject, 'wall' | 'faults' | 'row'> & Record<'wall' | 'faults' | 'rowName', string | null>;

const select =
  'SELECT `reject`.`id`, `source`.`name` AS `source`, `raw`, `kind`, `timezone`, `row_name` AS `rowName`, `wall`, `reason`, ' +
  '`faults`, `count`, `first`, `reject`.`last`, `tries`, `tried`, `gone` FROM `reject` JOIN `source` ON `source`.`id` = `source_id`';

function toReject({ wall, faults, rowName, ...row }: Row): StoredReject {
  return {
    ...row,
    row: rowName === null ? null : (JSON.parse(rowName) as RowName),
    wall: wall === null ? null : (JSON.parse(wall) as Within),
    faults: faults === null ? [] : (JSON.parse(faults) as Fault[]),
  };
}

export async function listRejects(sql: Sql, limit: number, page: RejectPage = {}): Promise<StoredReject[]> {
  const { after, before, ...filter } = page;
  const where = await whereOf(sql, filter);
  if (!where) return [];
  const [than, from, order] = after === undefined ? ['<', before ?? Number.MAX_SAFE_INTEGER, 'DESC'] : ['>', after, ''];
  const rows = await sql.all<Row>(
    `${select} WHERE \`reject\`.\`id\` ${than} ?${where.sql} ORDER BY \`reject\`.\`id\` ${order} LIMIT ?`,
    [from, ...where.values, limit],
  );
  return rows.map(toReject);
}

export async function rejectOf(sql: Sql, id: number): Promise<StoredReject | undefined> {
  const [row] = await sql.all<Row>(`${select} WHERE \`reject\`.\`id\` = ?`, [id]);
  return row && toReject(row);
}

/**
 * One transaction's worth of a discard: resolves to the ids that are gone now, none when there are no more. Audited. By a filter,
 * what was let go (letgo.ts) counts no more either, where it was first seen within.
 */
export async function discardRejects(
  sql: Sql,
  filter: RejectFilter & { id?: number },
  by: By,
  now: Micros,
  most = sliceMax,
): Promise<number[]> {
  // Whoever retries holds this lock too: a reject is either stored or discarded.
  await allot(sql, 'reject', 0);
  const { id, ...conditions } = filter;
  const where = await whereOf(sql, conditions);
  if (!where) return [];
  if (id === undefined) await forgetLetGo(sql, await sourcesMeant(sql, conditions), conditions);
  const one = id === undefined ? { sql: '', values: [] } : { sql: ' AND `reject`.`id` = ?', values: [id] };
  const found = await sql.all<{ id: number; reason: string }>(
    `SELECT \`id\`, \`reason\` FROM \`reject\` WHERE 1 = 1${one.sql}${where.sql} ORDER BY \`id\` LIMIT ?`,
    [...one.values, ...where.values, Math.min(most, sliceMax)],
  );
  const ids = found.map((row) => row.id);
  if (ids.length === 0) return [];
  await remove(sql, ids);
  const detail = id === undefined ? { filter: conditions, ids } : { reason: found[0]!.reason.slice(0, 1000) };
  const object = id === undefined ? `${ids.length} rejects` : `reject ${id}`;
  await writeAudit(sql, { at: now, by, action: 'reject.discarded', object, detail, count: ids.length });
  return ids;
}

export async function remove(sql: Sql, ids: readonly number[]): Promise<void> {
  for (const some of chunks(ids)) {
    await sql.run(`DELETE FROM \`reject\` WHERE \`id\` IN ${placeholders(1, some.length)}`, some);
  }
}

/** What a row names as its system, as JSON; NULL where it names none, or where its text was cut or is deeper than the database reads. */
const systemNamed: Record<Sql['dialect'], string> = {
  sqlite: "CASE WHEN JSON_VALID(`raw`) THEN `raw` -> '$.system' END",
  // Compared as it is, MariaDB's would lose its quotes, and a number be equal to its digits.
  mysql: "CONCAT(JSON_EXTRACT(`raw`, '$.system'), '')",
};

/** undefined when no source is meant. */
async function whereOf(sql: Sql, { source, system, from, until }: RejectFilter) {
  const parts: string[] = [];
  const values: Value[] = [];
  const add = (part: string, ...more: Value[]) => {
    parts.push(` AND ${part}`);
    values.push(...more);
  };
  if (source !== undefined || system !== undefined) {
    const ids = await sourcesMeant(sql, { source, system });
    const among = `\`source_id\` IN ${placeholders(1, ids.length)}`;
    const [written] = system === undefined ? [] : await sourcesMeant(sql, { source: source ?? nobodys });
    if (written !== undefined && [nobodys, undefined].includes(source)) {
      const named = `\`source_id\` = ? AND ${systemNamed[sql.dialect]} = ?`;
      add(ids.length === 0 ? named : `(${among} OR ${named})`, ...ids, written, JSON.stringify(system));
    } else if (ids.length === 0) return undefined;
    else add(among, ...ids);
  }
  if (from !== undefined) add('`reject`.`last` >= ?', from);
  if (until !== undefined) add('`reject`.`last` < ?', until);
  return { sql: parts.join(''), values };
}

async function sourcesMeant(
  sql: Sql,
  { source, system }: { source?: string | undefined; system?: string | undefined },
): Promise<number[]> {
  const sources = await sql.all<{ id: number; name: string }>('SELECT `id`, `name` FROM `source`');
  const isMeant = (name: string) =>
    (source === undefined || name === source) && (system === undefined || name.startsWith(`${system}/`));
  return sources.filter(({ name }) => isMeant(name)).map(({ id }) => id);
}
