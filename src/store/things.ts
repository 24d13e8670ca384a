// DIDs, trunks and endpoints as people keep them: what the rules look up (tables.ts). One shape for all three, by its table.
import type { Micros } from '../cdr/cdr.ts';
import { companyKey } from '../cdr/query.ts';
import type { Within } from '../cdr/wall.ts';
import { ClientError } from '../errors.ts';
import { keyIn } from '../rules/tables.ts';
import { writeAudit, type By } from './audit.ts';
import { keysWithin, narrowed } from './companies.ts';
import { allot } from './names.ts';
import type { Sql } from './sql.ts';
import { directoryChanged } from './tables.ts';

export interface Did {
  id: number;
  /** As the trunk delivers it; compared without its `+`. */
  number: string;
  /** Handle of the owner. */
  company: string | null;
  /** Where its calls end when nothing else tells. */
  extension: string | null;
  name: string | null;
}

export interface Trunk {
  id: number;
  /** `PJSIP/telco`, or `telco` for any technology. */
  peer: string;
  /** Handle, of a trunk that one company has for itself. */
  company: string | null;
  name: string | null;
}

export const endpointKinds = ['extension', 'trunk', 'local', 'app'] as const;

export interface Endpoint {
  id: number;
  peer: string;
  kind: (typeof endpointKinds)[number];
  company: string | null;
  extension: string | null;
  name: string | null;
}

export interface Things {
  did: Did;
  trunk: Trunk;
  endpoint: Endpoint;
}
export type ThingKind = keyof Things;
export const thingKinds: readonly ThingKind[] = ['did', 'trunk', 'endpoint'];

/** Columns beside id, company and name; the first is the key. `plural` is what outsiders and rules call the table. */
export const thingColumns = {
  did: { plural: 'dids', key: 'number', more: ['extension'] },
  trunk: { plural: 'trunks', key: 'peer', more: [] },
  endpoint: { plural: 'endpoints', key: 'peer', more: ['kind', 'extension'] },
} as const;

/** All of a thing but its id, by the names of its columns. */
export type Cells = Record<string, string | null>;

const none = 0;

export function keyOfThing(kind: ThingKind, key: string): string {
  return keyIn(thingColumns[kind].plural, key);
}

/** A page by id, of what is within the wall: of a bound reader, what belongs to his companies; `company`: only of this handle. */
export function listThings<Kind extends ThingKind>(
  sql: Sql,
  kind: Kind,
  within: Within,
  after: number,
  limit: number,
  company?: string,
): Promise<Things[Kind][]> {
  const { condition, values } = narrowed(keysWithin(within), company);
  return sql.all<Things[Kind]>(
    `${select(kind)} WHERE \`${kind}\`.\`id\` > ?${condition} ORDER BY \`${kind}\`.\`id\` LIMIT ?`,
    [after, ...values, limit],
  );
}

export async function thingOf<Kind extends ThingKind>(
  sql: Sql,
  kind: Kind,
  id: number,
  within: Within,
): Promise<Things[Kind] | undefined> {
  const { condition, values } = keysWithin(within);
  const [found] = await sql.all<Things[Kind]>(`${select(kind)} WHERE \`${kind}\`.\`id\` = ?${condition}`, [
    id,
    ...values,
  ]);
  return found;
}

/** @throws ClientError 400 for a company nobody knows, 409 when there is one of this number or peer */
export async function addThing<Kind extends ThingKind>(
  sql: Sql,
  kind: Kind,
  given: Omit<Things[Kind], 'id'>,
  by: By,
  now: Micros,
): Promise<Things[Kind]> {
  // A company must not be removed meanwhile.
  await allot(sql, 'cdr', 0);
  const { key: column, more } = thingColumns[kind];
  const cells = given as Cells;
  const companyId = await companyIdOf(sql, cells['company']);
  const key = keyOfThing(kind, cells[column]!);
  const id = await allot(sql, kind, 1);
  const [twin] = await sql.all<{ id: number }>(`SELECT \`id\` FROM \`${kind}\` WHERE \`${column}_key\` = ?`, [key]);
  if (twin) throw new ClientError(409, `there is a ${kind} ${cells[column]} already, it has the id ${twin.id}`);
  const columns = ['id', 'company_id', column, `${column}_key`, ...more, 'name'];
  const values = [
    id,
    companyId,
    cells[column]!,
    key,
    ...more.map((name) => cells[name] ?? null),
    cells['name'] ?? null,
  ];
  const names = columns.map((name) => `\`${name}\``).join(', ');
  await sql.run(`INSERT INTO \`${kind}\` (${names}) VALUES (${values.map(() => '?').join(', ')})`, values);
  await directoryChanged(sql);
  const made = (await thingOf(sql, kind, id, null))!;
  const object = `${kind} ${cells[column]}`;
  await writeAudit(sql, { at: now, by, action: `${kind}.added`, object, detail: { ...made } });
  return made;
}

/** Everything but its number or peer: another one is another thing. Absent leaves, null takes away. @throws ClientError 400 */
export async function changeThing<Kind extends ThingKind>(
  sql: Sql,
  kind: Kind,
  id: number,
  patch: Partial<Cells>,
  by: By,
  now: Micros,
): Promise<Things[Kind] | undefined> {
  await allot(sql, 'cdr', 0);
  const before = (await thingOf(sql, kind, id, null)) as (Things[Kind] & Cells) | undefined;
  if (!before) return undefined;
  const { key: column, more } = thingColumns[kind];
  const after: Cells = { ...before, ...(patch as Cells) };
  const names = [...more, 'name'];
  await sql.run(
    `UPDATE \`${kind}\` SET \`company_id\` = ?, ${names.map((name) => `\`${name}\` = ?`).join(', ')} WHERE \`id\` = ?`,
    [await companyIdOf(sql, after['company']), ...names.map((name) => after[name] ?? null), id],
  );
  await directoryChanged(sql);
  const detail = { id, ...patch };
  await writeAudit(sql, { at: now, by, action: `${kind}.changed`, object: `${kind} ${before[column]}`, detail });
  return thingOf(sql, kind, id, null);
}

/** Resolves to false when there is none. */
export async function removeThing(sql: Sql, kind: ThingKind, id: number, by: By, now: Micros): Promise<boolean> {
  const found = (await thingOf(sql, kind, id, null)) as Cells | undefined;
  if (!found || (await sql.run(`DELETE FROM \`${kind}\` WHERE \`id\` = ?`, [id])) === 0) return false;
  await directoryChanged(sql);
  const object = `${kind} ${found[thingColumns[kind].key]}`;
  await writeAudit(sql, { at: now, by, action: `${kind}.removed`, object, detail: { ...found } });
  return true;
}

export function select(kind: ThingKind): string {
  const { key, more } = thingColumns[kind];
  const own = [key, ...more].map((name) => `\`${kind}\`.\`${name}\``).join(', ');
  return (
    `SELECT \`${kind}\`.\`id\`, ${own}, \`handle\` AS \`company\`, \`${kind}\`.\`name\` FROM \`${kind}\` ` +
    'LEFT JOIN `company` ON `company`.`id` = `company_id`'
  );
}

async function companyIdOf(sql: Sql, handle: string | null | undefined): Promise<number> {
  if (handle == null) return none;
  const [row] = await sql.all<{ id: number }>('SELECT `id` FROM `company` WHERE `handle_key` = ?', [
    companyKey(handle),
  ]);
  if (row) return row.id;
  const message = `there is no company ${handle}`;
  throw new ClientError(400, `company: ${message}`, [{ field: 'company', message }]);
}
