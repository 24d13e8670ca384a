// Extensions and the names people gave them. The first record that names one makes it too (staff.ts), and brings a removed one back.
import type { Micros } from '../cdr/cdr.ts';
import { companyKey } from '../cdr/query.ts';
import type { Within } from '../cdr/wall.ts';
import { ClientError } from '../errors.ts';
import { writeAudit, type By } from './audit.ts';
import { keysWithin, narrowed } from './companies.ts';
import { allot } from './names.ts';
import type { Sql, Value } from './sql.ts';
import { directoryChanged } from './tables.ts';

export interface Extension {
  id: number;
  /** Handle, null on a PBX without companies. */
  company: string | null;
  number: string;
  name: string | null;
  /** People keep it; false: only records have shown it, and rules do not know it. */
  listed: boolean;
}

type Row = Omit<Extension, 'listed'> & { shown: number | null };
const toExtension = ({ shown, ...row }: Row): Extension => ({ ...row, listed: shown === null });

/** `company_id` of an extension without one: NULL would let a number be there twice. */
const none = 0;
const from = 'FROM `extension` LEFT JOIN `company` ON `company`.`id` = `company_id`';
const columns = '`extension`.`id`, `handle` AS `company`, `number`, `extension`.`name`, `shown`';

/** A page by id, of what is within the wall; `company`: only of this handle, without case. */
export async function listExtensions(
  sql: Sql,
  within: Within,
  after: number,
  limit: number,
  company?: string,
): Promise<Extension[]> {
  const { condition, values } = narrowed(visible(within), company);
  const rows = await sql.all<Row>(
    `SELECT ${columns} ${from} WHERE \`extension\`.\`id\` > ?${condition} ORDER BY \`extension\`.\`id\` LIMIT ?`,
    [after, ...values, limit],
  );
  return rows.map(toExtension);
}

export async function extensionOf(sql: Sql, id: number, within: Within): Promise<Extension | undefined> {
  const { condition, values } = visible(within);
  const [found] = await sql.all<Row>(`SELECT ${columns} ${from} WHERE \`extension\`.\`id\` = ?${condition}`, [
    id,
    ...values,
  ]);
  return found && toExtension(found);
}

/** One that only records have shown becomes one of people's. @throws ClientError 400 for a company nobody knows, 409 when people have given the company this number */
export async function addExtension(
  sql: Sql,
  { company, number, name }: Omit<Extension, 'id' | 'listed'>,
  by: By,
  now: Micros,
): Promise<Extension> {
  // A company must not be removed meanwhile.
  await allot(sql, 'cdr', 0);
  // The lock of all who make extensions.
  await allot(sql, 'extension', 0);
  const [companyId, handle] = company === null ? [none, null] : await companyNamed(sql, company);
  const [twin] = await sql.all<{ id: number; shown: number | null }>(
    'SELECT `id`, `shown` FROM `extension` WHERE `company_id` = ? AND `number` = ?',
    [companyId, number],
  );
  if (twin?.shown === null) {
    const named = `${number}${handle ? ` of ${handle}` : ''}`;
    throw new ClientError(409, `there is an extension ${named} already, it has the id ${twin.id}`);
  }
  const id = twin?.id ?? (await allot(sql, 'extension', 1));
  if (twin) await sql.run('UPDATE `extension` SET `name` = ?, `shown` = NULL WHERE `id` = ?', [name, id]);
  else {
    const row = [id, companyId, number, name];
    await sql.run('INSERT INTO `extension` (`id`, `company_id`, `number`, `name`) VALUES (?, ?, ?, ?)', row);
  }
  await directoryChanged(sql);
  const detail = { id, company: handle, name };
  await writeAudit(sql, { at: now, by, action: 'extension.added', object: `extension ${number}`, detail });
  return { id, company: handle, number, name, listed: true };
}

/** Its name: another number is another extension. */
export async function nameExtension(
  sql: Sql,
  id: number,
  name: string | null,
  by: By,
  now: Micros,
): Promise<Extension | undefined> {
  const extension = await extensionOf(sql, id, null);
  if (!extension) return undefined;
  await sql.run('UPDATE `extension` SET `name` = ?, `shown` = NULL WHERE `id` = ?', [name, id]);
  await directoryChanged(sql);
  const detail = { id, company: extension.company, name };
  await writeAudit(sql, { at: now, by, action: 'extension.changed', object: `extension ${extension.number}`, detail });
  return { ...extension, name, listed: true };
}

/** Resolves to false when there is none. */
export async function removeExtension(sql: Sql, id: number, by: By, now: Micros): Promise<boolean> {
  const extension = await extensionOf(sql, id, null);
  if (!extension || (await sql.run('DELETE FROM `extension` WHERE `id` = ?', [id])) === 0) return false;
  await directoryChanged(sql);
  const detail = { id, company: extension.company };
  await writeAudit(sql, { at: now, by, action: 'extension.removed', object: `extension ${extension.number}`, detail });
  return true;
}

async function companyNamed(sql: Sql, handle: string): Promise<[number, string]> {
  const [row] = await sql.all<{ id: number; handle: string }>(
    'SELECT `id`, `handle` FROM `company` WHERE `handle_key` = ?',
    [companyKey(handle)],
  );
  if (row) return [row.id, row.handle];
  const message = `there is no company ${handle}`;
  throw new ClientError(400, `company: ${message}`, [{ field: 'company', message }]);
}

/** A user bound to extensions sees its own, of its companies or, bound to none, wherever they are. */
function visible(within: Within): { condition: string; values: Value[] } {
  if (within === null || !('extensions' in within)) return keysWithin(within);
  const { companies, extensions } = within;
  if (extensions.length === 0) return { condition: ' AND 1 = 0', values: [] };
  const { condition, values } = keysWithin(companies);
  const own = ` AND \`number\` IN (${extensions.map(() => '?').join(', ')})`;
  return { condition: condition + own, values: [...values, ...extensions] };
}
