// Companies and extensions as people keep them. A company is also made by the first record that names it; its id is never used again,
// because records and other daemons remember it: a removed one is only out of sight, and comes back with its first record.
import type { Micros } from '../cdr/cdr.ts';
import { companyKey } from '../cdr/query.ts';
import { companiesWithin, type Within } from '../cdr/wall.ts';
import { ClientError, type Fault } from '../errors.ts';
import { writeAudit, type By } from './audit.ts';
import { allot } from './names.ts';
import type { Sql, Value } from './sql.ts';
import { directoryChanged } from './tables.ts';

export interface Company {
  id: number;
  /** As records have it, in its first spelling; compared without case. */
  handle: string;
  /** For people. */
  name: string | null;
  /** People keep it; false: only records have named it, and rules do not know it. */
  listed: boolean;
}

type Row = Omit<Company, 'listed'> & { listed: number | null };
const toCompany = ({ listed, ...row }: Row): Company => ({ ...row, listed: listed !== null });

const isThere =
  '(`removed` IS NULL OR EXISTS (SELECT 1 FROM `cdr` WHERE `cdr`.`company_id` = `company`.`id`) ' +
  'OR EXISTS (SELECT 1 FROM `cdr` WHERE `cdr`.`target_id` = `company`.`id`))';

/** A page by id, of the companies within the wall: of a user who is bound to extensions only, none. */
export async function listCompanies(sql: Sql, within: Within, after: number, limit: number): Promise<Company[]> {
  const { condition, values } = keysWithin(within);
  const rows = await sql.all<Row>(
    `SELECT \`id\`, \`handle\`, \`name\`, \`listed\` FROM \`company\` WHERE \`id\` > ? AND ${isThere}${condition} ORDER BY \`id\` LIMIT ?`,
    [after, ...values, limit],
  );
  return rows.map(toCompany);
}

export async function companyOf(sql: Sql, id: number, within: Within): Promise<Company | undefined> {
  const { condition, values } = keysWithin(within);
  const [company] = await sql.all<Row>(
    `SELECT \`id\`, \`handle\`, \`name\`, \`listed\` FROM \`company\` WHERE \`id\` = ? AND ${isThere}${condition}`,
    [id, ...values],
  );
  return company && toCompany(company);
}

/** Handles as they are spelt here, each once. @throws ClientError 400 for each that nobody knows */
export async function spellingsOf(sql: Sql, handles: readonly string[]): Promise<string[]> {
  const spelt = new Map<string, string>();
  const faults: Fault[] = [];
  for (const [at, handle] of handles.entries()) {
    const key = companyKey(handle);
    const [known] = await sql.all<{ handle: string }>(
      `SELECT \`handle\` FROM \`company\` WHERE \`handle_key\` = ? AND ${isThere}`,
      [key],
    );
    if (known) spelt.set(key, known.handle);
    else faults.push({ field: `companies.${at}`, message: `there is no company ${handle}` });
  }
  const [first] = faults;
  if (first) throw new ClientError(400, `${first.field}: ${first.message}`, faults);
  return [...spelt.values()];
}

/** One that only records have named becomes one of people's. @throws ClientError 409 when people have one of this handle */
export async function addCompany(
  sql: Sql,
  { handle, name }: Omit<Company, 'id' | 'listed'>,
  by: By,
  now: Micros,
): Promise<Company> {
  // The lock of all who make companies, ingest before all.
  await allot(sql, 'cdr', 0);
  const key = companyKey(handle);
  const [known] = await sql.all<Row>('SELECT `id`, `handle`, `listed` FROM `company` WHERE `handle_key` = ?', [key]);
  if (known && known.listed !== null && (await companyOf(sql, known.id, null))) {
    throw new ClientError(409, `there is a company ${known.handle} already, it has the id ${known.id}`);
  }
  const id = known?.id ?? (await allot(sql, 'company', 1));
  if (known)
    await sql.run('UPDATE `company` SET `name` = ?, `removed` = NULL, `listed` = 1 WHERE `id` = ?', [name, id]);
  else {
    const row = [id, handle, key, name];
    await sql.run('INSERT INTO `company` (`id`, `handle`, `handle_key`, `name`, `listed`) VALUES (?, ?, ?, ?, 1)', row);
  }
  await directoryChanged(sql);
  const spelt = known?.handle ?? handle;
  await writeAudit(sql, { at: now, by, action: 'company.added', object: `company ${spelt}`, detail: { id, name } });
  return { id, handle: spelt, name, listed: true };
}

/** Its name: the handle is what records have. */
export async function nameCompany(
  sql: Sql,
  id: number,
  name: string | null,
  by: By,
  now: Micros,
): Promise<Company | undefined> {
  const company = await companyOf(sql, id, null);
  if (!company) return undefined;
  await sql.run('UPDATE `company` SET `name` = ?, `listed` = 1 WHERE `id` = ?', [name, id]);
  await directoryChanged(sql);
  const { handle } = company;
  await writeAudit(sql, { at: now, by, action: 'company.changed', object: `company ${handle}`, detail: { id, name } });
  return { id, handle, name, listed: true };
}

/** Resolves to false when there is none. @throws ClientError 409 while records or extensions are of it */
export async function removeCompany(sql: Sql, id: number, by: By, now: Micros): Promise<boolean> {
  await allot(sql, 'cdr', 0);
  const company = await companyOf(sql, id, null);
  if (!company) return false;
  await sql.run('UPDATE `company` SET `name` = NULL, `removed` = ?, `listed` = NULL WHERE `id` = ?', [now, id]);
  await directoryChanged(sql);
  for (const table of ['did', 'trunk', 'endpoint', 'rate']) {
    const [thing] = await sql.all(`SELECT \`id\` FROM \`${table}\` WHERE \`company_id\` = ? LIMIT 1`, [id]);
    if (thing) throw new ClientError(409, `${table}s belong to the company ${company.handle}: remove them first`);
  }
  if (await companyOf(sql, id, null)) {
    throw new ClientError(409, `records belong to the company ${company.handle}: it stays as long as they do`);
  }
  const [extension] = await sql.all('SELECT `id` FROM `extension` WHERE `company_id` = ? LIMIT 1', [id]);
  if (extension) throw new ClientError(409, `extensions belong to the company ${company.handle}: remove them first`);
  const object = `company ${company.handle}`;
  await writeAudit(sql, { at: now, by, action: 'company.removed', object, detail: { id } });
  return true;
}

export function keysWithin(within: Within): { condition: string; values: Value[] } {
  if (within === null) return { condition: '', values: [] };
  const keys = (companiesWithin(within) ?? []).map(companyKey);
  if (keys.length === 0) return { condition: ' AND 1 = 0', values: [] };
  return { condition: ` AND \`handle_key\` IN (${keys.map(() => '?').join(', ')})`, values: keys };
}

/** A condition on `handle_key`, and only of this company. */
export function narrowed(
  { condition, values }: { condition: string; values: Value[] },
  company: string | undefined,
): { condition: string; values: Value[] } {
  if (company === undefined) return { condition, values };
  return { condition: `${condition} AND \`handle_key\` = ?`, values: [...values, companyKey(company)] };
}
